package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/vault"
)

const selectLegalPerson = `SELECT id FROM persons WHERE id = $1 AND kind = 'legal'`

const selectRepresentatives = `SELECT r.id, r.legal_person, r.person, r.role, r.created_at, r.until, r.ended_at, p.given_name_ct,
	p.family_name_ct
	FROM representatives r JOIN persons p ON p.id = r.person
	WHERE r.legal_person = $1 ORDER BY r.ended_at IS NOT NULL OR r.until IS NOT NULL AND r.until <= hub_now(), r.id DESC LIMIT $2`

// Offices and admins do, and the owner who acts for it.
const selectRepresents = `SELECT 1 FROM contacts WHERE person = $1 AND until IS NULL
	AND (hub_roles() && ARRAY['office_clerk', 'office_manager', 'admin'] OR hub_addressee() = $1 AND EXISTS (
		SELECT FROM representatives r WHERE r.legal_person = $1 AND r.person = hub_person() AND r.role = 'owner'
			AND r.ended_at IS NULL AND (r.until IS NULL OR r.until > hub_now())))`

// Represents implements enrol.RepresentativeStore.
func (db *DB) Represents(ctx context.Context, p access.Principal, legalPerson hub.ID) error {
	return db.sees(ctx, p, selectRepresents, legalPerson)
}

// Representatives implements enrol.RepresentativeStore.
func (db *DB) Representatives(ctx context.Context, p access.Principal, legalPerson hub.ID, limit int, look access.Look) (list []enrol.StoredRepresentative, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		var known hub.ID
		if err := tx.QueryRow(ctx, selectLegalPerson, legalPerson).Scan(&known); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, selectRepresentatives, legalPerson, limit)
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r enrol.StoredRepresentative, err error) {
			return r, row.Scan(&r.ID, &r.LegalPerson, &r.Person, &r.Role, &r.CreatedAt, &r.Until, &r.EndedAt, &r.GivenName, &r.FamilyName)
		})
		if err != nil {
			return fmt.Errorf("representatives: %w", err)
		}
		look.Count = len(list)
		return noteLook(ctx, tx, look)
	})
	return list, err
}

const selectEnrolled = `SELECT p.id FROM persons p WHERE (p.national_id_index = $1 OR p.national_id_index_b = $2) AND p.kind = 'natural'
	AND p.activated_at IS NOT NULL AND ($3::bytea IS NULL AND $4::bytea IS NULL OR EXISTS (
		SELECT FROM contacts c WHERE c.person = p.id AND c.until IS NULL AND (c.mobile_index = $3 OR c.mobile_index_b = $4)))`

// Enrolled implements enrol.RepresentativeStore.
func (db *DB) Enrolled(ctx context.Context, nationalID, mobile vault.Blind) (id hub.ID, err error) {
	err = db.worker.QueryRow(ctx, selectEnrolled, nationalID.A, nationalID.B, mobile.A, mobile.B).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return hub.ID{}, nil
	}
	return id, translate(err)
}

// The legal person's row is the lock of its representatives.
const lockLegalPerson = `SELECT id FROM persons WHERE id = $1 AND kind = 'legal' FOR NO KEY UPDATE`

// An owner whose term is over does not keep the others company: only those without one stay.
const countRepresentatives = `SELECT count(*), count(*) FILTER (WHERE role = 'owner' AND until IS NULL) FROM representatives
	WHERE legal_person = $1 AND ended_at IS NULL AND (until IS NULL OR until > hub_now())`

// A term that is over makes room for the next.
const closeTerms = `UPDATE representatives SET ended_at = until WHERE legal_person = $1 AND ended_at IS NULL AND until <= hub_now()`

const appointRepresentative = `INSERT INTO representatives (id, legal_person, person, role, until, appointed_by)
	VALUES ($1, $2, $3, $4, $5, $6) RETURNING created_at`

// From now on others sign in for it.
const endOwnSessions = `DELETE FROM sessions WHERE person = $1 AND hub_represented($1)`

// AddRepresentative implements enrol.RepresentativeStore.
func (db *DB) AddRepresentative(ctx context.Context, r hub.Representative, by hub.ID, most int) (hub.Representative, error) {
	err := db.write(ctx, func(tx pgx.Tx) error {
		all, _, err := lockRepresentatives(ctx, tx, r.LegalPerson)
		if err != nil {
			return err
		}
		if all >= most {
			return hub.Refuse(hub.CodeWrongState, "this legal person has as many representatives as it can have")
		}
		if _, err := tx.Exec(ctx, closeTerms, r.LegalPerson); err != nil {
			return fmt.Errorf("close terms: %w", err)
		}
		err = tx.QueryRow(ctx, appointRepresentative, r.ID, r.LegalPerson, r.Person, r.Role, orNull(r.Until), by).Scan(&r.CreatedAt)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, endOwnSessions, r.LegalPerson)
		return err
	})
	return r, err
}

func lockRepresentatives(ctx context.Context, tx pgx.Tx, legalPerson hub.ID) (all, owners int, err error) {
	var id hub.ID
	if err := tx.QueryRow(ctx, lockLegalPerson, legalPerson).Scan(&id); err != nil {
		return 0, 0, err
	}
	err = tx.QueryRow(ctx, countRepresentatives, legalPerson).Scan(&all, &owners)
	return all, owners, err
}

const endRepresentative = `UPDATE representatives SET ended_at = hub_now(), ended_by = $3
	WHERE id = $1 AND legal_person = $2 AND ended_at IS NULL AND (until IS NULL OR until > hub_now())
	RETURNING role, until IS NULL`

// EndRepresentative implements enrol.RepresentativeStore.
func (db *DB) EndRepresentative(ctx context.Context, legalPerson, id, by hub.ID) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		_, owners, err := lockRepresentatives(ctx, tx, legalPerson)
		if err != nil {
			return err
		}
		var role hub.Role
		var stays bool
		if err := tx.QueryRow(ctx, endRepresentative, id, legalPerson, by).Scan(&role, &stays); err != nil {
			return err
		}
		if role == hub.RoleOwner && stays && owners == 1 {
			return hub.Refuse(hub.CodeWrongState, "this is the last owner: appoint another first")
		}
		return nil
	})
}
