package dispatch

import (
	"context"

	"eblagh/hub"
)

// startTexts sets a hand to the texts of a lane: they are taken where they are sent, so that no more are out of the order of who
// is fair and urgent than providers have in hand. Each lane has hands of its own, and a slow provider holds up nothing else.
func (p *Pump) startTexts(ctx context.Context, lane hub.Lane) {
	select {
	case p.slots[lane] <- struct{}{}:
	default:
		p.missed[lane].Store(true)
		return
	}
	p.hands.Go(func() {
		p.texts(ctx, lane)
		<-p.slots[lane]
		if p.missed[lane].Swap(false) {
			p.Wake()
		}
	})
}

// texts sends slice after slice until nothing moves any more. It begins with one hand, which calls for another when there is more
// than it takes, and so on.
func (p *Pump) texts(ctx context.Context, lane hub.Lane) {
	for more := p.Wake; ctx.Err() == nil; more = func() {} {
		// Told to stop, it finishes the slice that it has.
		limited, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), p.o.Lease, errLease)
		n, err := p.o.Texts(limited, lane, more)
		cancel()
		if err != nil {
			p.o.Logger.ErrorContext(ctx, "a slice of texts failed", "lane", lane.String(), "error", err)
		}
		if n == 0 || err != nil {
			return
		}
	}
}
