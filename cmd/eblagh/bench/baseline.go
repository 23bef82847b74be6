package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/hibiken/asynq"
	"github.com/jackc/pgx/v5"
)

// copied are the tables that one accepted notice writes to, in order.
var copied = []string{"notice_refs", "notices", "deliveries", "receipts"}

// rawCopy takes the rows that the hub wrote and times how fast pgx alone COPYs the very same rows into a database with
// the same schema, indexes and triggers, in transactions of the same size. It gives notices a second.
func rawCopy(ctx context.Context, fromURL, intoURL string, notices int) (float64, error) {
	from, err := pgx.Connect(ctx, fromURL)
	if err != nil {
		return 0, err
	}
	defer from.Close(ctx)
	into, err := pgx.Connect(ctx, intoURL)
	if err != nil {
		return 0, err
	}
	defer into.Close(ctx)
	var took time.Duration
	for offset := 0; offset < notices; offset += batchSize {
		var parts [][]byte
		for _, table := range copied {
			var b bytes.Buffer
			if _, err := from.PgConn().CopyTo(ctx, &b, copyOut(table, offset)); err != nil {
				return 0, fmt.Errorf("read %s: %w", table, err)
			}
			parts = append(parts, b.Bytes())
		}
		began := time.Now()
		err := pgx.BeginFunc(ctx, into, func(tx pgx.Tx) error {
			for i, table := range copied {
				if _, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(parts[i]), "COPY "+table+" FROM STDIN (FORMAT binary)"); err != nil {
					return fmt.Errorf("copy into %s: %w", table, err)
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
		took += time.Since(began)
	}
	return float64(notices) / took.Seconds(), nil
}

// copyOut selects the rows of one batch of the measured notices as they were at submission.
func copyOut(table string, offset int) string {
	batch := fmt.Sprintf(`SELECT notice FROM notice_refs WHERE reference LIKE 'bench-%%' ORDER BY reference OFFSET %d LIMIT %d`, offset, batchSize)
	where := map[string]string{
		"notice_refs": "notice IN (" + batch + ")",
		"notices":     "id IN (" + batch + ")",
		"deliveries":  "notice IN (" + batch + ")",
		"receipts":    "event = 'SubmissionAcceptance' AND notice IN (" + batch + ")",
	}
	return "COPY (SELECT * FROM " + table + " WHERE " + where[table] + ") TO STDOUT (FORMAT binary)"
}

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
