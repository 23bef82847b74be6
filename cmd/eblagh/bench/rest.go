package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// measureRest: what the hub costs while nothing happens, all its parts in one process, and how soon it is awake.
func measureRest(ctx context.Context, b *bench) ([]row, error) {
	r, err := b.newRig(ctx, "api,worker,live,seal")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, 1, true)
	if err != nil {
		return nil, err
	}
	pid, span := r.hub.Process.Pid, time.Duration(b.size(60, 20))*time.Second
	if _, err := steadyRSS(ctx, pid); err != nil {
		return nil, err
	}
	before, err := cpu(pid)
	if err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(span):
	}
	after, err := cpu(pid)
	if err != nil {
		return nil, err
	}
	memory, err := rss(pid)
	if err != nil {
		return nil, err
	}
	awake, err := r.awake(ctx, people[0])
	if err != nil {
		return nil, err
	}
	return []row{
		below("idle hub, all parts: processor", "% of a core", 100*(after-before).Seconds()/span.Seconds(), 2.5),
		below("idle hub, all parts: memory", "MB", memory/(1<<20), 60),
		below("first notice after idling, submit to socket", "ms", float64(awake.Microseconds())/1000, 150),
	}, nil
}

// awake is how long the first paper after a rest takes to its recipient's socket.
func (r *rig) awake(ctx context.Context, to person) (time.Duration, error) {
	shown := make(chan time.Time, 1)
	a, err := connect(ctx, 1, func(int) (string, http.Header) { return r.liveAt(to, 0) },
		func(_ int, _ int64, _ string, at time.Time) { shown <- at })
	if err != nil {
		return 0, err
	}
	defer a.close() //nolint:errcheck // a socket that broke has shown nothing
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(15 * time.Second): // the hub rests again
	}
	body, err := json.Marshal(paper("rest-1", 1, to, "inbox", "live"))
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := r.insist(ctx, newClient(1), "/v1/notices", http.StatusCreated, body, nil, "Idempotency-Key", "rest-1"); err != nil {
		return 0, err
	}
	select {
	case at := <-shown:
		return at.Sub(began), nil
	case <-time.After(30 * time.Second):
		return 0, errors.New("the paper was never shown")
	}
}
