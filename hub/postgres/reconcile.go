package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// The attempt of each is looked up by its key: joined, all attempts were read while statistics lagged behind a flood of texts.
const selectOverdue = `SELECT d.id, d.attempts, d.priority, a.provider,
		CASE WHEN a.message_key IS NOT NULL THEN ARRAY[a.message_id]
		ELSE ARRAY(SELECT p.message_id FROM attempt_parts p WHERE p.delivery = d.id AND p.n = d.attempts
			AND p.message_id IS NOT NULL AND p.outcome IS DISTINCT FROM 'delivered' ORDER BY p.part) END
	FROM deliveries d JOIN LATERAL (SELECT a.provider, a.message_key, a.message_id FROM attempts a
		WHERE a.delivery = d.id AND a.n = d.attempts OFFSET 0) a ON true
	WHERE d.status IN ('sending', 'sent', 'unknown') AND d.due_at <= (SELECT hub_now()) ORDER BY d.due_at LIMIT $1`

// Overdue implements dispatch.Upkeep.
func (db *DB) Overdue(ctx context.Context, limit int) ([]dispatch.Overdue, error) {
	rows, err := db.worker.Query(ctx, selectOverdue, limit)
	if err != nil {
		return nil, translate(fmt.Errorf("overdue: %w", err))
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (o dispatch.Overdue, err error) {
		err = row.Scan(&o.Key.Delivery, &o.Key.N, &o.Priority, &o.Provider, &o.Messages)
		return o, err
	})
	return out, translate(err)
}

// Still overdue, and in the same attempt: another node, a late outcome or a report may have been faster.
const lockOverdue = `SELECT d.id, d.status FROM unnest($1::uuid[], $2::integer[]) AS u (delivery, n)
	JOIN deliveries d ON d.id = u.delivery AND d.attempts = u.n
	WHERE d.status IN ('sending', 'sent', 'unknown') AND d.due_at <= (SELECT hub_now())
	ORDER BY d.id FOR UPDATE OF d SKIP LOCKED`

const becomeUnknown = `
WITH u AS (SELECT * FROM unnest($1::uuid[], $2::interval[]) AS u (delivery, settle)),
moved AS (
	UPDATE deliveries d SET status = 'unknown', due_at = hub_now() + u.settle, last_reason = 'no_outcome',
		updated_at = hub_now()
	FROM u WHERE d.id = u.delivery RETURNING d.id, d.attempts, d.priority
), ended AS (
	UPDATE attempts a SET outcome = 'unknown', reason = 'no_outcome', ended_at = hub_now()
	FROM moved WHERE a.delivery = moved.id AND a.n = moved.attempts AND a.outcome IS NULL
)
SELECT id, priority, 'unknown', 'no_outcome' FROM moved`

// CloseOverdue implements dispatch.Upkeep.
func (db *DB) CloseOverdue(ctx context.Context, overdue []dispatch.Aging) ([]dispatch.Moved, error) {
	var moved []dispatch.Moved
	err := db.write(ctx, func(tx pgx.Tx) error {
		unknown, closed, err := lockAging(ctx, tx, overdue)
		if err != nil {
			return err
		}
		if moved, err = closeAll(ctx, tx, closed); err != nil || len(unknown) == 0 {
			return err
		}
		rows, err := tx.Query(ctx, becomeUnknown,
			column(unknown, func(a dispatch.Aging) hub.ID { return a.Key.Delivery }),
			column(unknown, func(a dispatch.Aging) time.Duration { return a.Settle }))
		if err != nil {
			return fmt.Errorf("become unknown: %w", err)
		}
		more, err := pgx.CollectRows(rows, pgx.RowToStructByPos[dispatch.Moved])
		moved = append(moved, more...)
		return err
	})
	return moved, err
}

// lockAging tells what becomes unknown from what was unknown for long enough.
func lockAging(ctx context.Context, tx pgx.Tx, overdue []dispatch.Aging) (unknown []dispatch.Aging, closed []closing, err error) {
	byID := make(map[hub.ID]dispatch.Aging, len(overdue))
	for _, a := range overdue {
		byID[a.Key.Delivery] = a
	}
	rows, err := tx.Query(ctx, lockOverdue,
		column(overdue, func(a dispatch.Aging) hub.ID { return a.Key.Delivery }),
		column(overdue, func(a dispatch.Aging) int { return a.Key.N }))
	if err != nil {
		return nil, nil, fmt.Errorf("lock overdue: %w", err)
	}
	var id hub.ID
	var status hub.DeliveryStatus
	_, err = pgx.ForEachRow(rows, []any{&id, &status}, func() error {
		if a := byID[id]; status == hub.DeliveryUnknown {
			closed = append(closed, closing{id, hub.DeliveryFailed, hub.ReasonNoOutcome, a.Receipt})
		} else {
			unknown = append(unknown, a)
		}
		return nil
	})
	return unknown, closed, err
}

const selectDueTimers = `SELECT notice FROM timers WHERE kind = 'expire' AND fired_at IS NULL AND due_at <= (SELECT hub_now())
	ORDER BY due_at LIMIT $1`

// DueTimers implements dispatch.Upkeep.
func (db *DB) DueTimers(ctx context.Context, limit int) ([]hub.ID, error) {
	rows, err := db.worker.Query(ctx, selectDueTimers, limit)
	if err != nil {
		return nil, translate(fmt.Errorf("timers: %w", err))
	}
	notices, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
	return notices, translate(err)
}

// MakePartitions implements dispatch.Upkeep. A new partition needs its parent for a moment: one table at a time, so as
// not to wait in a circle, and rather than hold up everything behind a long transaction it gives up and comes again.
func (db *DB) MakePartitions(ctx context.Context, months int) error {
	for _, parent := range []string{"notices", "deliveries", "attempts", "attempt_parts", "receipts", "trail"} {
		err := db.write(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '2s'`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `SELECT hub_make_partitions($1, hub_now(), $2)`, parent, months)
			return err
		})
		if err != nil {
			return fmt.Errorf("partitions of %s: %w", parent, err)
		}
	}
	return nil
}

const (
	sweepAnswers = `DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency_keys
		WHERE created_at < (SELECT hub_now()) - interval '24 hours' LIMIT 2000 FOR UPDATE SKIP LOCKED))`
	sweepSessions = `DELETE FROM sessions WHERE ctid = ANY (ARRAY(SELECT ctid FROM sessions
		WHERE expires_at < (SELECT hub_now()) LIMIT 2000 FOR UPDATE SKIP LOCKED))`
	sweepTries = `DELETE FROM tries WHERE ctid = ANY (ARRAY(SELECT ctid FROM tries
		WHERE at < (SELECT hub_now()) LIMIT 2000 FOR UPDATE SKIP LOCKED))`
	sweepDevices = `DELETE FROM devices WHERE ctid = ANY (ARRAY(SELECT ctid FROM devices
		WHERE seen_at < (SELECT hub_now()) - interval '400 days' LIMIT 2000 FOR UPDATE SKIP LOCKED))`
	sweepOutside = `DELETE FROM outside_sign_ins WHERE nonce = ANY (ARRAY(SELECT nonce FROM outside_sign_ins
		WHERE used_at < (SELECT hub_now()) - interval '1 day' LIMIT 2000))` // nobody may change one, so none can be locked
	sweepTimers = `DELETE FROM timers WHERE ctid = ANY (ARRAY(SELECT ctid FROM timers
		WHERE fired_at < (SELECT hub_now()) - interval '7 days' LIMIT 2000 FOR UPDATE SKIP LOCKED))`
)

// A message id is known with the outcome of its attempt: whoever waits for a week waits for nothing.
const sweepParked = `DELETE FROM reports WHERE ctid = ANY (ARRAY(SELECT ctid FROM reports
	WHERE delivery IS NULL AND received_at < (SELECT hub_now()) - interval '7 days' LIMIT 2000 FOR UPDATE SKIP LOCKED))`

// Sweep implements dispatch.Upkeep. It removes a few thousand rows at most, and says how many it removed.
func (db *DB) Sweep(ctx context.Context) (int, error) {
	removed := 0
	for _, statement := range []string{sweepAnswers, sweepSessions, sweepTries, sweepDevices, sweepOutside, sweepTimers, sweepParked} {
		tag, err := db.worker.Exec(ctx, statement)
		if err != nil {
			return removed, translate(fmt.Errorf("sweep: %w", err))
		}
		removed += int(tag.RowsAffected())
	}
	return removed, nil
}

const openOutage = `INSERT INTO incidents (id, kind, part, reason, started_at)
	VALUES ($1, 'outage', $2, $3, hub_now() - $4::interval)
	ON CONFLICT (part) WHERE kind = 'outage' AND ended_at IS NULL DO NOTHING`

// OpenOutage implements dispatch.Upkeep.
func (db *DB) OpenOutage(ctx context.Context, id hub.ID, part, reason string, ago time.Duration) error {
	_, err := db.worker.Exec(ctx, openOutage, id, part, reason, ago)
	return translate(err)
}

const closeOutage = `UPDATE incidents SET ended_at = greatest(started_at, hub_now() - $2::interval)
	WHERE kind = 'outage' AND part = $1 AND ended_at IS NULL`

// CloseOutage implements dispatch.Upkeep.
func (db *DB) CloseOutage(ctx context.Context, part string, ago time.Duration) error {
	_, err := db.worker.Exec(ctx, closeOutage, part, ago)
	return translate(err)
}

var _ dispatch.Store = (*DB)(nil)
