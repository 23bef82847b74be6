package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub/access"
)

const insertLook = `INSERT INTO looks (id, principal, kind, role, action, object, ground, count)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// noteLook records a look in the transaction that reads: what cannot be recorded is not shown.
func noteLook(ctx context.Context, tx pgx.Tx, l access.Look) error {
	_, err := tx.Exec(ctx, insertLook, l.ID, l.Principal, l.Kind, l.Role, l.Action, l.Object, l.Ground, l.Count)
	if err != nil {
		return fmt.Errorf("note look: %w", err)
	}
	return nil
}
