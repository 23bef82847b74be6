package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
)

const grantColumns = `id, person, role, organisation, created_at, revoked_at`

const insertGrant = `INSERT INTO grants (id, person, role, organisation) VALUES ($1, $2, $3, $4) RETURNING ` + grantColumns

// Appoints implements enrol.StaffStore.
func (db *DB) Appoints(ctx context.Context, p access.Principal) error {
	return db.sees(ctx, p, `SELECT 1 WHERE hub_administers()`)
}

// AddGrant implements enrol.StaffStore.
func (db *DB) AddGrant(ctx context.Context, g hub.Grant) (kept hub.Grant, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		kept, err = addGrant(ctx, tx, g)
		return err
	})
	return kept, err
}

func addGrant(ctx context.Context, tx pgx.Tx, g hub.Grant) (hub.Grant, error) {
	return oneGrant(tx.Query(ctx, insertGrant, g.ID, g.Person, g.Role, g.Organisation))
}

const selectGrant = `SELECT ` + grantColumns + ` FROM grants WHERE id = $1`

// Grant implements enrol.StaffStore.
func (db *DB) Grant(ctx context.Context, p access.Principal, id hub.ID) (g hub.Grant, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		g, err = oneGrant(tx.Query(ctx, selectGrant, id))
		return err
	})
	return g, err
}

const revokeGrant = `UPDATE grants SET revoked_at = coalesce(revoked_at, hub_now()) WHERE id = $1 RETURNING ` + grantColumns

// RevokeGrant implements enrol.StaffStore.
func (db *DB) RevokeGrant(ctx context.Context, id hub.ID) (g hub.Grant, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		g, err = oneGrant(tx.Query(ctx, revokeGrant, id))
		return err
	})
	return g, err
}

func oneGrant(rows pgx.Rows, err error) (hub.Grant, error) {
	if err != nil {
		return hub.Grant{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[hub.Grant])
}
