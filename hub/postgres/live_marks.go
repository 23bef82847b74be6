package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// The heads are locked in the order in which arrivals lock them, in a statement of its own: what follows then sees all
// that others wrote under the same lock.
const lockHeads = `SELECT recipient FROM inbox_cursors WHERE recipient = ANY ($1::uuid[]) ORDER BY recipient FOR UPDATE`

// Which of these notices have no such receipt yet, and what the receipt says of them. Beyond the mark nothing has one. Below
// it something may lack one: what arrived while nobody was connected, and was passed over by a connection that began later.
// Only what has D.3 is acknowledged.
const selectUnmarked = `
SELECT n.id, n.submitter, n.case_id, n.recipient, n.capacity, jsonb_build_object('parts', n.parts), hub_now()
FROM (
	SELECT DISTINCT i.notice
	FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS s (recipient, after, through)
	CROSS JOIN LATERAL (SELECT * FROM inbox_cursors c WHERE c.recipient = s.recipient OFFSET 0) c
	CROSS JOIN LATERAL ` + ofSpan + `
	WHERE (i.cursor > CASE $4 WHEN 'NotificationDelivered' THEN c.acked ELSE c.nudged END
		OR (SELECT r.id FROM receipts r WHERE r.notice = i.notice AND r.event = $4 AND r.channel = 'live' LIMIT 1) IS NULL)`

const shown = ` AND (SELECT r.id FROM receipts r
		WHERE r.notice = i.notice AND r.event = 'ConsignmentNotification' AND r.channel = 'live' LIMIT 1) IS NOT NULL`

const ofUnmarked = `
) u CROSS JOIN LATERAL (SELECT * FROM notices n WHERE n.id = u.notice AND 'live' = ANY (n.channels) OFFSET 0) n`

const moveNudged = `
UPDATE inbox_cursors c SET nudged = m.through
FROM (SELECT recipient, max(through) AS through
	FROM unnest($1::uuid[], $2::bigint[]) AS s (recipient, through) GROUP BY recipient) m
WHERE c.recipient = ANY ($1::uuid[]) AND c.recipient = m.recipient AND m.through > c.nudged`

const moveAcked = `
UPDATE inbox_cursors c SET acked = least(m.through, c.nudged)
FROM (SELECT recipient, max(through) AS through
	FROM unnest($1::uuid[], $2::bigint[]) AS s (recipient, through) GROUP BY recipient) m
WHERE c.recipient = ANY ($1::uuid[]) AND c.recipient = m.recipient AND least(m.through, c.nudged) > c.acked`

// Nudged implements live.Store.
func (db *DB) Nudged(ctx context.Context, spans []hub.Span) error {
	return db.markLive(ctx, spans, hub.EventConsignmentNotified, selectUnmarked+ofUnmarked, moveNudged)
}

// Acked implements live.Store.
func (db *DB) Acked(ctx context.Context, spans []hub.Span) error {
	return db.markLive(ctx, spans, hub.EventNotificationDelivered, selectUnmarked+shown+ofUnmarked, moveAcked)
}

func (db *DB) markLive(ctx context.Context, spans []hub.Span, event hub.Event, unmarked, move string) error {
	who, after, through := columnsOf(spans)
	var marked []ledger.Receipt
	err := transact(ctx, db.brief, func(tx *transaction) error {
		b := &pgx.Batch{}
		b.Queue(lockHeads, who)
		b.Queue(unmarked, who, after, through, event).Query(func(rows pgx.Rows) (err error) {
			marked, err = liveReceipts(rows, event)
			return err
		})
		if err := tx.send(ctx, b); err != nil {
			return fmt.Errorf("unmarked: %w", err)
		}
		if b = (&pgx.Batch{}); len(marked) > 0 {
			if err := receiptRows(marked).queue(b); err != nil {
				return err
			}
			b.Queue(move, who, through)
		}
		if err := tx.commit(ctx, b); err != nil {
			return fmt.Errorf("live receipts: %w", err)
		}
		return nil
	})
	if err == nil {
		db.fresh.keep(marked)
	}
	return err
}

// liveReceipts are D.3 or NotificationDelivered, EN 319 522-1, of what selectUnmarked gives.
func liveReceipts(rows pgx.Rows, event hub.Event) ([]ledger.Receipt, error) {
	var all []ledger.Receipt
	var of hub.Receipt
	var submitter hub.ID
	var details []byte
	into := []any{&of.Notice, &submitter, &of.Case, &of.Recipient, &of.Capacity, &details, &of.At}
	_, err := pgx.ForEachRow(rows, into, func() error {
		r := ledger.Receipt{Receipt: of, Submitter: submitter, Text: details}
		r.ID, r.Event, r.At, r.Channel = hub.NewID(of.At), event, of.At.UTC(), hub.ChannelLive
		r.RecordedAt, r.Actor.Kind = r.At, hub.ActorSystem
		if event == hub.EventNotificationDelivered {
			r.Actor = hub.Actor{Kind: hub.ActorSelf, ID: of.Recipient, Auth: "session"}
		}
		all = append(all, r)
		return nil
	})
	salted(all)
	return all, err
}
