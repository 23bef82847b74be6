package main

import (
	"context"
	"time"

	"github.com/hibiken/asynq"
)

// rawAsynq times asynq with a no-op handler, one task per notice, enqueued and processed at once, and gives the best
// rate of 1, 2, 4 and 8 servers.
func rawAsynq(ctx context.Context, addr string, tasks int) (float64, error) {
	best := 0.0
	for _, servers := range []int{1, 2, 4, 8} {
		rate, err := asynqRate(ctx, asynq.RedisClientOpt{Addr: addr, DB: 9}, servers, tasks)
		if err != nil {
			return 0, err
		}
		best = max(best, rate)
	}
	return best, nil
}

func asynqRate(ctx context.Context, redis asynq.RedisClientOpt, servers, tasks int) (float64, error) {
	done := make(chan struct{}, tasks)
	for range servers {
		s := asynq.NewServer(redis, asynq.Config{Concurrency: 16, LogLevel: asynq.FatalLevel, TaskCheckInterval: time.Millisecond})
		err := s.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error { done <- struct{}{}; return nil }))
		if err != nil {
			return 0, err
		}
		defer s.Shutdown()
	}
	client := asynq.NewClient(redis)
	defer client.Close()
	began := time.Now()
	failed := make(chan error, 16)
	for w := range 16 {
		go func() {
			for i := w; i < tasks; i += 16 {
				if _, err := client.EnqueueContext(ctx, asynq.NewTask("noop", nil)); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	for range tasks {
		select {
		case <-done:
		case err := <-failed:
			return 0, err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return float64(tasks) / time.Since(began).Seconds(), nil
}
