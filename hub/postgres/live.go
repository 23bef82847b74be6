package postgres

import (
	"context"
	"fmt"

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

func columnsOf(spans []hub.Span) (recipients []hub.ID, after, through []int64) {
	recipients, after, through = make([]hub.ID, len(spans)), make([]int64, len(spans)), make([]int64, len(spans))
	for i, s := range spans {
		recipients[i], after[i], through[i] = s.Recipient, s.After, s.Through
	}
	return recipients, after, through
}
