package main

import (
	"context"
	"sync/atomic"
	"time"

	"eblagh/api"
)

// backlog watches how much is due and has not begun. While that is more than the hub should promise, no more is taken
// in: better a court that is told to come again than papers that lie for hours.
type backlog struct {
	count func(ctx context.Context, limit int) (int, error)
	limit int
	over  atomic.Bool
}

const (
	backlogEvery   = 2 * time.Second
	backlogTimeout = 10 * time.Second
	backlogShare   = 20 // counting takes one part in so many of the time at most
)

// run counts until ctx ends. A count that fails leaves things as they were: without the database nothing is taken in
// anyway.
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
		limited, cancel := context.WithTimeout(ctx, backlogTimeout)
		if n, err := b.count(limited, b.limit+1); err == nil {
			b.over.Store(n > b.limit)
		}
		cancel()
		timer.Reset(max(backlogEvery, backlogShare*time.Since(begun)))
	}
}

// gate bounds what the wire takes in at once, by the connections that there are: the workers keep at least half of them.
// Papers that come one by one share a few, so that many of them weigh as much as one batch.
func (a *App) gate() api.GateOptions {
	b := &backlog{count: a.domain.db.Backlog, limit: a.o.Config.Delivery.MaxWaiting}
	a.undo.loop("backlog", b.run)
	a.metrics.gauge("eblagh_backlog_over", "1 while more deliveries wait than delivery.max_waiting, and no more papers are taken in.",
		func() float64 { return oneIf(b.over.Load()) })
	units := max(16, 8*int64(a.o.Config.Database.WorkerConns)/2)
	return api.GateOptions{Units: units, PerCaller: units * 3 / 4, Busy: b.over.Load, Refused: func(why string) { a.metrics.refused.WithLabelValues(why).Inc() }}
}
