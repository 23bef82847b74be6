package trail

import (
	"cmp"
	"context"
	"log/slog"
	"time"
)

// Hours closes hours.
type Hours interface {
	// CloseHour closes the oldest hour that is not closed, if it ended at least grace ago: entries, marks, digest and receipt
	// in one transaction. It MUST wait for everybody who may still write into the hour, and of several that ask at once one
	// closes it. more says that there may be another.
	CloseHour(ctx context.Context, grace time.Duration) (closed Closed, more bool, err error)
	// DetachTrail takes partitions out of the trail whose every hour is closed and ended longer ago than keep, and leaves a
	// receipt of each. It gives their names.
	DetachTrail(ctx context.Context, keep time.Duration) ([]string, error)
}

// CloserOptions are what a Closer needs; Hours and Logger must be there.
type CloserOptions struct {
	Hours  Hours
	Logger *slog.Logger
	Every  time.Duration // how often to look; 0: a minute
	Grace  time.Duration // how long after its end an hour is closed; 0: a minute
	Keep   time.Duration // how long entries stay in the trail; 0: for ever
	// Closed is told of every hour closed, and with an error of a failure. nil: nobody is.
	Closed func(Closed, error)
}

// Closer closes hours as they end. Any number may run, in as many processes.
type Closer struct{ o CloserOptions }

// NewCloser makes a Closer.
func NewCloser(o CloserOptions) *Closer {
	o.Every, o.Grace = cmp.Or(o.Every, time.Minute), cmp.Or(o.Grace, time.Minute)
	if o.Closed == nil {
		o.Closed = func(Closed, error) {}
	}
	return &Closer{o}
}

// Run closes until ctx ends.
func (c *Closer) Run(ctx context.Context) error {
	tick := time.NewTicker(c.o.Every)
	defer tick.Stop()
	for failing := false; ; {
		err := c.Close(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			c.o.Logger.Error("cannot close an hour of the trail", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Close closes every hour that has ended, and detaches what is old. Errors: the store's.
func (c *Closer) Close(ctx context.Context) error {
	for more := true; more; {
		var closed Closed
		var err error
		closed, more, err = c.o.Hours.CloseHour(ctx, c.o.Grace)
		if err != nil {
			c.o.Closed(closed, err)
			return err
		}
		if more {
			c.o.Closed(closed, nil)
		}
	}
	if c.o.Keep == 0 {
		return nil
	}
	names, err := c.o.Hours.DetachTrail(ctx, c.o.Keep)
	if len(names) > 0 {
		c.o.Logger.Info("old months of the trail were detached", "tables", names)
	}
	return err
}
