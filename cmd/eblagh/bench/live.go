package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// measureLive: how soon a paper is on its recipient's socket while many are connected, against the same commits and a
// PUBLISH run raw.
func measureLive(ctx context.Context, b *bench) ([]row, error) {
	connected, rate, papers := b.size(10_000, 2_000), float64(b.size(500, 200)), b.size(15_000, 1_500)
	r, err := b.newRig(ctx, "api,worker,live,seal", "EBLAGH_LIVE_MAX_CONNECTIONS=20000")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, connected, true)
	if err != nil {
		return nil, err
	}
	papers += warmUp(rate)
	times, err := r.nudges(ctx, people, rate, papers)
	if err != nil {
		return nil, err
	}
	raw, err := r.rawNudges(ctx, people, rate, papers)
	if err != nil {
		return nil, err
	}
	b.log.Info("live", "p50", times.at(50), "p99", times.at(99), "raw p50", raw.at(50), "raw p99", raw.at(99))
	return []row{atMost(fmt.Sprintf("submit to socket, p99, at %.0f/s with %d connected, against raw commits and PUBLISH", rate, connected),
		"ms", times.at(99), raw.at(99), 3)}, nil
}

// warmUp is how many papers of the beginning, a second's, are not counted on either side: connections are opened then, and
// statements planned.
func warmUp(rate float64) int { return int(rate) }

// nudges submits papers one by one at a rate to people who are all connected, and times each from when it was due to be
// submitted until its socket shows it. Errors: one was never shown, or a socket broke.
func (r *rig) nudges(ctx context.Context, people []person, rate float64, papers int) (*latencies, error) {
	due, shown, seen := make([]time.Time, papers), make([]time.Time, papers), sync.Map{} // by notice: when it was shown
	a, err := connect(ctx, len(people), func(i int) (string, http.Header) { return r.liveAt(people[i], 0) },
		func(_ int, _ int64, notice string, at time.Time) { seen.Store(notice, at) })
	if err != nil {
		return nil, err
	}
	client, ids := newClient(64), make([]string, papers)
	err = pace(ctx, rate, papers, 256, func(i int, at time.Time) error {
		body, err := json.Marshal(paper(fmt.Sprintf("nudge-%08d", i), i, people[(i*7919)%len(people)], "inbox", "live"))
		if err != nil {
			return err
		}
		var notice struct{ ID string }
		due[i] = at
		err = r.insist(ctx, client, "/v1/notices", http.StatusCreated, body, &notice, "Idempotency-Key", fmt.Sprint("nudge-", i))
		ids[i] = notice.ID
		return err
	})
	if err == nil {
		err = r.until(ctx, 30*time.Second, "not every paper was shown", func() (bool, error) {
			for i, id := range ids {
				at, ok := seen.Load(id)
				if !ok {
					return false, nil
				}
				shown[i], _ = at.(time.Time)
			}
			return true, nil
		})
	}
	if err := errors.Join(err, a.close()); err != nil {
		return nil, err
	}
	times := newLatencies()
	for i := warmUp(rate); i < papers; i++ {
		times.add(shown[i].Sub(due[i]))
	}
	return times, nil
}
