package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/retention"
)

const (
	lockCaseKind = `SELECT kind <> 'general' AND kind <> $2 FROM cases WHERE id = $1 FOR UPDATE`

	classifyCase = `UPDATE cases SET kind = $2, restricted = $3 WHERE id = $1`

	assignWorker = `INSERT INTO case_assignees (case_id, person, assigned_by) VALUES ($1, $2, $2) ON CONFLICT DO NOTHING`
)

// Classify implements retention.Store.
func (db *DB) Classify(ctx context.Context, p access.Principal, c retention.Classification) error {
	if c.Anew {
		if err := db.heads(ctx, p, c.Case); err != nil {
			return err
		}
	}
	return db.write(ctx, func(tx pgx.Tx) error {
		var said bool
		if err := tx.QueryRow(ctx, lockCaseKind, c.Case, c.Kind).Scan(&said); err != nil {
			return err
		}
		if said && !c.Anew {
			return hub.Refuse(hub.CodeWrongState, "its kind was said before: a judge of the branch says otherwise")
		}
		if _, err := tx.Exec(ctx, classifyCase, c.Case, c.Kind, c.Restricted); err != nil {
			return fmt.Errorf("classify: %w", err)
		}
		if !c.Restricted || c.Worker.IsZero() {
			return nil
		}
		_, err := tx.Exec(ctx, assignWorker, c.Case, c.Worker)
		return err
	})
}
