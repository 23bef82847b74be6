package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

const insertReports = `INSERT INTO reports (id, provider, message_id, message_key, outcome, reason, at, raw)
	SELECT u.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
		$8::bytea[]) AS u (id, provider, message_id, message_key, outcome, reason, at, raw)`

// insertKnownReports looks each message up by its index: LIMIT keeps the planner from reading all attempts instead.
const insertKnownReports = insertReports + `
	CROSS JOIN LATERAL (
		SELECT FROM attempts t WHERE t.provider = u.provider AND t.message_key = u.message_key
		UNION ALL
		SELECT FROM attempt_parts p WHERE p.provider = u.provider AND p.message_key = u.message_key
		LIMIT 1) known`

// ParkReports implements dispatch.Reports.
func (db *DB) ParkReports(ctx context.Context, all []dispatch.Parked, known bool) (int, error) {
	insert := insertReports
	if known {
		insert = insertKnownReports
	}
	tag, err := db.worker.Exec(ctx, insert,
		column(all, func(p dispatch.Parked) hub.ID { return p.ID }),
		column(all, func(p dispatch.Parked) string { return p.Key.Provider }),
		column(all, func(p dispatch.Parked) string { return p.MessageID }),
		column(all, func(p dispatch.Parked) string { return p.Key.Message }),
		column(all, func(p dispatch.Parked) string { return string(p.Outcome) }),
		column(all, func(p dispatch.Parked) string { return string(p.Reason) }),
		column(all, func(p dispatch.Parked) *time.Time { return orNull(p.At) }),
		column(all, func(p dispatch.Parked) []byte { return p.Raw }))
	if err != nil {
		return 0, translate(fmt.Errorf("park reports: %w", err))
	}
	return int(tag.RowsAffected()), nil
}

const countParked = `SELECT count(*) >= $1 FROM (SELECT FROM reports WHERE delivery IS NULL LIMIT $1) p`

// Strangers implements dispatch.Reports.
func (db *DB) Strangers(ctx context.Context, most int) (many bool, err error) {
	if err := db.worker.QueryRow(ctx, countParked, most).Scan(&many); err != nil {
		return false, translate(fmt.Errorf("count parked reports: %w", err))
	}
	return many, nil
}

// A report is of a whole text, or of a part. Providers use message ids again after a while: the latest is meant. OFFSET 0
// has the reports of each message looked up by their index: while statistics lag behind a flood of reports, the planner
// would rather read all that are parked. For the same reason deliveries are not joined here, but locked by their ids. When none is
// parked at all, nothing is looked up.
const selectMatches = `
SELECT r.id, a.delivery, a.n, a.part, r.outcome, r.reason, r.at
FROM unnest($1::text[], $2::text[]) AS k (provider, message)
CROSS JOIN LATERAL (SELECT p.* FROM reports p
	WHERE p.provider = k.provider AND p.message_key = k.message AND p.delivery IS NULL OFFSET 0) r
CROSS JOIN LATERAL (
	SELECT t.delivery, t.n, 0 AS part, t.started_at AS since FROM attempts t
	WHERE t.provider = r.provider AND t.message_key = r.message_key
	UNION ALL
	SELECT p.delivery, p.n, p.part, p.taken_at FROM attempt_parts p
	WHERE p.provider = r.provider AND p.message_key = r.message_key
	ORDER BY since DESC LIMIT 1) a
WHERE EXISTS (SELECT FROM reports WHERE delivery IS NULL)
ORDER BY a.delivery, r.id`

// applyReports takes the best news of each delivery: on the handset outweighs not. States only move forward; a report
// for a delivery that is closed already becomes evidence only, and the same news twice is one receipt. When the
// provider names a time that can be true, that is when it happened.
const applyReports = `
WITH u AS (
	SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[], $8::bytea[])
		AS u (report, delivery, n, outcome, reason, at, receipt, salt)
), used AS (
	UPDATE reports r SET delivery = u.delivery, n = u.n FROM u WHERE r.id = u.report AND r.delivery IS NULL
	RETURNING r.id
), best AS MATERIALIZED (
	SELECT DISTINCT ON (u.delivery, u.n) u.*, t.provider, coalesce(t.message_id, '') AS message_id,
		CASE WHEN u.at BETWEEN t.started_at AND hub_now() THEN u.at ELSE hub_now() END AS happened
	FROM u JOIN attempts t ON t.delivery = u.delivery AND t.n = u.n
	WHERE u.outcome IN ('delivered', 'rejected')
		AND (u.report IN (SELECT id FROM used) OR u.report IS NULL) -- of all parts
	ORDER BY u.delivery, u.n, u.outcome = 'delivered' DESC, u.report
), ended AS (
	UPDATE attempts t SET outcome = b.outcome, reason = b.reason, ended_at = hub_now()
	FROM best b WHERE t.delivery = b.delivery AND t.n = b.n AND t.outcome IS DISTINCT FROM 'delivered'
), moved AS (
	UPDATE deliveries d SET status = CASE b.outcome WHEN 'delivered' THEN 'delivered' ELSE 'failed' END, due_at = NULL,
		last_reason = b.reason, updated_at = hub_now()
	FROM best b WHERE d.id = b.delivery AND d.attempts = b.n AND d.status IN ('sending', 'sent', 'unknown')
	RETURNING d.id, d.priority, d.status, d.last_reason, d.challenge, d.recipient, d.updated_at,
		b.receipt
), evidence AS (
	SELECT b.*, CASE b.outcome WHEN 'delivered' THEN 'NotificationDelivered' ELSE 'ConsignmentNotificationFailure' END
		AS event FROM best b
), noted AS (
	INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, channel, provider,
		provider_message_id, provider_status, reason, salt)
	SELECT e.receipt, e.event, e.happened, n.id, n.submitter, n.case_id, n.recipient, n.capacity, 'system', 'sms',
		e.provider, e.message_id, e.outcome, e.reason, e.salt
	FROM evidence e JOIN deliveries d ON d.id = e.delivery JOIN notices n ON n.id = d.notice
	WHERE NOT EXISTS (SELECT FROM receipts r WHERE r.notice = n.id AND r.event = e.event AND r.channel = 'sms'
		AND r.provider = e.provider AND r.provider_message_id = e.message_id AND r.reason = e.reason)
), attested AS (
	INSERT INTO incidents (id, kind, person, reason, started_at, ended_at)
	SELECT receipt, 'code_undelivered', recipient, last_reason, updated_at, updated_at FROM moved
	WHERE status = 'failed' AND challenge IS NOT NULL
)
SELECT id, priority, status, last_reason FROM moved`

// matched is one parked report with the attempt that it is about.
type matched struct {
	Report   hub.ID // zero: what the reports of all parts come to
	Delivery hub.ID
	N        int
	Part     int // 0: of the whole text
	Outcome  hub.Outcome
	Reason   hub.Reason
	At       time.Time
}

// MatchReports implements dispatch.Reports.
func (db *DB) MatchReports(ctx context.Context, keys []dispatch.MessageKey, newID func() hub.ID) (
	moved []dispatch.Moved, matches int, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, keepPlans); err != nil {
			return fmt.Errorf("find attempts of reports: %w", err)
		}
		rows, err := tx.Query(ctx, selectMatches,
			column(keys, func(k dispatch.MessageKey) string { return k.Provider }),
			column(keys, func(k dispatch.MessageKey) string { return k.Message }))
		if err != nil {
			return fmt.Errorf("find attempts of reports: %w", err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[matched])
		if err != nil || len(all) == 0 {
			return err
		}
		matches = len(all)
		// Whoever has the delivery may apply those of its reports that are still parked by then.
		if _, err := tx.Exec(ctx, lockDeliveries, column(all, func(m matched) hub.ID { return m.Delivery })); err != nil {
			return fmt.Errorf("lock deliveries of reports: %w", err)
		}
		if all, err = applyToParts(ctx, tx, all); err != nil || len(all) == 0 {
			return err
		}
		if rows, err = tx.Query(ctx, applyReports,
			column(all, func(m matched) hub.ID { return m.Report }),
			column(all, func(m matched) hub.ID { return m.Delivery }),
			column(all, func(m matched) int { return m.N }),
			column(all, func(m matched) string { return string(m.Outcome) }),
			column(all, func(m matched) string { return string(m.Reason) }),
			column(all, func(m matched) *time.Time { return orNull(m.At) }),
			column(all, func(matched) hub.ID { return newID() }), salts(len(all))); err != nil {
			return fmt.Errorf("apply reports: %w", err)
		}
		moved, err = pgx.CollectRows(rows, pgx.RowToStructByPos[dispatch.Moved])
		return err
	})
	return moved, matches, err
}

const selectUnreported = `SELECT a.message_id FROM deliveries d JOIN attempts a ON a.delivery = d.id AND a.n = d.attempts
	WHERE d.status IN ('sent', 'unknown') AND a.provider = $1 AND a.message_key IS NOT NULL
	ORDER BY d.due_at LIMIT $2`

// Unreported gives the message ids, as given, of texts that a provider took and never reported, oldest first.
func (db *DB) Unreported(ctx context.Context, provider string, most int) ([]string, error) {
	rows, err := db.worker.Query(ctx, selectUnreported, provider, most)
	if err != nil {
		return nil, translate(fmt.Errorf("unreported: %w", err))
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return ids, translate(err)
}
