package live

import (
	"context"
	"slices"
	"time"

	"eblagh/hub"
)

const headsBatch = 2000

// Poll says whether nudges come by themselves (false), or the store must be asked for everybody who is connected
// (true), as it is until somebody says otherwise. When nudges come again, the store is asked once more, for what was
// said meanwhile is lost.
func (r *Registry) Poll(on bool) {
	if r.polling.Swap(on) && !on {
		select {
		case r.checks <- struct{}{}:
		default:
		}
	}
}

// Polling reports whether the store is asked.
func (r *Registry) Polling() bool { return r.polling.Load() }

func (r *Registry) poll(ctx context.Context) {
	tick := time.NewTicker(r.o.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.checks:
		case <-tick.C:
			if !r.polling.Load() {
				continue
			}
		}
		r.check(ctx)
	}
}

// check looks at the inbox of everybody who is connected.
func (r *Registry) check(ctx context.Context) {
	recipients := make([]hub.ID, 0, r.Connections())
	for i := range r.people {
		p := &r.people[i]
		p.Lock()
		for recipient := range p.first {
			recipients = append(recipients, recipient)
		}
		p.Unlock()
	}
	r.look(ctx, recipients)
}

// look raises the connections of these people to where their inboxes reach. A store that does not answer is asked
// again with the next look.
func (r *Registry) look(ctx context.Context, recipients []hub.ID) {
	for batch := range slices.Chunk(recipients, headsBatch) {
		limited, cancel := context.WithTimeout(ctx, 10*time.Second)
		heads, err := r.o.Store.Heads(limited, batch)
		cancel()
		if err != nil {
			r.o.Logger.DebugContext(ctx, "live: the inboxes cannot be looked at", "error", err)
			return
		}
		for recipient, head := range heads {
			for _, c := range r.of(recipient) {
				c.raise(head.Last, nil)
			}
		}
	}
}
