package dispatch

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A stranger is a report on a message that no attempt names: an early one, or one that is not about us. They are kept, for
// an attempt may name the message yet; but they may neither fill the store nor slow down what is due.
const (
	mostStrangers  = 500_000          // that are kept; of more, none is, and the provider has to bring them again
	countStrangers = 30 * time.Second // how often they are counted while reports come
	strangersRest  = 19               // a batch of nothing but strangers is followed by a rest of so many times it took
	longestRest    = time.Second      // which is at most that
)

// strangers knows whether there are too many.
type strangers struct {
	most int

	mu   sync.Mutex
	next time.Time // when they are counted again
	full bool
}

// tooManyStrangers counts now and then.
func (d *Dispatcher) tooManyStrangers(ctx context.Context) (bool, error) {
	d.strangers.mu.Lock()
	defer d.strangers.mu.Unlock()
	now := d.clock()
	if now.Before(d.strangers.next) && d.strangers.next.Sub(now) <= countStrangers {
		return d.strangers.full, nil
	}
	full, err := d.store.Strangers(ctx, d.strangers.most)
	if err != nil {
		return false, fmt.Errorf("count strangers: %w", err)
	}
	if full && !d.strangers.full {
		d.log.WarnContext(ctx, "too many reports are on messages that nobody sent; no more of them are kept")
	}
	d.strangers.full, d.strangers.next = full, now.Add(countStrangers)
	return full, nil
}

// rest leaves the machine to others after reports that helped nobody.
func rest(ctx context.Context, took time.Duration) {
	timer := time.NewTimer(min(strangersRest*took, longestRest))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
