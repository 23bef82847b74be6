package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// lockTried locks deliveries as lockDeliveries does, and reads what evidence says of their papers.
const lockTried = `
SELECT d.id, d.attempts, d.status IN ('sending', 'unknown'), d.notice, d.submitter, d.recipient, n.case_id, coalesce(n.capacity, '')
FROM deliveries d LEFT JOIN notices n ON n.id = d.notice
WHERE d.id = ANY ($1::uuid[]) AND d.id BETWEEN $2 AND $3 ORDER BY d.id FOR UPDATE OF d`

// endAttempts fences each outcome by (delivery, n): the first stays, but for unknown, which any other settles. With the plan
// that is kept for any number of rows, it and the next one look each row up by its key.
const endAttempts = `
UPDATE attempts a SET outcome = u.outcome, reason = u.reason, ended_at = (SELECT hub_now()),
	message_id = coalesce(nullif(u.message_id, ''), a.message_id),
	message_key = coalesce(nullif(u.message_key, ''), a.message_key)
FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
	AS u (delivery, n, outcome, reason, message_id, message_key)
WHERE a.delivery = u.delivery AND a.n = u.n AND (a.outcome IS NULL OR a.outcome = 'unknown')
RETURNING a.delivery, a.n, a.provider`

const moveTried = `
UPDATE deliveries d SET status = u.next, last_reason = u.closing, updated_at = (SELECT hub_now()),
	due_at = CASE WHEN u.next IN ('delivered', 'failed') THEN NULL ELSE (SELECT hub_now()) + u.due END
FROM unnest($1::uuid[], $2::text[], $3::interval[], $4::text[]) AS u (delivery, next, due, closing) WHERE d.id = u.delivery`

// tried is a locked delivery, one of whose attempts ends.
type tried struct {
	ID        hub.ID
	Attempts  int
	Waits     bool // for the outcome of the last of them
	Notice    hub.ID
	Submitter hub.ID
	Recipient hub.ID
	Case      hub.ID
	Capacity  hub.Capacity
}

// EndAttempts implements dispatch.Attempts. A delivery moves only while it is in that attempt; the evidence is written even
// when it closed meanwhile.
func (db *DB) EndAttempts(ctx context.Context, ends []dispatch.Ended) (count int, err error) {
	err = writeOn(ctx, db.brief, riderOf(ctx), func(tx pgx.Tx) error {
		locked, fenced, err := fence(ctx, tx, ends)
		if err != nil {
			return err
		}
		var moved []dispatch.Ended
		var left evidence
		for _, e := range ends {
			provider, ok := fenced[e.Key]
			if !ok {
				continue
			}
			delete(fenced, e.Key) // the same outcome may come twice
			d := locked[e.Key.Delivery]
			moves := d.Waits && d.Attempts == e.Key.N
			if moves {
				moved = append(moved, e)
			}
			left.add(d, e, provider, moves)
		}
		count = len(moved)
		b := &pgx.Batch{}
		queueMoves(b, moved)
		left.queue(b)
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("move texts: %w", err)
		}
		return nil
	})
	return count, err
}

// fence locks deliveries, writes outcomes, and tells which attempts have theirs by this, with the provider of each.
func fence(ctx context.Context, tx pgx.Tx, ends []dispatch.Ended) (map[hub.ID]tried, map[hub.AttemptKey]string, error) {
	deliveries := column(ends, func(e dispatch.Ended) hub.ID { return e.Key.Delivery })
	first, last := span(deliveries)
	locked, fenced := make(map[hub.ID]tried, len(ends)), make(map[hub.AttemptKey]string, len(ends))
	b := &pgx.Batch{}
	var d tried
	b.Queue(lockTried, deliveries, first, last).Query(func(rows pgx.Rows) error {
		fields := []any{&d.ID, &d.Attempts, &d.Waits, &d.Notice, &d.Submitter, &d.Recipient, &d.Case, &d.Capacity}
		_, err := pgx.ForEachRow(rows, fields, func() error { locked[d.ID] = d; return nil })
		return err
	})
	queueParts(b, ends)
	var key hub.AttemptKey
	var provider string
	b.Queue(endAttempts, deliveries,
		column(ends, func(e dispatch.Ended) int { return e.Key.N }),
		column(ends, func(e dispatch.Ended) string { return string(e.Outcome) }),
		column(ends, func(e dispatch.Ended) string { return string(e.Reason) }),
		column(ends, func(e dispatch.Ended) string { return e.MessageID }),
		column(ends, func(e dispatch.Ended) string { return e.Message }),
	).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&key.Delivery, &key.N, &provider}, func() error { fenced[key] = provider; return nil })
		return err
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, nil, fmt.Errorf("end attempts: %w", err)
	}
	return locked, fenced, nil
}

func queueMoves(b *pgx.Batch, moved []dispatch.Ended) {
	if len(moved) == 0 {
		return
	}
	deliveries := column(moved, func(e dispatch.Ended) hub.ID { return e.Key.Delivery })
	b.Queue(moveTried, deliveries,
		column(moved, func(e dispatch.Ended) string { return string(e.Next) }),
		column(moved, func(e dispatch.Ended) time.Duration { return e.Due }),
		column(moved, func(e dispatch.Ended) string { return string(e.Closing) }))
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
