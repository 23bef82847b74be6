package dispatch

import (
	"context"
	"errors"
	"time"
)

// insist gives time to write what only this process knows: as long as an attempt may take, while the store is away, but
// only a quarter of that once the caller has given up. What comes after the lease still settles what became unknown.
func (d *Dispatcher) insist(ctx context.Context) (context.Context, context.CancelFunc) {
	patient, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), d.plan.Sending, errors.New("the lease is over"))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d.plan.Sending/4, cancel) })
	return patient, func() { stop(); cancel() }
}

// persist repeats what failed, a little later each time, until it works or ctx ends.
func persist(ctx context.Context, do func() error) error {
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := do()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-time.After(wait):
		}
	}
}
