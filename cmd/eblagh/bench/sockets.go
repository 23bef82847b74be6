package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// measureSockets: what an idle live connection costs in memory, against gorilla in the usual manner; the clients are in
// this process, so both are measured alone.
func measureSockets(ctx context.Context, b *bench) ([]row, error) {
	n := b.size(15_000, 3_000)
	const perPerson = 10
	r, err := b.newRig(ctx, "api,worker,live,seal", "EBLAGH_LIVE_MAX_PER_PERSON=10", "EBLAGH_LIVE_MAX_CONNECTIONS=20000")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, n/perPerson, true)
	if err != nil {
		return nil, err
	}
	hub, err := perSocket(ctx, r.hub.Process.Pid, n, rested, func(i int) (string, http.Header) { return r.liveAt(people[i/perPerson], 0) })
	if err != nil {
		return nil, err
	}
	usual, err := startPeer("-")
	if err != nil {
		return nil, err
	}
	defer usual.stop()
	gorilla, err := perSocket(ctx, usual.cmd.Process.Pid, n, unused, func(i int) (string, http.Header) {
		return fmt.Sprintf("ws://%s/%d", usual.addr, i), nil
	})
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("memory of an idle live connection, %d open", n)
	return []row{
		atMost(name+", against gorilla as usual", "KB", hub/1024, gorilla/1024, 0.45),
		below(name, "KB", hub/1024, 12),
	}, nil
}

// How long a process has nothing to do before its memory is looked at: a hub has given back by then what its start has left,
// or sockets would fill room that is there already. A server that has done nothing yet has left nothing.
const (
	rested = 25 * time.Second
	unused = time.Second
)

// idle is what a process holds once it has had nothing to do for so long.
func idle(ctx context.Context, pid int, last time.Duration) (float64, error) {
	select {
	case <-ctx.Done():
	case <-time.After(last):
	}
	return steadyRSS(ctx, pid)
}

// perSocket is how many bytes a process grows by for each of n sockets, looked at after it has had nothing to do for a while.
func perSocket(ctx context.Context, pid, n int, after time.Duration, at func(int) (string, http.Header)) (float64, error) {
	before, err := idle(ctx, pid, after)
	if err != nil {
		return 0, err
	}
	a, err := connect(ctx, n, at, nil)
	if err != nil {
		return 0, err
	}
	open, err := idle(ctx, pid, after)
	if broken := a.close(); broken != nil {
		return 0, broken
	}
	return (open - before) / float64(n), err
}
