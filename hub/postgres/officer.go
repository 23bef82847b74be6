package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/ladder"
)

const taskColumns = `t.id, t.notice, t.organisation, t.submitter, t.recipient, t.state, t.created_at, t.due_at, t.taken_by,
	t.taken_at, t.returned_at, t.withdrawn_at, t.reason`

// taskFields are where taskColumns go.
func taskFields(t *hub.OfficerTask) []any {
	return []any{&t.ID, &t.Notice, &t.Organisation, &t.Submitter, &t.Recipient, &t.State, &t.CreatedAt, &t.DueAt, &t.TakenBy,
		&t.TakenAt, &t.ReturnedAt, &t.WithdrawnAt, &t.Reason}
}

const selectTasked = `SELECT ` + taskColumns + `, hub_now(), o.person_kind,
		EXISTS (SELECT FROM representatives a WHERE a.legal_person = t.recipient AND a.person = $2 AND a.ended_at IS NULL)
	FROM officer_tasks t JOIN officer_papers o ON o.task = t.id
	WHERE t.id = $1`

// Tasked implements ladder.Store.
func (db *DB) Tasked(ctx context.Context, p access.Principal, task hub.ID) (t ladder.Tasked, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, selectTasked, task, p.PersonID()).
			Scan(append(taskFields(&t.OfficerTask), &t.Now, &t.RecipientKind, &t.ActsFor)...)
	})
	return t, err
}

// takeTask gives an open task, or one whose officer holds the role no more. One's own stays as it is.
const takeTask = `
WITH taken AS (
	UPDATE officer_tasks t SET state = 'taken', taken_by = $2, taken_at = hub_now()
	WHERE t.id = $1 AND (t.state = 'open' OR t.state = 'taken' AND t.taken_by <> $2 AND NOT EXISTS (
		SELECT FROM grants g WHERE g.person = t.taken_by AND g.role = 'service_officer'
			AND g.organisation = t.organisation AND g.revoked_at IS NULL))
	RETURNING id
)
SELECT count(*) FROM taken`

// Take implements ladder.Store.
func (db *DB) Take(ctx context.Context, task, officer hub.ID) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		var taken int
		if err := tx.QueryRow(ctx, takeTask, task, officer).Scan(&taken); err != nil || taken > 0 {
			return err
		}
		var mine bool
		const stands = `SELECT state = 'taken' AND taken_by = $2 FROM officer_tasks WHERE id = $1`
		if err := tx.QueryRow(ctx, stands, task, officer).Scan(&mine); err != nil {
			return err
		}
		if !mine {
			return hub.Refuse(hub.CodeWrongState, "another officer has this task, or it is over")
		}
		return nil
	})
}

const returnColumns = `r.id, r.task, r.corrects, r.officer, r.outcome, r.relation, r.served_at, r.date_words, r.created_at`

func returnFields(r *hub.OfficerReturn) []any {
	return []any{&r.ID, &r.Task, &r.Corrects, &r.Officer, &r.Outcome, &r.Relation, &r.ServedAt, &r.DateWords, &r.CreatedAt}
}

const (
	// The task is the lock of its returns.
	lockReturned = `SELECT state, taken_at IS NOT NULL FROM officer_tasks WHERE id = $1 FOR UPDATE`

	selectSameReturn = `SELECT ` + returnColumns + ` FROM officer_returns r WHERE r.task = $1 AND r.request = $2`

	selectReturned = `SELECT EXISTS (SELECT FROM officer_returns WHERE task = $1),
		EXISTS (SELECT FROM officer_returns WHERE task = $1 AND id = $2),
		EXISTS (SELECT FROM officer_returns WHERE task = $1 AND corrects = $2)`
)

// insertReturn writes a return and F.3. A task that was withdrawn stays so: its return is evidence all the same.
const insertReturn = `
WITH made AS (
	INSERT INTO officer_returns AS r (id, task, corrects, officer, outcome, relation, receiver_ct, place_ct, note_ct,
		served_at, date_words, created_at, request)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, greatest(hub_now(), $10), $12) RETURNING ` + returnColumns + `
), ended AS (
	UPDATE officer_tasks SET state = 'returned', returned_at = (SELECT created_at FROM made) WHERE id = $2 AND state = 'taken'
), noted AS (
	INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth, details)
	SELECT $13, 'ReceivedFromNonERDS', m.created_at, n.id, n.submitter, n.case_id, n.recipient, n.capacity, $14, $15, $16,
		jsonb_strip_nulls(jsonb_build_object('task', m.task, 'return', m.id, 'corrects', m.corrects, 'outcome', m.outcome,
			'received_as', nullif(m.relation, ''), 'served_at', m.served_at, 'date', m.date_words, 'form_sha256', $17::text))
	FROM made m JOIN officer_tasks t ON t.id = m.task JOIN notices n ON n.id = t.notice
)
SELECT ` + returnColumns + ` FROM made r`

// Return implements ladder.Store.
func (db *DB) Return(ctx context.Context, r ladder.Returning) (kept hub.OfficerReturn, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		again, err := sameReturn(ctx, tx, r, &kept)
		if err != nil || again {
			return err
		}
		row := tx.QueryRow(ctx, insertReturn, r.ID, r.Task, r.Corrects, r.Officer, r.Outcome, r.Relation, r.ReceiverCT,
			r.PlaceCT, r.NoteCT, r.ServedAt, r.DateWords, r.Request, r.Receipt, r.Actor.Kind, r.Actor.ID, r.Actor.Auth, r.Digest)
		if err := row.Scan(returnFields(&kept)...); err != nil {
			return fmt.Errorf("insert return: %w", err)
		}
		return nil
	})
	return kept, err
}

// sameReturn locks the task, finds a return that the same request brought, and refuses one that may not come.
func sameReturn(ctx context.Context, tx pgx.Tx, r ladder.Returning, kept *hub.OfficerReturn) (again bool, err error) {
	var state hub.TaskState
	var taken, any, known, corrected bool
	if err := tx.QueryRow(ctx, lockReturned, r.Task).Scan(&state, &taken); err != nil {
		return false, fmt.Errorf("lock task: %w", err)
	}
	if r.Request != nil {
		err := tx.QueryRow(ctx, selectSameReturn, r.Task, r.Request).Scan(returnFields(kept)...)
		if err == nil || !errors.Is(err, pgx.ErrNoRows) {
			return err == nil, err
		}
	}
	if err := tx.QueryRow(ctx, selectReturned, r.Task, r.Corrects).Scan(&any, &known, &corrected); err != nil {
		return false, fmt.Errorf("find returns: %w", err)
	}
	switch {
	case !taken:
		err = hub.Refuse(hub.CodeWrongState, "nobody has taken this task")
	case r.Corrects.IsZero() && any:
		err = hub.Refuse(hub.CodeWrongState, "this task was returned: a wrong return is corrected by another that names it")
	case !r.Corrects.IsZero() && !known:
		err = &hub.Error{Code: hub.CodeValidation, Detail: "some fields are not right", Fields: []hub.Field{
			{Pointer: "/corrects", Code: "unknown", Detail: "this task has no such return"}}}
	case corrected:
		err = hub.Refuse(hub.CodeWrongState, "this return was corrected already: correct its latest correction")
	}
	return false, err
}

// D.6, EN 319 522-1: never the addressee's look.
const insertFetch = `
WITH noted AS (
	INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth, details)
	SELECT $3, 'ContentAccessTracking', hub_now(), n.id, n.submitter, n.case_id, n.recipient, n.capacity, $4, $5, $6,
		jsonb_strip_nulls(jsonb_build_object('task', t.id, 'document', $2::uuid))
	FROM officer_tasks t JOIN notices n ON n.id = t.notice
	WHERE t.id = $1 AND t.state = 'taken' AND t.taken_by = $5 AND ($2::uuid IS NULL OR $2 = ANY (n.documents))
	RETURNING id
)
SELECT count(*) FROM noted`

// Fetch implements ladder.Store.
func (db *DB) Fetch(ctx context.Context, f ladder.Fetching) error {
	var noted int
	err := db.write(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, insertFetch, f.Task, f.Document, f.Receipt, f.Actor.Kind, f.Actor.ID, f.Actor.Auth).Scan(&noted)
	})
	if err == nil && noted == 0 {
		return hub.ErrNotFound
	}
	return err
}

var _ ladder.Store = (*DB)(nil)
