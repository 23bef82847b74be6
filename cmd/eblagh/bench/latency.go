package main

import (
	"context"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"
)

// latencies collects times, to three digits, from 1 µs to a minute.
type latencies struct {
	mu sync.Mutex
	h  *hdrhistogram.Histogram
}

func newLatencies() *latencies {
	return &latencies{h: hdrhistogram.New(1, time.Minute.Microseconds(), 3)}
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.h.RecordValue(min(max(d.Microseconds(), 1), time.Minute.Microseconds())) // in range, so there is no error
}

// at gives a percentile, in milliseconds.
func (l *latencies) at(percent float64) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return float64(l.h.ValueAtQuantile(percent)) / 1000
}

func (l *latencies) count() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.h.TotalCount()
}

// pace begins fn n times at a rate per second, whether or not the earlier ones have ended, and tells each when it should
// have begun: who counts from then is not deceived by a hub that stalls (coordinated omission). At most so many are open.
func pace(ctx context.Context, rate float64, n, open int, fn func(i int, due time.Time) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(open)
	began := time.Now()
	for i := range n {
		due := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		select {
		case <-ctx.Done():
			return group.Wait()
		case <-time.After(time.Until(due)):
		}
		group.Go(func() error { return fn(i, due) })
	}
	return group.Wait()
}

// crowd lets so many callers do n things, each the next one as soon as it has done one.
func crowd(callers, n int, fn func(i int) error) error {
	group := errgroup.Group{}
	group.SetLimit(callers)
	for i := range n {
		group.Go(func() error { return fn(i) })
	}
	return group.Wait()
}
