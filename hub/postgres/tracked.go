package postgres

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// A text that waits for the arrival of its paper has an infinite due time.
const selectTracked = `
SELECT d.id, d.channel, d.priority, d.status, d.attempts, d.last_reason, d.replays, d.updated_at, d.notice, d.submitter,
	CASE WHEN isfinite(d.due_at) THEN d.due_at END, coalesce(NOT isfinite(d.due_at), false), d.expires_at, d.created_at,
	coalesce(a.provider, ''), (SELECT r.id FROM deliveries r WHERE r.notice = d.notice AND r.replays = d.id LIMIT 1),
	d.recipient, (SELECT hub_now())
FROM deliveries d LEFT JOIN attempts a ON a.delivery = d.id AND a.n = d.attempts
WHERE d.id = ANY ($1::uuid[]) OR d.notice = ANY ($2::uuid[]) ORDER BY d.id DESC LIMIT 1000`

// Tracked implements reading.EvidenceView.
func (v view) Tracked(ctx context.Context, deliveries, notices []hub.ID) ([]reading.TrackedDelivery, error) {
	rows, _ := v.tx.Query(ctx, selectTracked, deliveries, notices)
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d reading.TrackedDelivery, err error) {
		err = row.Scan(&d.ID, &d.Channel, &d.Priority, &d.Status, &d.Attempts, &d.LastReason, &d.Replays, &d.UpdatedAt,
			&d.Notice, &d.Submitter, &d.Due, &d.Awaits, &d.ExpiresAt, &d.CreatedAt, &d.Provider, &d.Replayed, &d.Recipient, &d.At)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("tracked deliveries: %w", err)
	}
	return list, nil
}

// Each state is walked through the index of what is dead or in doubt, newest first.
const (
	selectDead = `
	SELECT id FROM ((SELECT id, notice FROM deliveries d WHERE status = 'failed' AND id < $1 AND ` + notReplayed + `
			ORDER BY id DESC LIMIT $2)
		UNION ALL (SELECT id, notice FROM deliveries d WHERE status = 'expired' AND id < $1 AND ` + notReplayed + `
			ORDER BY id DESC LIMIT $2)) d
	ORDER BY id DESC LIMIT $2`
	notReplayed = `notice IS NOT NULL
		AND NOT EXISTS (SELECT FROM deliveries r WHERE r.notice = d.notice AND r.replays = d.id)`

	selectDoubtful = `SELECT id FROM deliveries WHERE status = 'unknown' AND notice IS NOT NULL AND id < $1
		ORDER BY id DESC LIMIT $2`
)

// Dead implements reading.EvidenceView.
func (v view) Dead(ctx context.Context, before hub.ID, limit int) ([]hub.ID, error) {
	return v.below(ctx, selectDead, before, limit)
}

// Doubtful implements reading.EvidenceView.
func (v view) Doubtful(ctx context.Context, before hub.ID, limit int) ([]hub.ID, error) {
	return v.below(ctx, selectDoubtful, before, limit)
}

func (v view) below(ctx context.Context, query string, before hub.ID, limit int) ([]hub.ID, error) {
	if before.IsZero() {
		before = hub.ID(bytes.Repeat([]byte{0xff}, len(before)))
	}
	rows, _ := v.tx.Query(ctx, query, before, limit)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
	if err != nil {
		return nil, fmt.Errorf("deliveries astray: %w", err)
	}
	return ids, nil
}

const noID = `'00000000-0000-0000-0000-000000000000'`

const selectLate = `SELECT submitter, due_at, id FROM deliveries
	WHERE channel = $1 AND priority = $2 AND status IN ('pending', 'queued') AND due_at <= (SELECT hub_now()) - interval '1 minute'
		AND (submitter, due_at, id) > (coalesce($3::uuid, ` + noID + `), $4::timestamptz, coalesce($5::uuid, ` + noID + `))
	ORDER BY submitter, due_at, id LIMIT $6`

// Late implements reading.EvidenceView.
func (v view) Late(ctx context.Context, lane hub.Lane, after reading.LateMark, limit int) ([]reading.LateMark, error) {
	due := after.Due
	if due.IsZero() {
		due = time.Unix(0, 0)
	}
	rows, _ := v.tx.Query(ctx, selectLate, lane.Channel, lane.Priority, after.Submitter, due, after.Delivery, limit)
	marks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[reading.LateMark])
	if err != nil {
		return nil, fmt.Errorf("late deliveries: %w", err)
	}
	return marks, nil
}

// HoldsInForce implements reading.Store.
func (db *DB) HoldsInForce(ctx context.Context, limit int) ([]hub.Hold, error) {
	rows, err := db.worker.Query(ctx, selectHolds, limit)
	if err != nil {
		return nil, translate(fmt.Errorf("holds in force: %w", err))
	}
	holds, err := pgx.CollectRows(rows, pgx.RowToStructByPos[hub.Hold])
	return holds, translate(err)
}
