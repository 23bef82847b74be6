package dispatch

import (
	"context"
	"errors"
	"slices"

	"eblagh/hub"
)

// claimDirect claims for one lane as much as its free handlers can take, and starts them. Each lane has handlers of its
// own.
func (p *Pump) claimDirect(ctx context.Context, lane hub.Lane) (claimed int, err error) {
	free := cap(p.slots[lane]) - len(p.slots[lane])
	if free == 0 {
		return 0, nil
	}
	ids, err := p.claim(ctx, lane, free*p.o.Inbox)
	if err != nil {
		return 0, err
	}
	for task := range slices.Chunk(ids, p.o.Inbox) {
		p.handle(ctx, lane, task)
	}
	return len(ids), nil
}

var errLease = errors.New("the lease is over")

// handle does one task here, in a goroutine that takes one of the lane's slots; it waits for one if all are taken.
func (p *Pump) handle(ctx context.Context, lane hub.Lane, ids []hub.ID) {
	p.slots[lane] <- struct{}{}
	p.hands.Go(func() {
		defer func() {
			<-p.slots[lane]
			p.Wake() // there may be more than the slots could take
		}()
		// Told to stop, it finishes what it has, within the lease: after that the rows are somebody else's.
		limited, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), p.o.Lease, errLease)
		defer cancel()
		if err := p.o.Handle(limited, lane, ids); err != nil {
			p.o.Logger.ErrorContext(ctx, "a task failed; its rows become due again", "lane", lane.String(), "error", err)
		}
	})
}
