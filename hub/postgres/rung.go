package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// rungTimer is a rung that a notice waits for.
type rungTimer struct {
	id, notice hub.ID
	rung       hub.Rung
	arrivedAt  time.Time
}

const insertRungTimers = `INSERT INTO timers (id, kind, notice, ladder, rung, due_at)
	SELECT id, 'ladder', notice, ladder, rung, due_at
	FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[]) AS u (id, notice, ladder, rung, due_at)
	ON CONFLICT (notice, rung) WHERE kind = 'ladder' DO NOTHING`

// queueTimers adds the timers to a batch.
func queueTimers(b *pgx.Batch, timers []rungTimer) {
	if len(timers) == 0 {
		return
	}
	b.Queue(insertRungTimers,
		column(timers, func(t rungTimer) hub.ID { return t.id }),
		column(timers, func(t rungTimer) hub.ID { return t.notice }),
		column(timers, func(t rungTimer) string { return t.rung.Ladder }),
		column(timers, func(t rungTimer) string { return t.rung.Name }),
		column(timers, func(t rungTimer) time.Time { return t.arrivedAt.Add(t.rung.After) }))
}

// firstRungs are the timers of papers that arrive.
func firstRungs(all []*arriving, in dispatch.Arriving) []rungTimer {
	timers := make([]rungTimer, 0, len(all))
	for _, a := range all {
		if rung, ok := in.Rung(a.kind, a.channels); ok {
			timers = append(timers, rungTimer{in.NewID(), a.Notice, rung, a.At})
		}
	}
	return timers
}

// lockLadders is the lock of what a ladder does: a rung that fires takes the inbox delivery of its notice, and so does
// who stops the ladder, before anything else of it.
const lockLadders = `SELECT id FROM deliveries WHERE notice = ANY ($1::uuid[]) AND channel = 'inbox' ORDER BY id FOR UPDATE`

// stopRungs marks the rungs that notices still wait for as fired into nothing.
const stopRungs = `UPDATE timers SET fired_at = hub_now(), stopped = $2
	WHERE kind = 'ladder' AND fired_at IS NULL AND notice = ANY ($1::uuid[])`

// withdrawTasks takes back what an officer need not carry any more.
const withdrawTasks = `
WITH u AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS u (notice, receipt)),
withdrawn AS (
	UPDATE officer_tasks SET state = 'withdrawn', withdrawn_at = hub_now(), reason = $3
	WHERE notice = ANY ($1::uuid[]) AND state IN ('open', 'taken') RETURNING id, notice, withdrawn_at
)
INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, reason, details)
SELECT u.receipt, 'eblagh:RelayWithdrawn', w.withdrawn_at, n.id, n.submitter, n.case_id, n.recipient, n.capacity,
	'system', $3, jsonb_build_object('task', w.id)
FROM withdrawn w JOIN u ON u.notice = w.notice JOIN notices n ON n.id = w.notice`

// stopLadders ends the informing of notices that the caller has locked by lockLadders.
func stopLadders(ctx context.Context, tx pgx.Tx, notices, receipts []hub.ID, why hub.Reason) error {
	b := &pgx.Batch{}
	b.Queue(stopRungs, notices, why)
	b.Queue(withdrawTasks, notices, receipts, why)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("stop ladders: %w", err)
	}
	return nil
}

// stopCorrected stops the ladders of what these arrivals correct: each correction has its own.
func stopCorrected(ctx context.Context, tx pgx.Tx, all []*arriving, newID func() hub.ID) error {
	var notices, receipts []hub.ID
	for _, a := range all {
		if !a.corrects.IsZero() {
			notices, receipts = append(notices, a.corrects), append(receipts, newID())
		}
	}
	if len(notices) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, lockLadders, notices); err != nil {
		return fmt.Errorf("lock corrected: %w", err)
	}
	return stopLadders(ctx, tx, notices, receipts, hub.ReasonCorrected)
}
