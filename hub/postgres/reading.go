package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// ReadAs implements reading.Store.
func (db *DB) ReadAs(ctx context.Context, p access.Principal, fn func(reading.View) error) error {
	return db.read(ctx, p, func(tx pgx.Tx) error { return fn(view{tx}) })
}

// view is one transaction of the app role, under row-level security as the principal it was begun for.
type view struct{ tx pgx.Tx }

// Note implements reading.View.
func (v view) Note(ctx context.Context, look access.Look) error { return noteLook(ctx, v.tx, look) }
