package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

const organisationColumns = `id, kind, code, name, province, created_at, disabled_at, four_eyes, four_eyes_keys`

const insertOrganisation = `INSERT INTO organisations (id, kind, code, name, province) VALUES ($1, $2, $3, $4, $5)
	RETURNING ` + organisationColumns

// AddOrganisation implements enrol.OrganisationStore.
func (db *DB) AddOrganisation(ctx context.Context, p access.Principal, o hub.Organisation) (kept hub.Organisation, err error) {
	err = db.change(ctx, p, func(tx pgx.Tx) error {
		kept, err = oneOrganisation(tx.Query(ctx, insertOrganisation, o.ID, o.Kind, o.Code, o.Name, o.Province))
		return err
	})
	return kept, err
}

const selectOrganisation = `SELECT ` + organisationColumns + ` FROM organisations WHERE id = $1`

// Organisation implements enrol.OrganisationStore.
func (db *DB) Organisation(ctx context.Context, p access.Principal, id hub.ID) (o hub.Organisation, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		o, err = oneOrganisation(tx.Query(ctx, selectOrganisation, id))
		return err
	})
	return o, err
}

const selectOrganisations = `SELECT ` + organisationColumns + ` FROM organisations
	WHERE ($1 = '' OR kind = $1) AND ($2::uuid IS NULL OR id > $2) AND ($3::uuid[] IS NULL OR id = ANY ($3))
	ORDER BY id LIMIT $4`

// Organisations implements enrol.OrganisationStore.
func (db *DB) Organisations(ctx context.Context, p access.Principal, q enrol.OrganisationQuery, only []hub.ID) (list []hub.Organisation, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectOrganisations, string(q.Kind), q.After, only, q.Limit)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[hub.Organisation])
		return err
	})
	return list, err
}

const updateOrganisation = `UPDATE organisations SET name = coalesce($2, name), province = coalesce($3, province),
	disabled_at = CASE WHEN $4::boolean IS NULL THEN disabled_at WHEN $4 THEN coalesce(disabled_at, hub_now()) END
	WHERE id = $1 RETURNING ` + organisationColumns

// ChangeOrganisation implements enrol.OrganisationStore.
func (db *DB) ChangeOrganisation(ctx context.Context, p access.Principal, id hub.ID, patch enrol.OrganisationPatch) (o hub.Organisation, err error) {
	err = db.change(ctx, p, func(tx pgx.Tx) error {
		o, err = oneOrganisation(tx.Query(ctx, updateOrganisation, id, patch.Name, patch.Province, patch.Disabled))
		return err
	})
	return o, err
}

func oneOrganisation(rows pgx.Rows, err error) (hub.Organisation, error) {
	if err != nil {
		return hub.Organisation{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[hub.Organisation])
}
