package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// One look into the index for each organisation.
const (
	selectWaitingDrafts = `SELECT ` + draftColumns + ` FROM unnest($1::uuid[]) AS o (organisation) CROSS JOIN LATERAL (
		SELECT * FROM drafts x WHERE x.submitter = o.organisation AND x.state = 'waiting' AND ($2::uuid IS NULL OR x.author = $2)
			AND ($4::uuid IS NULL OR (x.rank, x.id) > ($3, $4)) ORDER BY x.rank, x.id LIMIT $5) d
	ORDER BY rank, id LIMIT $5`
	selectDraftsIn = `SELECT ` + draftColumns + ` FROM unnest($1::uuid[]) AS o (organisation) CROSS JOIN LATERAL (
		SELECT * FROM drafts x WHERE x.submitter = o.organisation AND x.state = $5 AND ($2::uuid IS NULL OR x.author = $2)
			AND ($3::uuid IS NULL OR x.id < $3) ORDER BY x.id DESC LIMIT $4) d
	ORDER BY id DESC LIMIT $4`
)

// Drafts implements reading.DraftView.
func (v view) Drafts(ctx context.Context, w reading.DraftWalk) ([]hub.Draft, error) {
	query, args := selectWaitingDrafts, []any{w.Organisations, w.Author, w.After.Rank, w.After.Draft, w.Limit}
	if w.State != hub.DraftWaiting {
		query, args = selectDraftsIn, []any{w.Organisations, w.Author, w.After.Draft, w.Limit, w.State}
	}
	rows, _ := v.tx.Query(ctx, query, args...)
	drafts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d hub.Draft, err error) {
		return d, row.Scan(draftFields(&d)...)
	})
	if err != nil {
		return nil, fmt.Errorf("drafts: %w", err)
	}
	return drafts, nil
}

const (
	selectDraftAs = `SELECT paper_ct, reason_ct, documents, (SELECT name FROM organisations o WHERE o.id = d.branch), s.restricted, s.assigned, ` +
		draftColumns + ` FROM drafts d,
		hub_draft_standing(d.branch, d.case_key, d.restricted, (SELECT hub_person())) s WHERE id = $1`

	selectDraftPeople = `SELECT id, kind, given_name_ct, family_name_ct, name_ct, national_id_ct FROM hub_draft_people($1)`
)

// Draft implements reading.DraftView.
func (v view) Draft(ctx context.Context, id hub.ID) (reading.SealedDraft, error) {
	var s reading.SealedDraft
	var documents []hub.ID
	fields := append([]any{&s.Paper, &s.Reason, &documents, &s.Branch, &s.Restricted, &s.Assigned}, draftFields(&s.Draft)...)
	if err := v.tx.QueryRow(ctx, selectDraftAs, id).Scan(fields...); err != nil {
		return s, fmt.Errorf("draft: %w", translate(err))
	}
	if !s.Draft.State.Open() {
		return s, nil
	}
	rows, _ := v.tx.Query(ctx, selectDraftPeople, id)
	var err error
	if s.People, err = pgx.CollectRows(rows, pgx.RowToStructByName[reading.SealedRecipient]); err != nil {
		return s, fmt.Errorf("people of a draft: %w", err)
	}
	s.Documents, err = v.documentsOf(ctx, "draft", id, documents)
	return s, err
}
