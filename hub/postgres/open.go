package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

const selectAddressed = `SELECT n.recipient, n.submitter, n.number, i.cursor, i.arrived_at, 'live' = ANY (n.channels),
	n.kind, o.notice IS NOT NULL, c.restricted
	FROM notices n
		CROSS JOIN LATERAL (SELECT c.restricted FROM cases c WHERE c.id = n.case_id OFFSET 0) c
		CROSS JOIN LATERAL (SELECT * FROM inbox i WHERE i.recipient = n.recipient AND i.notice = n.id OFFSET 0) i
		LEFT JOIN LATERAL (SELECT o.notice FROM opens o WHERE o.notice = n.id OFFSET 0) o ON true
	WHERE n.id = $1`

// Addressed implements dispatch.Opens.
func (db *DB) Addressed(ctx context.Context, p access.Principal, notice hub.ID) (a dispatch.Addressed, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		queueByKeptPlan(b, selectAddressed, notice).QueryRow(func(row pgx.Row) error {
			return row.Scan(&a.Recipient, &a.Submitter, &a.Number, &a.Cursor, &a.ArrivedAt, &a.Live, &a.Kind, &a.Opened, &a.Restricted)
		})
		return tx.SendBatch(ctx, b).Close()
	})
	return a, err
}

// The key of opens is why it happens once; E.1 comes with the row or not at all. The time is never before the arrival.
const insertOpen = `
WITH made AS (
	INSERT INTO opens (notice, recipient, submitter, person, opened_at)
	SELECT n.id, n.recipient, n.submitter, $2, greatest(hub_now(), i.arrived_at)
	FROM notices n CROSS JOIN LATERAL (
		SELECT i.arrived_at FROM inbox i WHERE i.recipient = n.recipient AND i.notice = n.id OFFSET 0) i
	WHERE n.id = $1
	ON CONFLICT (notice) DO NOTHING RETURNING notice, opened_at
), noted AS (
	INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth,
		channel, details)
	SELECT $3, 'ContentHandover', m.opened_at, n.id, n.submitter, n.case_id, n.recipient, n.capacity, $4, $5, $6,
		'inbox', jsonb_strip_nulls(jsonb_build_object('parts', n.parts, 'role', nullif($7, '')))
	FROM made m CROSS JOIN LATERAL (SELECT * FROM notices n WHERE n.id = m.notice OFFSET 0) n
)
SELECT opened_at FROM made`

// Open implements dispatch.Opens.
func (db *DB) Open(ctx context.Context, o dispatch.Opening) (at time.Time, first bool, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		opened := []hub.ID{o.Notice}
		if _, err := tx.Exec(ctx, lockLadders, opened); err != nil {
			return fmt.Errorf("lock opened: %w", err)
		}
		b := &pgx.Batch{}
		queueByKeptPlan(b, insertOpen, o.Notice, o.Person, o.Receipt, o.Actor.Kind, o.Actor.ID, o.Actor.Auth, o.Role).
			Query(func(rows pgx.Rows) error {
				_, err := pgx.ForEachRow(rows, []any{&at}, func() error { first = true; return nil })
				return err
			})
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("open: %w", err)
		}
		if first {
			return stopLadders(ctx, tx, opened, []hub.ID{o.Recall}, hub.ReasonOpened)
		}
		// Open before: maybe by a transaction that this statement waited for, so it takes a second look.
		if err := tx.QueryRow(ctx, `SELECT opened_at FROM opens WHERE notice = $1`, o.Notice).Scan(&at); err != nil {
			return fmt.Errorf("first opening: %w", err)
		}
		return nil
	})
	return at, first, err
}

// Submitted implements dispatch.Cancellations.
func (db *DB) Submitted(ctx context.Context, p access.Principal, notice hub.ID) (submitter hub.ID, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT submitter FROM notices WHERE id = $1`, notice).Scan(&submitter)
	})
	return submitter, err
}

const lockCancelled = `SELECT status FROM deliveries WHERE notice = $1 AND channel = 'inbox' ORDER BY id DESC
	FOR UPDATE`

const cancel = `
WITH closed AS (
	UPDATE deliveries SET status = 'cancelled', due_at = NULL, last_reason = 'cancelled', updated_at = hub_now()
	WHERE notice = $1 AND due_at IS NOT NULL AND status NOT IN ('sending', 'sent', 'unknown')
), unlinked AS (
	DELETE FROM corrections WHERE notice = $1
), fired AS (
	UPDATE timers SET fired_at = hub_now() WHERE notice = $1 AND fired_at IS NULL
)
INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth, reason)
SELECT $2, 'eblagh:Cancelled', hub_now(), id, submitter, case_id, recipient, capacity, $3, $4, $5, 'cancelled'
FROM notices WHERE id = $1`

// Cancel implements dispatch.Cancellations. The inbox row is the lock of a notice: an arrival has it, or this has.
func (db *DB) Cancel(ctx context.Context, notice, receipt hub.ID, actor hub.Actor) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		var status hub.DeliveryStatus
		if err := tx.QueryRow(ctx, lockCancelled, notice).Scan(&status); err != nil {
			return fmt.Errorf("lock notice: %w", err)
		}
		if status != hub.DeliveryPending && status != hub.DeliveryQueued && status != hub.DeliveryHeld {
			return hub.Refuse(hub.CodeWrongState, "this notice has arrived, or is closed: it cannot be withdrawn")
		}
		if _, err := tx.Exec(ctx, cancel, notice, receipt, actor.Kind, actor.ID, actor.Auth); err != nil {
			return fmt.Errorf("cancel: %w", err)
		}
		return nil
	})
}
