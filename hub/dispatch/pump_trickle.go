package dispatch

import (
	"context"
	"errors"

	"eblagh/hub"
)

// trickles reports whether the pump's own hands do what is due in a lane.
func (p *Pump) trickles(lane hub.Lane) bool {
	return p.o.Arrive != nil && lane.Channel == hub.ChannelInbox && !p.flooded[lane].Load()
}

// arrive lets a free hand claim and do a task of arrivals. While all are busy, what comes waits for the first that is
// free, which then wakes the pump. A hand that had as much as it could take calls for the queue.
func (p *Pump) arrive(ctx context.Context, lane hub.Lane) {
	select {
	case p.slots[lane] <- struct{}{}:
	default:
		return
	}
	p.hands.Go(func() {
		limited, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), p.o.Lease, errors.New("the lease is over"))
		defer cancel()
		found, err := p.o.Arrive(limited, lane, p.batch(lane))
		<-p.slots[lane]
		if err != nil { // nothing is claimed: the next look finds it, and that is not at once
			p.o.Logger.ErrorContext(ctx, "arrivals failed; they are due as before", "lane", lane.String(), "error", err)
			return
		}
		p.flooded[lane].Store(found == p.batch(lane))
		if found > 0 {
			p.Wake()
		}
	})
}
