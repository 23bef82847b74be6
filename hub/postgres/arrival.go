package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// What a task may make arrive: claimed rows, or rows that are due and that nobody claimed. Rows that are held by
// somebody else are being moved by them.
const lockArriving = `SELECT id, notice FROM deliveries
	WHERE id = ANY ($1::uuid[]) AND channel = 'inbox'
		AND (status = 'queued' OR status = 'pending' AND due_at <= (SELECT hub_now()))
		AND (expires_at IS NULL OR expires_at > (SELECT hub_now()))
	ORDER BY id FOR UPDATE SKIP LOCKED`

// arrive takes each recipient's head in the order of recipients, which makes cursors without a gap and times that never
// go back, and writes all that an arrival is: the inbox row, D.1, the delivery's end, and the text that may go now. A
// notice that arrived before is left out (a delivery that repeats another).
const arrive = `
WITH todo AS MATERIALIZED (
	SELECT u.delivery, u.receipt, d.notice, d.recipient, d.submitter, d.priority, n.number, n.case_id, n.capacity,
		n.parts, greatest(n.created_at, n.not_before) AS due, 'live' = ANY (n.channels) AS live
	FROM unnest($1::uuid[], $2::uuid[]) AS u (delivery, receipt)
	JOIN deliveries d ON d.id = u.delivery JOIN notices n ON n.id = d.notice
	WHERE NOT EXISTS (SELECT FROM inbox i WHERE i.recipient = d.recipient AND i.notice = d.notice)
), placed AS MATERIALIZED (
	SELECT todo.*, row_number() OVER (PARTITION BY recipient ORDER BY number) AS nth,
		count(*) OVER (PARTITION BY recipient) AS total FROM todo
), heads AS (
	INSERT INTO inbox_cursors AS c (recipient, last, last_arrived_at)
	SELECT recipient, count(*), hub_now() FROM todo GROUP BY recipient ORDER BY recipient
	ON CONFLICT (recipient) DO UPDATE SET last = c.last + excluded.last,
		last_arrived_at = greatest(c.last_arrived_at, hub_now())
	RETURNING recipient, last, last_arrived_at
), arrived AS (
	INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at)
	SELECT p.recipient, h.last - p.total + p.nth, p.notice, p.submitter, h.last_arrived_at
	FROM placed p JOIN heads h ON h.recipient = p.recipient
	RETURNING recipient, cursor, notice, arrived_at
), noted AS (
	INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, channel, details)
	SELECT p.receipt, 'ContentConsignment', a.arrived_at, p.notice, p.submitter, p.case_id, p.recipient, p.capacity,
		'system', 'inbox', jsonb_build_object('parts', p.parts)
	FROM placed p JOIN arrived a ON a.notice = p.notice
), moved AS (
	UPDATE deliveries SET status = 'delivered', due_at = NULL, updated_at = hub_now() WHERE id = ANY ($1::uuid[])
), texts AS (
	UPDATE deliveries SET due_at = hub_now(), updated_at = hub_now()
	WHERE notice = ANY ($3::uuid[]) AND channel = 'sms' AND status = 'pending' AND due_at = 'infinity'
	RETURNING notice
)
SELECT a.recipient, a.cursor, a.notice, a.arrived_at, p.priority, p.due, p.live,
	EXISTS (SELECT FROM texts t WHERE t.notice = a.notice)
FROM arrived a JOIN placed p ON p.notice = a.notice`

// Arrive implements dispatch.Arrivals.
func (db *DB) Arrive(ctx context.Context, deliveries, receipts []hub.ID) ([]dispatch.Arrived, error) {
	var out []dispatch.Arrived
	err := db.write(ctx, func(tx pgx.Tx) error {
		locked, notices, err := lockInbox(ctx, tx, deliveries)
		if err != nil || len(locked) == 0 {
			return err
		}
		rows, err := tx.Query(ctx, arrive, locked, receipts[:len(locked)], notices)
		if err != nil {
			return fmt.Errorf("arrive: %w", err)
		}
		out, err = pgx.CollectRows(rows, scanArrived)
		return err
	})
	return out, err
}

func lockInbox(ctx context.Context, tx pgx.Tx, deliveries []hub.ID) (locked, notices []hub.ID, err error) {
	rows, err := tx.Query(ctx, lockArriving, deliveries)
	if err != nil {
		return nil, nil, fmt.Errorf("lock arriving: %w", err)
	}
	var delivery, notice hub.ID
	_, err = pgx.ForEachRow(rows, []any{&delivery, &notice}, func() error {
		locked, notices = append(locked, delivery), append(notices, notice)
		return nil
	})
	return locked, notices, err
}

func scanArrived(row pgx.CollectableRow) (a dispatch.Arrived, err error) {
	err = row.Scan(&a.Recipient, &a.Cursor, &a.Notice, &a.At, &a.Priority, &a.Due, &a.Live, &a.Texts)
	return a, err
}

const selectOverripe = `SELECT notice FROM deliveries WHERE id = ANY ($1::uuid[]) AND channel = 'inbox'
	AND status IN ('pending', 'queued', 'held') AND expires_at <= (SELECT hub_now())`

// Overripe implements dispatch.Arrivals.
func (db *DB) Overripe(ctx context.Context, deliveries []hub.ID) ([]hub.ID, error) {
	rows, err := db.worker.Query(ctx, selectOverripe, deliveries)
	if err != nil {
		return nil, translate(fmt.Errorf("overripe: %w", err))
	}
	notices, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
	return notices, translate(err)
}

// The inbox row is the lock of a notice: who holds it may move the texts that wait for the arrival.
const lockExpiring = `SELECT d.notice FROM deliveries d JOIN notices n ON n.id = d.notice
	WHERE d.notice = ANY ($1::uuid[]) AND d.channel = 'inbox' AND n.expires_at <= (SELECT hub_now())
	ORDER BY d.id FOR UPDATE OF d SKIP LOCKED`

// expire closes what is still open of notices whose time is over. If the paper never arrived, that is eblagh:Expired;
// if it did, only the text about it comes too late: D.4.
const expire = `
WITH u AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS u (notice, receipt)),
held AS (
	SELECT id FROM deliveries WHERE notice = ANY ($1::uuid[]) AND status IN ('pending', 'queued', 'held')
	FOR UPDATE SKIP LOCKED
), closed AS (
	UPDATE deliveries SET status = 'expired', due_at = NULL, last_reason = 'expired', updated_at = hub_now()
	WHERE id = ANY (ARRAY(SELECT id FROM held)) RETURNING notice, channel
), fired AS (
	UPDATE timers SET fired_at = hub_now()
	WHERE kind = 'expire' AND fired_at IS NULL AND due_at <= (SELECT hub_now()) AND notice = ANY ($1::uuid[])
), noted AS (
	INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, channel, reason)
	SELECT u.receipt, CASE c.channel WHEN 'inbox' THEN 'eblagh:Expired' ELSE 'ConsignmentNotificationFailure' END,
		hub_now(), n.id, n.submitter, n.case_id, n.recipient, n.capacity, 'system', c.channel, 'expired'
	FROM u JOIN notices n ON n.id = u.notice
	JOIN (SELECT notice, min(channel) AS channel FROM closed GROUP BY notice) c ON c.notice = u.notice
)
SELECT count(*) FROM closed WHERE channel = 'inbox'`

// Expire implements dispatch.Arrivals.
func (db *DB) Expire(ctx context.Context, notices, receipts []hub.ID) (int, error) {
	count := 0
	err := db.write(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, lockExpiring, notices)
		if err != nil {
			return fmt.Errorf("lock expiring: %w", err)
		}
		locked, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
		if err != nil || len(locked) == 0 {
			return err
		}
		return tx.QueryRow(ctx, expire, locked, receipts[:len(locked)]).Scan(&count)
	})
	return count, err
}
