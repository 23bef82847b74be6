package dispatch

import (
	"context"
	"slices"
	"time"

	"eblagh/hub"
)

const (
	queueTimeout = time.Second // for one call to the queue; a slower one counts as away
	mostTasks    = 8           // of one lane in one round, so that a more pressing lane never waits for long
)

// room asks how much of each lane the queue takes: a lane that a slow provider fills leaves the others theirs. direct:
// the queue is away.
func (p *Pump) room(ctx context.Context) (room map[hub.Lane]int, direct bool) {
	if !p.breaker.mayTry() {
		return nil, true
	}
	limited, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	room, err := p.o.Queue.Room(limited)
	if err != nil {
		p.trip(ctx, err)
		return nil, true
	}
	if p.breaker.close() {
		p.o.Logger.InfoContext(ctx, "the queue is back")
	}
	return room, false
}

// claimQueued claims for one lane and hands the ids over, a task at a time. What cannot be handed over is done here: it is
// claimed, and whoever waits for it should not wait for the lease.
func (p *Pump) claimQueued(ctx context.Context, lane hub.Lane, room int) (claimed int, err error) {
	if !p.breaker.proven() {
		room = min(room, 1) // a queue that was away is tried with one task
	}
	wanted := min(room, mostTasks) * p.o.Inbox
	if wanted <= 0 {
		return 0, nil
	}
	ids, err := p.claim(ctx, lane, wanted)
	if err != nil {
		return 0, err
	}
	failed := false
	for task := range slices.Chunk(ids, p.o.Inbox) {
		if !failed {
			failed = !p.enqueue(ctx, lane, task)
		}
		if failed {
			p.handle(ctx, lane, task)
		}
	}
	return len(ids), nil
}

// enqueue hands one task over. An error may mean that it was taken all the same: then it runs twice, which is harmless.
func (p *Pump) enqueue(ctx context.Context, lane hub.Lane, ids []hub.ID) bool {
	// What is claimed is handed over even when the pump is told to stop.
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueTimeout)
	defer cancel()
	if err := p.o.Queue.Enqueue(limited, lane, ids); err != nil {
		p.trip(ctx, err)
		return false
	}
	p.breaker.prove()
	return true
}

func (p *Pump) trip(ctx context.Context, err error) {
	if ctx.Err() == nil && p.breaker.trip() {
		p.o.Logger.WarnContext(ctx, "the queue is away: claims are handled straight from the store", "error", err)
	}
}
