package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// measureStorm: how soon all are served who come back at once, each with papers missed.
func measureStorm(ctx context.Context, b *bench) ([]row, error) {
	connected := b.size(10_000, 2_000)
	r, err := b.newRig(ctx, "api,worker,live,seal", "EBLAGH_LIVE_MAX_CONNECTIONS=20000")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, connected, true)
	if err != nil {
		return nil, err
	}
	storm, spent, err := r.storm(ctx, people)
	if err != nil {
		return nil, err
	}
	b.log.Info("storm", "took", storm, "processor", spent)
	return []row{below(fmt.Sprintf("reconnect storm: %d clients come back at once, each missed %d", connected, missed),
		"s", storm.Seconds(), 10)}, nil
}

// missed is how many papers each client of the storm has missed.
const missed = 5

// storm brings everybody papers while nobody is connected, lets all connect at once with the cursor they had, and gives
// the time until the last has what it missed, and the processor time of hub and servers. Errors: somebody gets anything
// else than that, in another order, or nothing.
func (r *rig) storm(ctx context.Context, people []person) (took, spent time.Duration, err error) {
	had, err := r.cursors(ctx)
	if err != nil {
		return 0, 0, err
	}
	if err := r.miss(ctx, people); err != nil {
		return 0, 0, err
	}
	before, err := r.spent()
	if err != nil {
		return 0, 0, err
	}
	c, began := newCatchUp(people, had), time.Now()
	a, err := connect(ctx, len(people), func(i int) (string, http.Header) { return r.liveAt(people[i], had[people[i].id.String()]) }, c.show)
	if err != nil {
		return 0, 0, err
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
		err = errors.New("not everybody got what they missed")
	case <-c.done:
	}
	took = time.Since(began)
	after, broken := r.spent()
	return took, after - before, errors.Join(err, broken, a.close(), ctx.Err(), c.fault())
}

// miss brings everybody their papers, and waits until all have arrived and are sealed.
func (r *rig) miss(ctx context.Context, people []person) error {
	client, bodies := newClient(2), len(people)*missed/1000
	err := crowd(2, bodies, func(i int) error {
		body, err := batch("missed", i*1000, 1000, people, "inbox", "live")
		if err != nil {
			return err
		}
		return r.insist(ctx, client, "/v1/notices/batch", http.StatusOK, body, nil, "Idempotency-Key", fmt.Sprint("missed-", i))
	})
	if err != nil {
		return err
	}
	return r.none(ctx, time.Minute, "not everything arrived", unfinished)
}

// catchUp follows how far each client was shown what it missed.
type catchUp struct {
	done chan struct{} // closed when all are there

	mu    sync.Mutex
	at    []int64 // by client
	ends  []int64 // where it is to come
	left  int
	wrong error // the first fault
}

func newCatchUp(people []person, had map[string]int64) *catchUp {
	c := &catchUp{done: make(chan struct{}), at: make([]int64, len(people)), ends: make([]int64, len(people)), left: len(people)}
	for i, p := range people {
		c.at[i] = had[p.id.String()]
		c.ends[i] = c.at[i] + missed
	}
	return c
}

func (c *catchUp) show(i int, cursor int64, _ string, _ time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at[i]++; cursor != c.at[i] && c.wrong == nil {
		c.wrong = fmt.Errorf("client %d was shown cursor %d, not %d", i, cursor, c.at[i])
	}
	if c.at[i] == c.ends[i] {
		if c.left--; c.left == 0 {
			close(c.done)
		}
	}
}

func (c *catchUp) fault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wrong
}

// cursors gives how far each inbox reaches.
func (r *rig) cursors(ctx context.Context) (map[string]int64, error) {
	rows, err := r.sql.Query(ctx, `SELECT recipient::text, last FROM inbox_cursors`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var id string
		var last int64
		if err := rows.Scan(&id, &last); err != nil {
			return nil, err
		}
		out[id] = last
	}
	return out, rows.Err()
}
