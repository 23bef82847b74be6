package main

import (
	"context"
	"time"
)

// noteOutages records when Postgres or Redis goes away and comes back, so that the hub can attest it later
// (bylaw 13 n.1).
func (a *App) noteOutages(ctx context.Context) {
	d := a.domain.dispatcher
	for part, ping := range a.health.parts() {
		ask, cancel := context.WithTimeout(ctx, healthTimeout)
		away := ping(ask) != nil
		cancel()
		if ctx.Err() != nil {
			return
		}
		var err error
		if away {
			err = d.RecordOutage(ctx, part, "no_answer")
		} else {
			err = d.EndOutage(ctx, part)
		}
		if err != nil && ctx.Err() == nil {
			a.log.Debug("an outage waits to be recorded", "part", part)
		}
	}
}

// every makes a loop that runs fn at once and then after each pause, until its context ends.
func every(pause time.Duration, fn func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			fn(ctx)
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	}
}
