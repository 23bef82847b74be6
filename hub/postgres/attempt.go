package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// What sending a text needs: a notice goes to the recipient's number in force, a code to the number that its challenge names.
// OFFSET 0 has each row looked up by its index, whatever the planner believes of how many there are.
const (
	textColumns = `d.id, d.attempts + 1, d.priority, d.challenge, d.recipient, d.notice, d.submitter, n.case_id,
	coalesce(n.capacity, ''), coalesce(h.mobile_ct, c.mobile_ct),
	coalesce(p.language, 'fa'), coalesce(n.number, ''), i.arrived_at, coalesce(h.purpose, ''),
	coalesce(least(d.expires_at, h.expires_at) <= (SELECT hub_now()), false), coalesce(p.time_zone, ''), (SELECT hub_now()),
	d.notice IS NOT NULL AND ` + sharedNumber + `
`
	textDetails = `
LEFT JOIN LATERAL (SELECT n.number, n.case_id, n.capacity FROM notices n WHERE n.id = d.notice OFFSET 0) n ON true
LEFT JOIN LATERAL (SELECT i.arrived_at FROM inbox i WHERE i.recipient = d.recipient AND i.notice = d.notice OFFSET 0) i ON true
LEFT JOIN LATERAL (SELECT p.language, p.time_zone FROM persons p WHERE p.id = d.recipient OFFSET 0) p ON true
LEFT JOIN LATERAL (SELECT * FROM contacts c WHERE c.person = d.recipient AND c.until IS NULL OFFSET 0) c ON d.notice IS NOT NULL
LEFT JOIN LATERAL (SELECT h.mobile_ct, h.purpose, h.expires_at FROM challenges h WHERE h.id = d.challenge OFFSET 0) h ON true
`
)

// lockTexts locks claimed texts.
const lockTexts = `
SELECT ` + textColumns + ` FROM deliveries d` + textDetails + `
WHERE d.id = ANY ($1::uuid[]) AND d.id BETWEEN $2 AND $3 AND d.channel <> 'inbox' AND ` + mayStart + ` AND NOT ` + textHeld + `
ORDER BY d.id FOR UPDATE OF d`

// takeTexts locks texts that are due and that nobody else has in hand, an equal part of every submitter that is not held: it
// steps through the claim index as claimDue does.
const takeTexts = `
WITH RECURSIVE submitters AS (
	(SELECT submitter, due_at FROM deliveries
	 WHERE channel = 'sms' AND priority = $1 AND status IN ('pending', 'queued') ORDER BY submitter, due_at LIMIT 1)
	UNION ALL
	SELECT n.submitter, n.due_at FROM submitters s CROSS JOIN LATERAL (
		SELECT submitter, due_at FROM deliveries
		WHERE channel = 'sms' AND priority = $1 AND status IN ('pending', 'queued') AND submitter > s.submitter
		ORDER BY submitter, due_at LIMIT 1) n
), active AS MATERIALIZED (
	SELECT submitter FROM submitters WHERE due_at <= (SELECT hub_now()) AND ($1 = 'code' OR NOT EXISTS (
		SELECT FROM holds h WHERE h.released_at IS NULL AND h.channel IS DISTINCT FROM 'inbox'
			AND (h.provider IS NULL OR h.provider = $3) AND (h.submitter IS NULL OR h.submitter = submitters.submitter)))
), picked AS MATERIALIZED (
	SELECT d.* FROM active CROSS JOIN LATERAL (
		SELECT d.id, d.attempts, d.priority, d.challenge, d.recipient, d.notice, d.submitter, d.expires_at FROM deliveries d
		WHERE d.channel = 'sms' AND d.priority = $1 AND d.status IN ('pending', 'queued')
			AND d.submitter = active.submitter AND d.due_at <= (SELECT hub_now())
		ORDER BY d.due_at LIMIT ceil($2::float8 / (SELECT count(*) FROM active))::bigint
		FOR UPDATE SKIP LOCKED) d
	LIMIT $2
)
SELECT ` + textColumns + ` FROM picked d` + textDetails + `
ORDER BY d.id`

// The clock is read once: as the column's default it is for each row.
const insertAttempts = `
INSERT INTO attempts (delivery, n, provider, started_at, begun)
SELECT u.delivery, u.n, $3, (SELECT hub_now()), $4 FROM unnest($1::uuid[], $2::integer[]) AS u (delivery, n)`

const moveBegun = `
UPDATE deliveries d SET status = 'sending', attempts = d.attempts + 1, due_at = (SELECT hub_now()) + $4::interval,
	updated_at = (SELECT hub_now())
WHERE d.id = ANY ($1::uuid[]) AND d.id BETWEEN $2 AND $3`

// BeginAttempts implements dispatch.Attempts.
func (db *DB) BeginAttempts(ctx context.Context, b dispatch.Beginning) ([]dispatch.Started, []dispatch.Moved, error) {
	var started []dispatch.Started
	var moved []dispatch.Moved
	err := writeOn(ctx, db.brief, riderOf(ctx), func(tx pgx.Tx) error {
		texts, err := textsOf(ctx, tx, b)
		if err != nil {
			return err
		}
		if moved, err = closeAll(ctx, tx, texts.useless); err != nil {
			return err
		}
		if err := hush(ctx, tx, texts.hushed); err != nil {
			return err
		}
		for _, h := range texts.hushed {
			moved = append(moved, h.Moved)
		}
		if started = texts.started; len(started) == 0 {
			return nil
		}
		return writeAttempts(ctx, tx, b, started)
	})
	if err != nil {
		return started, nil, err
	}
	return started, moved, nil
}

// writeAttempts writes attempts of texts that are locked.
func writeAttempts(ctx context.Context, tx pgx.Tx, b dispatch.Beginning, started []dispatch.Started) error {
	deliveries := column(started, func(s dispatch.Started) hub.ID { return s.Key.Delivery })
	first, last := span(deliveries)
	all := &pgx.Batch{}
	all.Queue(insertAttempts, deliveries, column(started, func(s dispatch.Started) int { return s.Key.N }), b.Provider, b.ID)
	all.Queue(moveBegun, deliveries, first, last, b.Lease)
	if err := tx.SendBatch(ctx, all).Close(); err != nil {
		return fmt.Errorf("begin attempts: %w", err)
	}
	return nil
}

// Only what this very call began: the same number may be another's attempt by now. A text that was given up meanwhile
// stays so; that its attempt never left is true all the same.
const disownAttempts = `
WITH mine AS (
	UPDATE attempts SET outcome = 'deferred', reason = '', ended_at = hub_now()
	WHERE delivery = ANY ($1::uuid[]) AND delivery BETWEEN $2 AND $3 AND begun = $4
		AND (outcome IS NULL OR outcome = 'unknown') AND message_id IS NULL
	RETURNING delivery, n
)
UPDATE deliveries d SET status = 'pending', due_at = hub_now(), last_reason = '', updated_at = hub_now()
FROM mine WHERE d.id = mine.delivery AND d.attempts = mine.n AND d.status IN ('sending', 'unknown')`

// DisownAttempts implements dispatch.Attempts.
func (db *DB) DisownAttempts(ctx context.Context, beginning hub.ID, deliveries []hub.ID) error {
	first, last := span(deliveries)
	return db.write(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockDeliveries, deliveries); err != nil {
			return fmt.Errorf("lock deliveries: %w", err)
		}
		if _, err := tx.Exec(ctx, disownAttempts, deliveries, first, last, beginning); err != nil {
			return fmt.Errorf("disown attempts: %w", err)
		}
		return nil
	})
}

// textsOf locks what may begin.
func textsOf(ctx context.Context, tx pgx.Tx, b dispatch.Beginning) (sorted, error) {
	first, last := span(b.Deliveries)
	sql, args := lockTexts, []any{b.Deliveries, first, last, b.Provider}
	if b.Deliveries == nil {
		sql, args = takeTexts, []any{b.Priority, len(b.Receipts), b.Provider}
	}
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return sorted{}, fmt.Errorf("lock texts: %w", err)
	}
	texts, err := sortTexts(rows, b)
	if err != nil {
		return sorted{}, fmt.Errorf("lock texts: %w", err)
	}
	return texts, nil
}

const selectOpen = `SELECT a.delivery, a.n, d.priority, d.recipient, d.notice, d.submitter, n.case_id, coalesce(n.capacity, '')
	FROM unnest($1::uuid[], $2::integer[]) AS u (delivery, n)
	JOIN attempts a ON a.delivery = u.delivery AND a.n = u.n JOIN deliveries d ON d.id = a.delivery
	LEFT JOIN notices n ON n.id = d.notice
	WHERE a.provider = $3 AND (a.outcome IS NULL OR a.outcome = 'unknown')`

// OpenAttempts implements dispatch.Attempts.
func (db *DB) OpenAttempts(ctx context.Context, provider string, keys []hub.AttemptKey) ([]dispatch.Started, error) {
	rows, err := db.worker.Query(ctx, selectOpen, column(keys, func(k hub.AttemptKey) hub.ID { return k.Delivery }),
		column(keys, func(k hub.AttemptKey) int { return k.N }), provider)
	if err != nil {
		return nil, translate(fmt.Errorf("open attempts: %w", err))
	}
	open, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s dispatch.Started, err error) {
		err = row.Scan(&s.Key.Delivery, &s.Key.N, &s.Priority, &s.Person, &s.About.Notice, &s.About.Submitter, &s.About.Case,
			&s.About.Capacity)
		return s, err
	})
	return open, translate(err)
}
