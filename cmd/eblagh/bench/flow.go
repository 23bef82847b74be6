package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// measureFlow: batches over HTTP for a minute, until every notice is in its inbox and every receipt is sealed, against a
// queue alone that does nothing with each, and against the same SQL without the hub around it.
func measureFlow(ctx context.Context, b *bench) ([]row, error) {
	r, err := b.newRig(ctx, "api,worker,live,seal")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, 1000, false)
	if err != nil {
		return nil, err
	}
	rate, notices, err := r.flow(ctx, people, time.Duration(b.size(60, 10))*time.Second)
	if err != nil {
		return nil, err
	}
	queue, err := rawAsynq(ctx, r.stack.Redis.Addr(), min(notices, b.size(50_000, 10_000)))
	if err != nil {
		return nil, err
	}
	r.halt()
	raw, err := r.rawFlow(ctx, people, min(notices, b.size(200_000, 20_000))/flowBatch*flowBatch)
	if err != nil {
		return nil, fmt.Errorf("the same SQL alone: %w", err)
	}
	return []row{
		atLeast("HTTP batch to inbox to sealed receipts, against asynq with no-op tasks", "notices/s", rate, queue, 1),
		atLeast("HTTP batch to inbox to sealed receipts, against the same SQL alone", "notices/s", rate, raw, 0.6),
	}, nil
}

// flowBatch is how many papers a batch of flow has.
const flowBatch = 1000

// unfinished counts what keeps a notice from having arrived, with its receipts sealed.
const unfinished = `SELECT (SELECT count(*) FROM (SELECT FROM deliveries WHERE channel = 'inbox' AND status IN ('pending', 'queued') LIMIT 1) d)
	+ (SELECT count(*) FROM (SELECT FROM ledger_queue LIMIT 1) q) + (SELECT count(*) FROM log_checkpoints WHERE note IS NULL)`

// flow hands over batches to the inbox for so long, with four callers, and gives the rate up to the last sealed receipt.
func (r *rig) flow(ctx context.Context, people []person, last time.Duration) (rate float64, notices int, err error) {
	const callers, size = 4, flowBatch
	client, began := newClient(callers), time.Now()
	var next atomic.Int64
	err = crowd(callers, callers, func(int) error {
		for time.Since(began) < last {
			n := int(next.Add(1)) - 1
			body, err := batch("flow", n*size, size, people, "inbox", "live")
			if err != nil {
				return err
			}
			err = r.insist(ctx, client, "/v1/notices/batch", http.StatusOK, body, nil, "Idempotency-Key", fmt.Sprint("flow-", n))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	notices = int(next.Load()) * size
	if err := r.none(ctx, 5*time.Minute, "not everything arrived and was sealed", unfinished); err != nil {
		return 0, 0, err
	}
	took := time.Since(began)
	arrived, err := r.count(ctx, `SELECT count(*) FROM inbox i JOIN notices n ON n.id = i.notice WHERE n.reference LIKE 'flow-%'`)
	if err != nil || arrived != int64(notices) {
		return 0, 0, fmt.Errorf("%d of %d notices arrived: %w", arrived, notices, err)
	}
	return float64(notices) / took.Seconds(), notices, nil
}
