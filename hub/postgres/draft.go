package postgres

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

const draftColumns = `id, submitter, author, author_kind = 'key', reference, kind, priority, case_number, branch, recipient, client,
	corrects, replaces, replaced_by, state, notice, created_at, expires_at, decided_by, decided_at`

func draftFields(d *hub.Draft) []any {
	return []any{&d.ID, &d.Submitter, &d.Author, &d.AuthorKey, &d.Reference, &d.Kind, &d.Priority, &d.CaseNumber, &d.Branch,
		&d.Recipient, &d.Client, &d.Corrects, &d.Replaces, &d.ReplacedBy, &d.State, &d.Notice, &d.CreatedAt, &d.ExpiresAt,
		&d.DecidedBy, &d.DecidedAt}
}

// Locked until the end, so that nobody stops wanting four eyes while a draft comes in.
const lockWaiting = `SELECT CASE WHEN $2 THEN four_eyes_keys ELSE four_eyes END,
		(SELECT count(*) FROM (SELECT FROM drafts d WHERE d.submitter = o.id AND d.state = 'waiting' LIMIT $3) w)
	FROM organisations o WHERE id = $1 FOR SHARE`

const insertDrafts = `INSERT INTO drafts (id, submitter, author, author_kind, request, corrects, replaces, paper_ct, reference,
		kind, priority, case_number, branch, recipient, client, documents, expires_at, case_key, restricted)
	SELECT u.id, $1, $2, CASE WHEN $3 THEN 'key' ELSE 'person' END, u.request, u.corrects, $4, u.paper, u.reference, u.kind,
		u.priority, u.number, u.branch, u.recipient, u.client,
		coalesce(a.documents, '{}'), least(hub_now() + u.life, u.until), u.case_key, u.restricted
	FROM unnest($7::uuid[], $8::bytea[], $9::uuid[], $10::bytea[], $11::text[], $12::text[], $13::text[], $14::text[], $15::uuid[],
		$16::uuid[], $17::uuid[], $18::interval[], $19::timestamptz[], $20::text[], $21::boolean[]) WITH ORDINALITY
		AS u (id, request, corrects, paper, reference, kind, priority, number, branch, recipient, client, life, until, case_key, restricted, nth)
	LEFT JOIN (SELECT paper, array_agg(document ORDER BY n) AS documents
		FROM unnest($5::integer[], $6::uuid[]) WITH ORDINALITY AS t (paper, document, n) GROUP BY paper) a ON a.paper = u.nth
	ORDER BY u.reference ON CONFLICT DO NOTHING`

const replaceDraft = `UPDATE drafts SET state = 'replaced', replaced_by = $2, paper_ct = NULL, reason_ct = NULL
	WHERE id = $1 AND state = 'returned' AND expires_at > hub_now()`

// AddDrafts implements dispatch.Drafts: a handful of statements for any number of papers.
func (db *DB) AddDrafts(ctx context.Context, in dispatch.Drafting) (out []dispatch.Drafted, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		var wants bool
		var waiting int
		if err := tx.QueryRow(ctx, lockWaiting, in.Submitter, in.AuthorKey, in.Most).Scan(&wants, &waiting); err != nil {
			return err
		}
		switch {
		case !wants && in.Replaces.IsZero():
			return dispatch.ErrEased
		case waiting+len(in.Papers) > in.Most:
			return hub.Refuse(hub.CodeOverloaded, "too many drafts wait for approval")
		}
		if err := insertDraftsOf(ctx, tx, in); err != nil {
			return err
		}
		if out, err = settleDrafts(ctx, tx, in); err != nil || in.Replaces.IsZero() || !out[0].New {
			return err
		}
		tag, err := tx.Exec(ctx, replaceDraft, in.Replaces, out[0].Draft.ID)
		if err == nil && tag.RowsAffected() == 0 {
			return hub.Refuse(hub.CodeWrongState, "this draft was not returned, or not any more")
		}
		return err
	})
	return out, err
}

func insertDraftsOf(ctx context.Context, tx pgx.Tx, in dispatch.Drafting) error {
	var rows []int
	var documents []hub.ID
	for i, p := range in.Papers {
		for _, id := range p.Docs {
			rows, documents = append(rows, i+1), append(documents, id)
		}
	}
	of := func(get func(hub.Draft) string) []string {
		return column(in.Papers, func(p dispatch.DraftedPaper) string { return get(p.Draft) })
	}
	ids := func(get func(hub.Draft) hub.ID) []hub.ID {
		return column(in.Papers, func(p dispatch.DraftedPaper) hub.ID { return get(p.Draft) })
	}
	_, err := tx.Exec(ctx, insertDrafts, in.Submitter, in.Author, in.AuthorKey, in.Replaces, rows, documents,
		ids(func(d hub.Draft) hub.ID { return d.ID }),
		column(in.Papers, func(p dispatch.DraftedPaper) []byte { return p.Request }),
		ids(func(d hub.Draft) hub.ID { return d.Corrects }),
		column(in.Papers, func(p dispatch.DraftedPaper) []byte { return p.PaperCT }),
		of(func(d hub.Draft) string { return d.Reference }), of(func(d hub.Draft) string { return string(d.Kind) }),
		of(func(d hub.Draft) string { return string(d.Priority) }), of(func(d hub.Draft) string { return d.CaseNumber }),
		ids(func(d hub.Draft) hub.ID { return d.Branch }), ids(func(d hub.Draft) hub.ID { return d.Recipient }),
		ids(func(d hub.Draft) hub.ID { return d.Client }),
		column(in.Papers, func(p dispatch.DraftedPaper) time.Duration { return p.Life }),
		column(in.Papers, func(p dispatch.DraftedPaper) *time.Time { return orNull(p.Until) }),
		column(in.Papers, func(p dispatch.DraftedPaper) string { return p.CaseKey }),
		column(in.Papers, func(p dispatch.DraftedPaper) bool { return p.Restricted }))
	if err != nil {
		return fmt.Errorf("insert drafts: %w", err)
	}
	return nil
}

const selectRivals = `SELECT request, ` + draftColumns + ` FROM drafts WHERE id = ANY ($1::uuid[])
	UNION ALL SELECT request, ` + draftColumns + ` FROM drafts WHERE author = $2 AND request = ANY ($3::bytea[]) AND NOT id = ANY ($1)
	UNION ALL SELECT request, ` + draftColumns + ` FROM drafts WHERE submitter = $4 AND reference = ANY ($5::text[])
		AND state = 'waiting' AND NOT id = ANY ($1)`

// settleDrafts tells the papers that became drafts from those that met another: of the same call, or with the reference.
func settleDrafts(ctx context.Context, tx pgx.Tx, in dispatch.Drafting) ([]dispatch.Drafted, error) {
	ids := column(in.Papers, func(p dispatch.DraftedPaper) hub.ID { return p.Draft.ID })
	requests := column(in.Papers, func(p dispatch.DraftedPaper) []byte { return p.Request })
	references := column(in.Papers, func(p dispatch.DraftedPaper) string { return p.Draft.Reference })
	byID, byRequest, byReference := map[hub.ID]hub.Draft{}, map[string]hub.Draft{}, map[string]hub.Draft{}
	rows, _ := tx.Query(ctx, selectRivals, ids, in.Author, requests, in.Submitter, references)
	var request []byte
	var d hub.Draft
	_, err := pgx.ForEachRow(rows, append([]any{&request}, draftFields(&d)...), func() error {
		byID[d.ID] = d
		if request != nil && d.Author == in.Author {
			byRequest[string(bytes.Clone(request))] = d
		}
		if d.State == hub.DraftWaiting {
			byReference[d.Reference] = d
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("settle drafts: %w", err)
	}
	out := make([]dispatch.Drafted, len(in.Papers))
	for i, p := range in.Papers {
		if fresh, ok := byID[p.Draft.ID]; ok {
			out[i] = dispatch.Drafted{Draft: fresh, New: true}
		} else if same, ok := byRequest[string(p.Request)]; ok && p.Request != nil {
			out[i] = dispatch.Drafted{Draft: same, Same: true}
		} else {
			out[i] = dispatch.Drafted{Draft: byReference[p.Draft.Reference]}
		}
	}
	return out, nil
}

const selectDraftsOf = `SELECT request, ` + draftColumns + ` FROM drafts WHERE author = $1 AND request = ANY ($2::bytea[])`

// DraftsOf implements dispatch.Drafts.
func (db *DB) DraftsOf(ctx context.Context, author hub.ID, requests [][]byte) (map[string]hub.Draft, error) {
	found := map[string]hub.Draft{}
	rows, _ := db.worker.Query(ctx, selectDraftsOf, author, requests)
	var request []byte
	var d hub.Draft
	_, err := pgx.ForEachRow(rows, append([]any{&request}, draftFields(&d)...), func() error {
		found[string(request)] = d
		return nil
	})
	return found, translate(err)
}

const selectDraft = `SELECT paper_ct, request, s.restricted, s.assigned, ` + draftColumns + ` FROM drafts d,
	hub_draft_standing(d.branch, d.case_key, d.restricted, (SELECT hub_person())) s WHERE id = $1`

// Draft implements dispatch.Drafts.
func (db *DB) Draft(ctx context.Context, p access.Principal, id hub.ID) (d dispatch.SealedDraft, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, selectDraft, id).Scan(append([]any{&d.PaperCT, &d.Request, &d.Restricted, &d.Assigned},
			draftFields(&d.Draft)...)...)
	})
	return d, err
}

const selectUndecided = `SELECT 1 FROM drafts WHERE id = $1 AND author <> hub_person() AND recipient IS DISTINCT FROM hub_person()`

// Decides implements dispatch.Drafts.
func (db *DB) Decides(ctx context.Context, p access.Principal, id hub.ID) error {
	return db.sees(ctx, p, selectUndecided, id)
}

// Made implements dispatch.Drafts. A system is nobody in the database: it is known by its key.
func (db *DB) Made(ctx context.Context, p access.Principal, id hub.ID) error {
	return db.sees(ctx, p, `SELECT 1 FROM drafts WHERE id = $1 AND author = coalesce((SELECT hub_person()), $2)`, id, p.ID)
}

const returnDraft = `UPDATE drafts SET state = 'returned', decided_by = $2, decided_at = hub_now(), reason_ct = $3,
		expires_at = hub_now() + $4::interval
	WHERE id = $1 AND state = 'waiting' AND expires_at > hub_now()`

// ReturnDraft implements dispatch.Drafts.
func (db *DB) ReturnDraft(ctx context.Context, r dispatch.ReturningDraft) error {
	return db.decide(ctx, returnDraft, r.Draft, r.By, r.ReasonCT, r.Life)
}

const withdrawDraft = `UPDATE drafts SET state = 'withdrawn', paper_ct = NULL, reason_ct = NULL
	WHERE id = $1 AND state IN ('waiting', 'returned') AND expires_at > hub_now()`

// WithdrawDraft implements dispatch.Drafts.
func (db *DB) WithdrawDraft(ctx context.Context, id hub.ID) error {
	return db.decide(ctx, withdrawDraft, id)
}

var errDraftDecided = hub.Refuse(hub.CodeWrongState, "this draft does not wait any more")

// decide moves one draft on, if it is still where it was.
func (db *DB) decide(ctx context.Context, sql string, args ...any) error {
	tag, err := db.worker.Exec(ctx, sql, args...)
	if err != nil {
		return translate(fmt.Errorf("decide on a draft: %w", err))
	}
	if tag.RowsAffected() == 0 {
		return errDraftDecided
	}
	return nil
}

const expireDrafts = `UPDATE drafts SET state = 'expired', paper_ct = NULL, reason_ct = NULL WHERE id = ANY (ARRAY(
	SELECT id FROM drafts WHERE paper_ct IS NOT NULL AND expires_at <= (SELECT hub_now())
	ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))`

// ExpireDrafts implements dispatch.Drafts.
func (db *DB) ExpireDrafts(ctx context.Context, limit int) (int, error) {
	tag, err := db.worker.Exec(ctx, expireDrafts, limit)
	return int(tag.RowsAffected()), translate(err)
}

const approveDraft = `UPDATE drafts SET state = 'approved', decided_by = $2, decided_at = $4, notice = $3, paper_ct = NULL
	WHERE id = $1 AND state = 'waiting' AND expires_at > $4`

// approve makes the draft the notice that this acceptance writes. Whoever else decides on it waits for the row, and then
// finds it decided.
func (a *acceptance) approve(ctx context.Context, tx *transaction) error {
	in := a.calls[0] // an approval goes alone
	if in.Approves.Draft.IsZero() {
		return nil
	}
	if len(in.rows) != 1 {
		first := in.out[0].Taken.Notice
		return &hub.Error{Code: hub.CodeDuplicateReference, Detail: "this reference was used before", Notice: first,
			Fields: []hub.Field{{Pointer: "/reference", Code: "taken", Detail: "a reference is unique for ever"}}}
	}
	tag, err := tx.exec(ctx, approveDraft, in.Approves.Draft, in.Approves.By, in.rows[0].Notice, a.at)
	if err != nil {
		return fmt.Errorf("approve: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errDraftDecided
	}
	return nil
}

// checked is what the receipt A.1 of an approved draft says besides: who made it, and who checked it.
func (in *intake) checked(details map[string]any) {
	v := in.Approves
	if v.Draft.IsZero() {
		return
	}
	kind := "person"
	if v.AuthorKey {
		kind = "key"
	}
	details["draft"], details["checked_by"] = v.Draft, v.By
	details["made_by"], details["made_by_kind"], details["made_at"] = v.Author, kind, v.MadeAt.UTC()
}
