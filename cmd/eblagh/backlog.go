package main

import (
	"context"
	"sync"
	"time"

	"eblagh/api"
	"eblagh/hub"
)

// backlog watches how much is due and has not begun. While that is more than the hub should promise, no more is taken
// in: better a court that is told to come again than papers that lie for hours. Counting is dear, so what this process
// takes in between two looks counts as waiting until the next: on one node the limit is passed by less than one batch.
type backlog struct {
	count   func(ctx context.Context, limit int) (int, error)
	limit   int
	refused func() // told of each call that finds no room

	mu    sync.Mutex
	seen  int // what waited at the last look
	since int // papers written since that look began
	held  int // papers that are being written
}

const (
	backlogEvery   = 2 * time.Second
	backlogTimeout = 10 * time.Second
	backlogShare   = 20 // counting takes one part in so many of the time at most
)

// run counts until ctx ends.
func (b *backlog) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		begun := time.Now()
		b.look(ctx)
		timer.Reset(max(backlogEvery, backlogShare*time.Since(begun)))
	}
}

// look counts once. What was written before it began is in the count; what is written meanwhile may be, and counts twice
// until the next look. A count that fails leaves things as they were: without the database nothing is taken in anyway.
func (b *backlog) look(ctx context.Context) {
	b.mu.Lock()
	before := b.since
	b.mu.Unlock()
	limited, cancel := context.WithTimeout(ctx, backlogTimeout)
	defer cancel()
	n, err := b.count(limited, b.limit)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen, b.since = n, b.since-before
}

// over reports whether there is no room.
func (b *backlog) over() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.full()
}

// full is over for who holds the lock.
func (b *backlog) full() bool { return b.seen+b.since+b.held >= b.limit }

// Take implements dispatch.Room.
func (b *backlog) Take(n int) (written func(int), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full() {
		b.refused()
		return nil, &hub.Error{Code: hub.CodeOverloaded, After: 10 * time.Second,
			Detail: "so much waits for delivery that no more is taken in; try again later"}
	}
	b.held += n
	return func(k int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.held, b.since = b.held-n, b.since+k
	}, nil
}

func (a *App) newBacklog() *backlog {
	return &backlog{limit: a.o.Config.Delivery.MaxWaiting, refused: func() { a.metrics.refused.WithLabelValues("backlog").Inc() },
		count: func(ctx context.Context, limit int) (int, error) { return a.domain.db.Backlog(ctx, limit) }}
}

// gate bounds what the wire takes in at once, by the connections that there are: the workers keep at least half of them.
// Papers that come one by one share a few, so that many of them weigh as much as one batch.
func (a *App) gate() api.GateOptions {
	b := a.outside.backlog
	a.undo.loop("backlog", b.run)
	a.metrics.gauge("eblagh_backlog_over", "1 while more deliveries wait than delivery.max_waiting, and no more papers are taken in.",
		func() float64 { return oneIf(b.over()) })
	units := max(16, 8*int64(a.o.Config.Database.WorkerConns)/2)
	return api.GateOptions{Units: units, PerCaller: units * 3 / 4, Busy: b.over, Refused: func(why string) { a.metrics.refused.WithLabelValues(why).Inc() }}
}
