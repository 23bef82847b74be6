package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// measureSteady: whether the hub's memory stays where it is while papers come for half an hour at four fifths of what it
// can take, from the batch to the sealed receipts.
func measureSteady(ctx context.Context, b *bench) ([]row, error) {
	r, err := b.newRig(ctx, "api,worker,live,seal")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, 1000, false)
	if err != nil {
		return nil, err
	}
	capacity, before, err := r.flow(ctx, people, time.Duration(b.size(15, 5))*time.Second)
	if err != nil {
		return nil, err
	}
	last := time.Duration(b.size(30*60, 20)) * time.Second
	watched, stop := context.WithCancel(ctx)
	samples := make(chan []float64, 1)
	go func() { samples <- r.watchMemory(watched) }()
	papers, err := r.steady(ctx, people, capacity*4/5, last)
	stop()
	memory := <-samples
	if err != nil {
		return nil, err
	}
	if err := r.none(ctx, 5*time.Minute, "not everything arrived and was sealed", unfinished); err != nil {
		return nil, err
	}
	if arrived, err := r.count(ctx, `SELECT count(*) FROM inbox`); err != nil || arrived < int64(papers+before) {
		return nil, fmt.Errorf("%d of %d notices arrived: %w", arrived, papers+before, err)
	}
	sixth := len(memory) / 6
	if sixth == 0 {
		return nil, fmt.Errorf("memory was seen %d times: too few to compare", len(memory))
	}
	name := fmt.Sprintf("memory after %s at %.0f notices/s, the last sixth against the second", last, capacity*4/5)
	return []row{atMost(name, "MB", mean(memory[5*sixth:])/(1<<20), mean(memory[sixth:2*sixth])/(1<<20), 1.1)}, nil
}

// steady hands papers over at a rate for so long and gives how many there were.
func (r *rig) steady(ctx context.Context, people []person, rate float64, last time.Duration) (int, error) {
	const size = 200
	client, batches := newClient(16), int(rate/size*last.Seconds())
	err := pace(ctx, rate/size, batches, 16, func(i int, _ time.Time) error {
		body, err := batch("steady", i*size, size, people, "inbox", "live")
		if err != nil {
			return err
		}
		return r.insist(ctx, client, "/v1/notices/batch", http.StatusOK, body, nil, "Idempotency-Key", fmt.Sprint("steady-", i))
	})
	return batches * size, err
}

// watchMemory looks at the hub's memory every second until ctx ends.
func (r *rig) watchMemory(ctx context.Context) (seen []float64) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return seen
		case <-tick.C:
			if now, err := rss(r.hub.Process.Pid); err == nil {
				seen = append(seen, now)
			}
		}
	}
}

func mean(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
