package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/vault"
)

const insertPerson = `INSERT INTO persons (id, kind, national_id_ct, national_id_index, national_id_index_b,
	given_name_ct, family_name_ct, name_ct, residence, language, enrolled_by, time_zone)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING created_at`

const insertRepresentative = `INSERT INTO representatives (id, legal_person, person, role) VALUES ($1, $2, $3, $4)`

// AddPerson implements enrol.RecipientStore.
func (db *DB) AddPerson(ctx context.Context, n enrol.NewPerson) (kept enrol.StoredPerson, err error) {
	kept = n.Person
	err = db.write(ctx, func(tx pgx.Tx) error {
		p := n.Person
		err := tx.QueryRow(ctx, insertPerson, p.ID, p.Kind, p.NationalID, n.NationalIDIndex.A, n.NationalIDIndex.B,
			p.GivenName, p.FamilyName, p.Name, p.Residence, p.Language, n.EnrolledBy, cmp.Or(p.TimeZone, hub.HomeZone)).Scan(&kept.CreatedAt)
		if err != nil {
			return err
		}
		if kept.Contact, err = addContact(ctx, tx, n.Contact); err != nil {
			return err
		}
		if err := addChallenge(ctx, tx, n.Activation); err != nil {
			return err
		}
		if r := n.Represented; !r.ID.IsZero() {
			if _, err := tx.Exec(ctx, insertRepresentative, r.ID, p.ID, r.Person, r.Role); err != nil {
				return fmt.Errorf("representative: %w", err)
			}
		}
		if n.Grant.ID.IsZero() {
			return nil
		}
		_, err = addGrant(ctx, tx, n.Grant)
		return err
	})
	return kept, err
}

const selectPersonID = `SELECT id, kind FROM persons WHERE national_id_index = $1 OR national_id_index_b = $2`

// PersonID implements enrol.RecipientStore.
func (db *DB) PersonID(ctx context.Context, nationalID vault.Blind) (id hub.ID, kind hub.PersonKind, err error) {
	err = db.worker.QueryRow(ctx, selectPersonID, nationalID.A, nationalID.B).Scan(&id, &kind)
	if errors.Is(err, pgx.ErrNoRows) {
		return hub.ID{}, "", nil
	}
	return id, kind, translate(err)
}

const selectPerson = `SELECT p.id, p.kind, p.national_id_ct, p.given_name_ct, p.family_name_ct, p.name_ct, p.residence,
	p.language, p.time_zone, p.activated_at, p.created_at, c.mobile_ct, c.email_ct, c.address_ct, c.changed_by, c.since
	FROM persons p LEFT JOIN contacts c ON c.person = p.id AND c.until IS NULL WHERE p.id = $1`

// Person implements enrol.RecipientStore.
func (db *DB) Person(ctx context.Context, p access.Principal, id hub.ID, look access.Look) (s enrol.StoredPerson, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, selectPerson, id).Scan(&s.ID, &s.Kind, &s.NationalID, &s.GivenName, &s.FamilyName, &s.Name,
			&s.Residence, &s.Language, &s.TimeZone, &s.ActivatedAt, &s.CreatedAt, &s.Contact.Mobile, &s.Contact.Email, &s.Contact.Address,
			&s.Contact.ChangedBy, &s.Contact.Since)
		if err != nil {
			return err
		}
		return noteLook(ctx, tx, look)
	})
	return s, err
}

// NoteLook implements enrol.RecipientStore.
func (db *DB) NoteLook(ctx context.Context, p access.Principal, look access.Look) error {
	return db.read(ctx, p, func(tx pgx.Tx) error { return noteLook(ctx, tx, look) })
}
