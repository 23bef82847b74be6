package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

const stopSlice = 50 * time.Millisecond

// Stop takes no more connections and says goodbye to those there are, in slices, each with a time of its own to come
// back, so that they do not all knock at the next process at once. Receipts that are owed are written. Whoever is not
// gone when ctx ends is cut off. It is called once, after Start. Errors: connections were cut off.
func (r *Registry) Stop(ctx context.Context) error {
	r.stopping.Store(true)
	conns := r.all()
	rand.Shuffle(len(conns), func(i, j int) { conns[i], conns[j] = conns[j], conns[i] })
	spread := r.o.Drain + time.Duration(len(conns))*time.Millisecond // a thousand a second come back
	per := max(1+len(conns)/int(max(1, r.o.Drain/stopSlice)), 50)
	tick := time.NewTicker(stopSlice)
	defer tick.Stop()
	for slice := range slices.Chunk(conns, per) {
		for _, c := range slice {
			c.leave(CloseRestart, 500*time.Millisecond+rand.N(spread))
		}
		if !wait(ctx, tick) {
			break
		}
	}
	for r.Connections() > 0 && wait(ctx, tick) {
	}
	left := r.all()
	for _, c := range left {
		_ = c.ws.Close()
	}
	r.end()
	r.group.Wait()
	if len(left) > 0 {
		return fmt.Errorf("live: %d connections were cut off: %w", len(left), context.Cause(ctx))
	}
	return nil
}

func wait(ctx context.Context, tick *time.Ticker) bool {
	select {
	case <-ctx.Done():
		return false
	case <-tick.C:
		return true
	}
}
