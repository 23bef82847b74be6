package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

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
	SELECT id FROM deliveries WHERE notice = ANY ($1::uuid[]) AND due_at IS NOT NULL
		AND status NOT IN ('sending', 'sent', 'unknown') -- said so that the claim index does not tempt the planner
	FOR UPDATE SKIP LOCKED
), closed AS (
	UPDATE deliveries SET status = 'expired', due_at = NULL, last_reason = 'expired', updated_at = hub_now()
	WHERE id = ANY (ARRAY(SELECT id FROM held)) RETURNING notice, channel
), unlinked AS (
	DELETE FROM corrections WHERE notice IN (SELECT notice FROM closed WHERE channel = 'inbox')
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
