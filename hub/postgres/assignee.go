package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
	"eblagh/hub/retention"
)

const insertAssignee = `
WITH fit AS (
	SELECT c.id FROM cases c WHERE c.id = $1 AND EXISTS (
		SELECT FROM grants g WHERE g.person = $2 AND g.revoked_at IS NULL AND (g.organisation = c.branch
			OR g.organisation IN (SELECT party FROM parties WHERE case_id = c.id)))
), made AS (
	INSERT INTO case_assignees (case_id, person, assigned_by) SELECT id, $2, $3 FROM fit ON CONFLICT DO NOTHING
)
SELECT id FROM fit`

// Assign implements retention.Store.
func (db *DB) Assign(ctx context.Context, matter, person, by hub.ID) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, insertAssignee, matter, person, by).Scan(&matter)
		if orNone(err) == nil && err != nil {
			var problems hub.Problems
			problems.Add("/person_id", "unknown", "nobody of the branch, or of an office that hands papers in")
			return problems.Err()
		}
		return err
	})
}

const deleteAssignee = `DELETE FROM case_assignees WHERE case_id = $1 AND person = $2 RETURNING person`

// Unassign implements retention.Store.
func (db *DB) Unassign(ctx context.Context, matter, person hub.ID) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, deleteAssignee, matter, person).Scan(&person)
	})
}

const selectAssignees = `SELECT person, assigned_by, assigned_at FROM case_assignees WHERE case_id = $1
	ORDER BY assigned_at, person LIMIT $2`

// Assignees implements retention.Store.
func (db *DB) Assignees(ctx context.Context, p access.Principal, matter hub.ID, limit int) (list []retention.Assignee, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectAssignees, matter, limit)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[retention.Assignee])
		return err
	})
	return list, err
}

const selectCaseStaff = `SELECT id, given_name_ct, family_name_ct, name_ct, coalesce(key_name, ''), works FROM hub_case_staff($1)`

// Staff implements reading.CaseView.
func (v view) Staff(ctx context.Context, matter hub.ID) ([]reading.SealedStaff, error) {
	rows, _ := v.tx.Query(ctx, selectCaseStaff, matter)
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s reading.SealedStaff, err error) {
		err = row.Scan(&s.Person, &s.GivenName, &s.FamilyName, &s.Name, &s.System, &s.Works)
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("staff of a case: %w", err)
	}
	return list, nil
}
