package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// moveTried moves deliveries that wait for the outcome of this attempt, and holds them, in the order of the arrays, before
// their attempts are touched: whoever ends an attempt holds its delivery, and moves it from sending. One that is unknown may have
// an attempt that was taken and whose report is overdue. The planner cannot prove of a CASE that the index of what is overdue
// answers it, which while statistics lag it would read as a whole.
const moveTried = `
UPDATE deliveries d SET status = u.next, last_reason = u.closing, updated_at = (SELECT hub_now()),
	due_at = CASE WHEN u.next IN ('delivered', 'failed') THEN NULL ELSE (SELECT hub_now()) + u.due END
FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::interval[], $5::text[]) AS u (delivery, n, next, due, closing)
WHERE d.id = u.delivery AND d.attempts = u.n AND d.id = ANY ($1::uuid[]) AND d.id BETWEEN $6 AND $7
	AND CASE d.status WHEN 'sending' THEN true
		WHEN 'unknown' THEN (SELECT coalesce(a.outcome, 'unknown') FROM attempts a WHERE a.delivery = u.delivery AND a.n = u.n) = 'unknown'
		ELSE false END
RETURNING d.id, d.attempts`

// endAttempts fences each outcome by (delivery, n): the first stays, but for unknown, which any other settles. It and the one
// before name their rows by = ANY as well: by the join alone, a plan that was made while the tables were empty reads all of them.
const endAttempts = `
UPDATE attempts a SET outcome = u.outcome, reason = u.reason, ended_at = (SELECT hub_now()),
	message_id = coalesce(nullif(u.message_id, ''), a.message_id),
	message_key = coalesce(nullif(u.message_key, ''), a.message_key)
FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
	AS u (delivery, n, outcome, reason, message_id, message_key)
WHERE a.delivery = u.delivery AND a.n = u.n AND a.delivery = ANY ($1::uuid[]) AND a.delivery BETWEEN $7 AND $8
	AND (a.outcome IS NULL OR a.outcome = 'unknown')
RETURNING a.delivery, a.n, a.provider`

// EndAttempts implements dispatch.Attempts. A delivery moves only while it is in that attempt; the evidence is written even
// when it closed meanwhile.
func (db *DB) EndAttempts(ctx context.Context, ends []dispatch.Ended) (int, error) {
	var f fenced
	var left evidence
	err := writeOn(ctx, db.brief, riderOf(ctx), func(tx pgx.Tx) (err error) {
		if f, err = fence(ctx, tx, ends); err != nil {
			return err
		}
		left = evidence{at: f.at}
		for _, e := range ends {
			if provider, ok := f.ended[e.Key]; ok {
				delete(f.ended, e.Key) // the same outcome may come twice
				left.add(e, provider, f.moved[e.Key])
			}
		}
		b := &pgx.Batch{}
		left.queue(b)
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("evidence of attempts: %w", err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	db.fresh.keep(left.receipts)
	return len(f.moved), nil
}

// fenced is what outcomes came to.
type fenced struct {
	moved map[hub.AttemptKey]bool   // whose deliveries have moved
	ended map[hub.AttemptKey]string // who have their outcome by this, with the provider of each
	at    time.Time
}

// fence moves deliveries and writes outcomes.
func fence(ctx context.Context, tx pgx.Tx, ends []dispatch.Ended) (fenced, error) {
	f := fenced{moved: make(map[hub.AttemptKey]bool, len(ends)), ended: make(map[hub.AttemptKey]string, len(ends))}
	deliveries := column(ends, func(e dispatch.Ended) hub.ID { return e.Key.Delivery })
	ns := column(ends, func(e dispatch.Ended) int { return e.Key.N })
	first, last := span(deliveries)
	b := &pgx.Batch{}
	var key hub.AttemptKey
	b.Queue(moveTried, deliveries, ns,
		column(ends, func(e dispatch.Ended) string { return string(e.Next) }),
		column(ends, func(e dispatch.Ended) time.Duration { return e.Due }),
		column(ends, func(e dispatch.Ended) string { return string(e.Closing) }), first, last,
	).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&key.Delivery, &key.N}, func() error { f.moved[key] = true; return nil })
		return err
	})
	queueParts(b, ends)
	var provider string
	b.Queue(endAttempts, deliveries, ns,
		column(ends, func(e dispatch.Ended) string { return string(e.Outcome) }),
		column(ends, func(e dispatch.Ended) string { return string(e.Reason) }),
		column(ends, func(e dispatch.Ended) string { return e.MessageID }),
		column(ends, func(e dispatch.Ended) string { return e.Message }), first, last,
	).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&key.Delivery, &key.N, &provider}, func() error { f.ended[key] = provider; return nil })
		return err
	})
	b.Queue(`SELECT hub_now()`).QueryRow(func(row pgx.Row) error { return row.Scan(&f.at) })
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return f, fmt.Errorf("end attempts: %w", err)
	}
	return f, nil
}

// insertParts also fills in the id of a part whose answer came late.
const insertParts = `
INSERT INTO attempt_parts (delivery, n, part, provider, message_id, message_key)
SELECT u.delivery, u.n, u.part, a.provider, nullif(u.message_id, ''), nullif(u.message_key, '')
FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::text[])
	AS u (delivery, n, part, message_id, message_key)
JOIN attempts a ON a.delivery = u.delivery AND a.n = u.n
ON CONFLICT (delivery, n, part) DO UPDATE SET message_id = excluded.message_id, message_key = excluded.message_key
WHERE attempt_parts.message_id IS NULL`

// queueParts does nothing for texts that went as one, which most do.
func queueParts(b *pgx.Batch, ends []dispatch.Ended) {
	var deliveries []hub.ID
	var ns, parts []int
	var ids, keys []string
	for _, e := range ends {
		for i, part := range e.Parts {
			deliveries, ns, parts = append(deliveries, e.Key.Delivery), append(ns, e.Key.N), append(parts, i+1)
			ids, keys = append(ids, part.MessageID), append(keys, part.Message)
		}
	}
	if len(parts) > 0 {
		b.Queue(insertParts, deliveries, ns, parts, ids, keys)
	}
}
