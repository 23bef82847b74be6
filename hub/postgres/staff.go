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

// One row per grant and per legal person represented, and one of neither for a person who has none: no row means no such
// person, or a legal person for whom others sign in.
const selectOpenGrants = `
WITH held AS (
	SELECT g.role, g.organisation, NULL::uuid AS legal_person FROM grants g LEFT JOIN organisations o ON o.id = g.organisation
	WHERE g.person = $1 AND g.revoked_at IS NULL AND o.disabled_at IS NULL
	UNION ALL
	SELECT role, NULL, legal_person FROM representatives
	WHERE person = $1 AND ended_at IS NULL AND (until IS NULL OR until > hub_now())
)
SELECT coalesce(h.role, ''), h.organisation, h.legal_person FROM persons p LEFT JOIN held h ON true
WHERE p.id = $1 AND p.activated_at IS NOT NULL AND NOT hub_represented(p.id) ORDER BY h.role, h.organisation, h.legal_person`

// OpenGrants implements enrol.StaffStore.
func (db *DB) OpenGrants(ctx context.Context, person hub.ID) (grants []access.Grant, mandates []access.Mandate, known bool, err error) {
	rows, _ := db.worker.Query(ctx, selectOpenGrants, person)
	var role hub.Role
	var organisation, legalPerson hub.ID
	_, err = pgx.ForEachRow(rows, []any{&role, &organisation, &legalPerson}, func() error {
		known = true
		switch {
		case !legalPerson.IsZero():
			mandates = append(mandates, access.Mandate{LegalPerson: legalPerson, Role: role})
		case role != "":
			grants = append(grants, access.Grant{Role: role, Organisation: organisation})
		}
		return nil
	})
	return grants, mandates, known, translate(err)
}

func oneGrant(rows pgx.Rows, err error) (hub.Grant, error) {
	if err != nil {
		return hub.Grant{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[hub.Grant])
}
