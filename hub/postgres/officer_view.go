package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// One look into the index for each branch and state. The two texts differ in their direction.
const (
	selectOldestTasks = `SELECT ` + taskColumns + ` FROM unnest($1::uuid[]) AS o (id) CROSS JOIN unnest($2::text[]) AS s (state)
	CROSS JOIN LATERAL (SELECT * FROM officer_tasks k WHERE k.organisation = o.id AND k.state = s.state
		AND ($3::uuid IS NULL OR k.id > $3) AND k.recipient IS DISTINCT FROM (SELECT hub_person()) ORDER BY k.id LIMIT $4) t
	ORDER BY t.id LIMIT $4`
	selectNewestTasks = `SELECT ` + taskColumns + ` FROM unnest($1::uuid[]) AS o (id) CROSS JOIN unnest($2::text[]) AS s (state)
	CROSS JOIN LATERAL (SELECT * FROM officer_tasks k WHERE k.organisation = o.id AND k.state = s.state
		AND ($3::uuid IS NULL OR k.id < $3) AND k.recipient IS DISTINCT FROM (SELECT hub_person()) ORDER BY k.id DESC LIMIT $4) t
	ORDER BY t.id DESC LIMIT $4`
)

// Tasks implements reading.OfficerView.
func (v view) Tasks(ctx context.Context, w reading.TaskWalk) ([]reading.SealedTask, error) {
	query := selectOldestTasks
	if w.Newest {
		query = selectNewestTasks
	}
	rows, _ := v.tx.Query(ctx, query, w.Organisations, w.States, w.After, w.Limit)
	tasks, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t reading.SealedTask, err error) {
		return t, row.Scan(taskFields(&t.Task)...)
	})
	if err != nil {
		return nil, fmt.Errorf("officer's tasks: %w", err)
	}
	return v.withCovers(ctx, tasks)
}

// The view behind it gives whom to go to only while the task is in hand.
const selectCarried = `SELECT task, id, number, kind, capacity, branch, branch_name, arrived_at, person_kind, document_count,
	given_name_ct, family_name_ct, name_ct, address_ct FROM officer_papers WHERE task = ANY ($1::uuid[])`

// withCovers completes tasks with their covers. A task whose paper cannot be seen is left out.
func (v view) withCovers(ctx context.Context, tasks []reading.SealedTask) ([]reading.SealedTask, error) {
	covers := make(map[hub.ID]reading.SealedTask, len(tasks))
	rows, _ := v.tx.Query(ctx, selectCarried, column(tasks, func(t reading.SealedTask) hub.ID { return t.Task.ID }))
	var c reading.SealedTask
	var id hub.ID
	fields := []any{&id, &c.Cover.ID, &c.Cover.Number, &c.Cover.Kind, &c.Capacity, &c.Cover.Branch.ID, &c.Cover.Branch.Name,
		&c.Cover.ArrivedAt, &c.RecipientKind, &c.Documents, &c.GivenName, &c.FamilyName, &c.Name, &c.Address}
	_, err := pgx.ForEachRow(rows, fields, func() error {
		covers[id] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("papers to carry: %w", err)
	}
	out := make([]reading.SealedTask, 0, len(tasks))
	for _, t := range tasks {
		if cover, ok := covers[t.Task.ID]; ok {
			cover.Task = t.Task
			out = append(out, cover)
		}
	}
	return out, nil
}

const selectTaskOf = `SELECT organisation FROM officer_tasks WHERE id = $1 AND recipient IS DISTINCT FROM (SELECT hub_person())`

// TaskOf implements reading.OfficerView.
func (v view) TaskOf(ctx context.Context, task hub.ID) (organisation hub.ID, err error) {
	err = v.tx.QueryRow(ctx, selectTaskOf, task).Scan(&organisation)
	return organisation, translate(err)
}

const selectTask = `SELECT ` + taskColumns + ` FROM officer_tasks t WHERE t.id = $1`

// Task implements reading.OfficerView.
func (v view) Task(ctx context.Context, task hub.ID) (reading.SealedTask, error) {
	var t reading.SealedTask
	if err := v.tx.QueryRow(ctx, selectTask, task).Scan(taskFields(&t.Task)...); err != nil {
		return t, fmt.Errorf("officer's task: %w", translate(err))
	}
	found, err := v.withCovers(ctx, []reading.SealedTask{t})
	if err != nil {
		return t, err
	}
	if len(found) == 0 {
		return t, hub.ErrNotFound
	}
	found[0].Returns, err = v.returns(ctx, task)
	return found[0], err
}

const selectReturns = `SELECT ` + returnColumns + `, r.receiver_ct, r.place_ct, r.note_ct, p.given_name_ct, p.family_name_ct
	FROM officer_returns r LEFT JOIN persons p ON p.id = r.officer
	WHERE r.task = $1 ORDER BY r.id`

func (v view) returns(ctx context.Context, task hub.ID) ([]reading.SealedReturn, error) {
	rows, _ := v.tx.Query(ctx, selectReturns, task)
	returns, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r reading.SealedReturn, err error) {
		return r, row.Scan(append(returnFields(&r.Return), &r.Receiver, &r.Place, &r.Note, &r.OfficerGiven, &r.OfficerFamily)...)
	})
	if err != nil {
		return nil, fmt.Errorf("officer's returns: %w", err)
	}
	return returns, nil
}

const selectTaskPaper = `SELECT id, number, kind, capacity, branch, branch_name, arrived_at, hearing_at, subject_ct, body_ct,
	case_id, case_number, archive_number FROM officer_papers WHERE task = $1 AND carries`

const selectTaskDocuments = `SELECT id, submitter, sha256, size, media_type, file_name_ct, created_at FROM officer_documents
	WHERE task = $1`

// TaskPaper implements reading.OfficerView.
func (v view) TaskPaper(ctx context.Context, task hub.ID) (reading.Paper, error) {
	rows, _ := v.tx.Query(ctx, selectTaskPaper, task)
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByNameLax[paperRow])
	if err != nil {
		return reading.Paper{}, fmt.Errorf("paper to carry: %w", translate(err))
	}
	paper := row.paper()
	rows, _ = v.tx.Query(ctx, selectTaskDocuments+` ORDER BY position`, task)
	documents, err := pgx.CollectRows(rows, pgx.RowToStructByName[documentRow])
	if err != nil {
		return reading.Paper{}, fmt.Errorf("documents to carry: %w", err)
	}
	for _, d := range documents {
		sealed := d.sealed()
		paper.Notice.Documents = append(paper.Notice.Documents, sealed.Document)
		paper.Sealed.FileNames = append(paper.Sealed.FileNames, sealed.FileName)
	}
	return paper, nil
}

// TaskDocument implements reading.OfficerView.
func (v view) TaskDocument(ctx context.Context, task, document hub.ID) (reading.SealedDocument, error) {
	rows, _ := v.tx.Query(ctx, selectTaskDocuments+` AND id = $2`, task, document)
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[documentRow])
	if err != nil {
		return reading.SealedDocument{}, fmt.Errorf("document to carry: %w", translate(err))
	}
	return row.sealed(), nil
}

const (
	selectRungsDone = `SELECT name, at, delivery, task, coalesce(reason, '') FROM rungs WHERE notice = $1 ORDER BY at, name`

	selectNextRung = `SELECT rung, due_at FROM timers WHERE kind = 'ladder' AND notice = $1 AND fired_at IS NULL`

	selectTaskOfNotice = `SELECT ` + taskColumns + ` FROM officer_tasks t WHERE t.notice = $1`
)

// Climb implements reading.NoticeView.
func (v view) Climb(ctx context.Context, notice hub.ID) (c hub.Climb, returns []reading.SealedReturn, err error) {
	b := &pgx.Batch{}
	b.Queue(selectRungsDone, notice).Query(func(rows pgx.Rows) (err error) {
		c.Done, err = pgx.CollectRows(rows, pgx.RowToStructByPos[hub.RungDone])
		return err
	})
	b.Queue(selectNextRung, notice).Query(func(rows pgx.Rows) error {
		var at time.Time
		_, err := pgx.ForEachRow(rows, []any{&c.Next, &at}, func() error { c.NextAt = at; return nil })
		return err
	})
	b.Queue(selectTaskOfNotice, notice).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, taskFields(&c.Task), func() error { return nil })
		return err
	})
	if err := v.tx.SendBatch(ctx, b).Close(); err != nil {
		return c, nil, fmt.Errorf("climb of a notice: %w", err)
	}
	if !c.Task.ID.IsZero() {
		returns, err = v.returns(ctx, c.Task.ID)
	}
	return c, returns, err
}
