package postgres

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// A cover, and of an opened paper the rest. What is sealed in an unopened paper does not leave the database.
const selectArrived = `
SELECT i.cursor, i.arrived_at, op.opened_at, n.id, n.number, n.kind, n.created_at, c.branch, b.name AS branch_name,
	who.language, n.recipient,
	CASE WHEN op.notice IS NOT NULL THEN n.reference ELSE '' END AS reference,
	CASE WHEN op.notice IS NOT NULL THEN n.submitter END AS submitter,
	CASE WHEN op.notice IS NOT NULL THEN n.capacity ELSE '' END AS capacity,
	CASE WHEN op.notice IS NOT NULL THEN n.priority ELSE '' END AS priority,
	CASE WHEN op.notice IS NOT NULL THEN n.hearing_at END AS hearing_at,
	CASE WHEN op.notice IS NOT NULL THEN n.on_behalf_of END AS on_behalf_of,
	CASE WHEN op.notice IS NOT NULL THEN n.corrects END AS corrects,
	CASE WHEN op.notice IS NOT NULL THEN (SELECT k.notice FROM corrections k WHERE k.corrects = n.id) END AS corrected_by,
	CASE WHEN op.notice IS NOT NULL THEN n.documents ELSE '{}' END AS documents,
	CASE WHEN op.notice IS NOT NULL THEN c.id END AS case_id,
	CASE WHEN op.notice IS NOT NULL THEN c.number_typed ELSE '' END AS case_number,
	CASE WHEN op.notice IS NOT NULL THEN c.archive_number ELSE '' END AS archive_number, c.restricted,
	CASE WHEN op.notice IS NOT NULL THEN n.subject_ct END AS subject_ct,
	CASE WHEN op.notice IS NOT NULL THEN n.body_ct END AS body_ct,
	CASE WHEN op.notice IS NOT NULL THEN c.subject_ct END AS case_subject_ct
FROM inbox i
	LEFT JOIN LATERAL (SELECT op.notice, op.opened_at FROM opens op WHERE op.notice = i.notice AND op.recipient = i.recipient OFFSET 0) op
		ON true
	CROSS JOIN LATERAL (SELECT * FROM notices n WHERE n.id = i.notice`

// itsPaper looks what belongs to a row of an inbox up by keys, so that these statements may keep their plans: over the partitions
// of many months planning takes eight times as long as reading a page. It goes on after what is asked of the notice.
const itsPaper = ` OFFSET 0) n
	CROSS JOIN LATERAL (SELECT * FROM cases c WHERE c.id = n.case_id OFFSET 0) c
	CROSS JOIN LATERAL (SELECT b.name FROM organisations b WHERE b.id = c.branch OFFSET 0) b
	CROSS JOIN LATERAL (SELECT who.language FROM persons who WHERE who.id = i.recipient OFFSET 0) who
WHERE i.recipient = $1`

// Whether it is opened decides before the notice is read: who wants the one sort does not read the other.
const selectInbox = selectArrived + ` AND ($3 = 'all' OR ($3 = 'opened') = (op.notice IS NOT NULL))` + itsPaper + `
	AND i.cursor < $2 ORDER BY i.cursor DESC LIMIT $4`

// Inbox implements reading.InboxView.
func (v view) Inbox(ctx context.Context, recipient hub.ID, f reading.InboxFilter) ([]reading.Paper, error) {
	before := cmp.Or(f.Before, math.MaxInt64)
	papers, err := v.arrived(ctx, selectInbox, recipient, before, f.State, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	return papers, nil
}

const selectItem = selectArrived + itsPaper + ` AND i.notice = $2`

// Item implements reading.InboxView.
func (v view) Item(ctx context.Context, recipient, notice hub.ID) (reading.Paper, error) {
	papers, err := v.arrived(ctx, selectItem, recipient, notice)
	if err != nil {
		return reading.Paper{}, fmt.Errorf("inbox item: %w", err)
	}
	if len(papers) == 0 {
		return reading.Paper{}, hub.ErrNotFound
	}
	return papers[0], nil
}

func (v view) arrived(ctx context.Context, sql string, args ...any) ([]reading.Paper, error) {
	found, err := v.papers(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return v.withDocuments(ctx, found)
}

// papers runs a statement that keeps its plan.
func (v view) papers(ctx context.Context, sql string, args ...any) (found []paperRow, err error) {
	b := &pgx.Batch{}
	queueByKeptPlan(b, sql, args...).Query(func(rows pgx.Rows) error {
		found, err = pgx.CollectRows(rows, pgx.RowToStructByNameLax[paperRow])
		return err
	})
	return found, v.tx.SendBatch(ctx, b).Close()
}

const selectCovers = `
SELECT i.cursor, i.arrived_at, n.id, n.number, n.kind, c.branch, b.name AS branch_name, who.language, n.recipient
FROM inbox i CROSS JOIN LATERAL (SELECT * FROM notices n WHERE n.id = i.notice` + itsPaper + ` AND i.cursor > $2
ORDER BY i.cursor LIMIT $3`

// Covers implements reading.InboxView.
func (v view) Covers(ctx context.Context, recipient hub.ID, after int64, limit int) ([]reading.Paper, error) {
	found, err := v.papers(ctx, selectCovers, recipient, after, limit)
	if err != nil {
		return nil, fmt.Errorf("covers: %w", err)
	}
	papers := make([]reading.Paper, len(found))
	for i, row := range found {
		papers[i] = row.paper()
	}
	return papers, nil
}

const selectOpenedDocument = `
SELECT d.id, d.submitter, d.sha256, d.size, d.media_type, d.file_name_ct, d.created_at, n.recipient, n.case_id
FROM opens op JOIN notices n ON n.id = op.notice JOIN documents d ON d.id = ANY (n.documents)
WHERE op.notice = $1 AND d.id = $2 AND (op.recipient = (SELECT hub_addressee()) OR hub_counsel_reads(op.notice))`

type openedRow struct {
	documentRow
	Recipient hub.ID
	CaseID    hub.ID `db:"case_id"`
}

// OpenedDocument implements reading.InboxView.
func (v view) OpenedDocument(ctx context.Context, notice, document hub.ID) (reading.SealedDocument, error) {
	rows, _ := v.tx.Query(ctx, selectOpenedDocument, notice, document)
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[openedRow])
	if err != nil {
		return reading.SealedDocument{}, fmt.Errorf("opened document: %w", translate(err))
	}
	d := row.sealed()
	d.Recipient, d.Case = row.Recipient, row.CaseID
	return d, nil
}
