package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

const selectHeads = `SELECT recipient, last, acked FROM inbox_cursors WHERE recipient = ANY ($1::uuid[])`

// Heads implements live.Store.
func (db *DB) Heads(ctx context.Context, recipients []hub.ID) (map[hub.ID]hub.Head, error) {
	heads := make(map[hub.ID]hub.Head, len(recipients))
	rows, err := db.worker.Query(ctx, selectHeads, recipients)
	if err != nil {
		return nil, translate(fmt.Errorf("heads: %w", err))
	}
	var recipient hub.ID
	var head hub.Head
	_, err = pgx.ForEachRow(rows, []any{&recipient, &head.Last, &head.Acked}, func() error {
		heads[recipient] = head
		return nil
	})
	if err != nil {
		return nil, translate(fmt.Errorf("heads: %w", err))
	}
	return heads, nil
}

// ofSpan is what of an inbox lies in a span s.
const ofSpan = `(SELECT * FROM inbox i WHERE i.recipient = s.recipient AND i.cursor > s.after AND i.cursor <= s.through
		ORDER BY i.cursor OFFSET 0) i`

// Covers of several inboxes at once: nothing of a paper but its cover leaves the database. It reads past row-level
// security, for each span is of a person who proved who they are on the connection that it is for.
const selectLiveCovers = `
SELECT s.nth, i.cursor, i.arrived_at, i.notice, i.number, i.kind, c.branch, b.name, who.language
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS s (recipient, after, through, nth)
CROSS JOIN LATERAL (
	SELECT i.cursor, i.arrived_at, i.notice, n.number, n.kind, n.case_id FROM ` + ofSpan + `
	CROSS JOIN LATERAL (SELECT * FROM notices n WHERE n.id = i.notice AND 'live' = ANY (n.channels) OFFSET 0) n
	ORDER BY i.cursor LIMIT $4
) i
CROSS JOIN LATERAL (SELECT * FROM cases c WHERE c.id = i.case_id OFFSET 0) c
CROSS JOIN LATERAL (SELECT * FROM organisations b WHERE b.id = c.branch OFFSET 0) b
CROSS JOIN LATERAL (SELECT * FROM persons p WHERE p.id = s.recipient OFFSET 0) who
ORDER BY s.nth, i.cursor`

// LiveCovers implements live.Store.
func (db *DB) LiveCovers(ctx context.Context, spans []hub.Span, each int) ([][]hub.LiveCover, error) {
	who, after, through := columnsOf(spans)
	rows, err := db.brief.Query(ctx, selectLiveCovers, who, after, through, each)
	if err != nil {
		return nil, translate(fmt.Errorf("live covers: %w", err))
	}
	pages := make([][]hub.LiveCover, len(spans))
	var nth int64
	var l hub.LiveCover
	into := []any{&nth, &l.Cursor, &l.Cover.ArrivedAt, &l.Cover.ID, &l.Cover.Number, &l.Cover.Kind, &l.Cover.Branch.ID,
		&l.Cover.Branch.Name, &l.Language}
	_, err = pgx.ForEachRow(rows, into, func() error {
		pages[nth-1] = append(pages[nth-1], l)
		return nil
	})
	if err != nil {
		return nil, translate(fmt.Errorf("live covers: %w", err))
	}
	return pages, nil
}

// The heads are locked in the order in which arrivals lock them, in a statement of its own: what follows then sees all
// that others wrote under the same lock.
const lockHeads = `SELECT recipient FROM inbox_cursors WHERE recipient = ANY ($1::uuid[]) ORDER BY recipient FOR UPDATE`

// Which of these notices have no such receipt yet. Beyond the mark nothing has one. Below it something may lack one:
// what arrived while nobody was connected, and was passed over by a connection that began later. Only what has D.3 is
// acknowledged.
const selectUnmarked = `
SELECT DISTINCT i.notice, (SELECT hub_now())
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS s (recipient, after, through)
CROSS JOIN LATERAL (SELECT * FROM inbox_cursors c WHERE c.recipient = s.recipient OFFSET 0) c
CROSS JOIN LATERAL ` + ofSpan + `
CROSS JOIN LATERAL (SELECT FROM notices n WHERE n.id = i.notice AND 'live' = ANY (n.channels) OFFSET 0) n
WHERE (i.cursor > CASE $4 WHEN 'NotificationDelivered' THEN c.acked ELSE c.nudged END
	OR (SELECT r.id FROM receipts r WHERE r.notice = i.notice AND r.event = $4 AND r.channel = 'live' LIMIT 1) IS NULL)`

const shown = ` AND (SELECT r.id FROM receipts r
	WHERE r.notice = i.notice AND r.event = 'ConsignmentNotification' AND r.channel = 'live' LIMIT 1) IS NOT NULL`

const insertNudged = `
INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, channel, details, salt)
SELECT u.receipt, 'ConsignmentNotification', hub_now(), n.id, n.submitter, n.case_id, n.recipient, n.capacity, 'system',
	'live', jsonb_build_object('parts', n.parts), u.salt
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS u (notice, receipt, salt) CROSS JOIN LATERAL (SELECT * FROM notices n WHERE n.id = u.notice OFFSET 0) n`

const insertAcked = `
INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth, channel,
	details, salt)
SELECT u.receipt, 'NotificationDelivered', hub_now(), n.id, n.submitter, n.case_id, n.recipient, n.capacity, 'self',
	n.recipient, 'session', 'live', jsonb_build_object('parts', n.parts), u.salt
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS u (notice, receipt, salt) CROSS JOIN LATERAL (SELECT * FROM notices n WHERE n.id = u.notice OFFSET 0) n`

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
	return db.markLive(ctx, spans, hub.EventConsignmentNotified, selectUnmarked, insertNudged, moveNudged)
}

// Acked implements live.Store.
func (db *DB) Acked(ctx context.Context, spans []hub.Span) error {
	return db.markLive(ctx, spans, hub.EventNotificationDelivered, selectUnmarked+shown, insertAcked, moveAcked)
}

func (db *DB) markLive(ctx context.Context, spans []hub.Span, event hub.Event, unmarked, insert, move string) error {
	who, after, through := columnsOf(spans)
	return transact(ctx, db.brief, func(tx *transaction) error {
		var notices, receipts []hub.ID
		b := &pgx.Batch{}
		b.Queue(lockHeads, who)
		b.Queue(unmarked, who, after, through, event).Query(func(rows pgx.Rows) error {
			var notice hub.ID
			var now time.Time
			_, err := pgx.ForEachRow(rows, []any{&notice, &now}, func() error {
				notices, receipts = append(notices, notice), append(receipts, hub.NewID(now))
				return nil
			})
			return err
		})
		if err := tx.send(ctx, b); err != nil {
			return fmt.Errorf("unmarked: %w", err)
		}
		if b = (&pgx.Batch{}); len(notices) > 0 {
			b.Queue(insert, notices, receipts, salts(len(notices)))
			b.Queue(move, who, through)
		}
		if err := tx.commit(ctx, b); err != nil {
			return fmt.Errorf("live receipts: %w", err)
		}
		return nil
	})
}

func columnsOf(spans []hub.Span) (recipients []hub.ID, after, through []int64) {
	recipients, after, through = make([]hub.ID, len(spans)), make([]int64, len(spans)), make([]int64, len(spans))
	for i, s := range spans {
		recipients[i], after[i], through[i] = s.Recipient, s.After, s.Through
	}
	return recipients, after, through
}
