package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

const insertContact = `INSERT INTO contacts (id, person, mobile_ct, mobile_index, mobile_index_b, email_ct, address_ct, changed_by)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING since`

func addContact(ctx context.Context, tx pgx.Tx, e enrol.ContactEdit) (enrol.StoredContact, error) {
	c := enrol.StoredContact{Mobile: e.Mobile, Email: e.Email, Address: e.Address, ChangedBy: e.ChangedBy}
	err := tx.QueryRow(ctx, insertContact, e.ID, e.Person, e.Mobile, e.MobileIndex.A, e.MobileIndex.B, e.Email, e.Address, e.ChangedBy).
		Scan(&c.Since)
	if err != nil {
		return c, fmt.Errorf("contact: %w", err)
	}
	return c, nil
}

// The person's row is the lock: two changes at once make two rows of history, one after the other.
const lockPerson = `SELECT 1 FROM persons WHERE id = $1 FOR NO KEY UPDATE`

const updateTimeZone = `UPDATE persons SET time_zone = $2 WHERE id = $1`

const endContact = `UPDATE contacts SET until = greatest(since, hub_now()) WHERE person = $1 AND until IS NULL
	RETURNING mobile_ct, mobile_index, mobile_index_b, email_ct, address_ct, until`

const followContact = `INSERT INTO contacts (id, person, mobile_ct, mobile_index, mobile_index_b, email_ct, address_ct,
	changed_by, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// Reaches implements enrol.ContactStore.
func (db *DB) Reaches(ctx context.Context, p access.Principal, person hub.ID) error {
	return db.sees(ctx, p, `SELECT 1 FROM contacts WHERE person = $1 AND until IS NULL`, person)
}

// ChangeContact implements enrol.ContactStore.
func (db *DB) ChangeContact(ctx context.Context, e enrol.ContactEdit) error {
	return db.write(ctx, func(tx pgx.Tx) error { return changeContact(ctx, tx, e) })
}

func changeContact(ctx context.Context, tx pgx.Tx, e enrol.ContactEdit) error {
	var found int
	if err := tx.QueryRow(ctx, lockPerson, e.Person).Scan(&found); err != nil {
		return err
	}
	if e.TimeZone != "" {
		if _, err := tx.Exec(ctx, updateTimeZone, e.Person, e.TimeZone); err != nil {
			return fmt.Errorf("time zone: %w", err)
		}
	}
	if !e.SetMobile && !e.SetEmail && !e.SetAddress {
		return nil
	}
	var was enrol.ContactEdit
	var until time.Time
	err := tx.QueryRow(ctx, endContact, e.Person).Scan(&was.Mobile, &was.MobileIndex.A, &was.MobileIndex.B, &was.Email, &was.Address, &until)
	if err != nil {
		return err
	}
	if !e.SetMobile {
		e.Mobile, e.MobileIndex = was.Mobile, was.MobileIndex
	}
	if !e.SetEmail {
		e.Email = was.Email
	}
	if !e.SetAddress {
		e.Address = was.Address
	}
	_, err = tx.Exec(ctx, followContact, e.ID, e.Person, e.Mobile, e.MobileIndex.A, e.MobileIndex.B, e.Email, e.Address, e.ChangedBy, until)
	if err != nil {
		return fmt.Errorf("next contact: %w", err)
	}
	return nil
}

const selectContacts = `SELECT mobile_ct, email_ct, address_ct, changed_by, since, until FROM contacts
	WHERE person = $1 ORDER BY until DESC NULLS FIRST, since DESC, id DESC LIMIT $2`

// Contacts implements enrol.ContactStore.
func (db *DB) Contacts(ctx context.Context, p access.Principal, person hub.ID, limit int, look access.Look) (list []enrol.StoredContact, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectContacts, person, limit)
		if err != nil {
			return err
		}
		if list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[enrol.StoredContact]); err != nil {
			return err
		}
		if len(list) == 0 {
			return hub.ErrNotFound
		}
		look.Count = len(list)
		return noteLook(ctx, tx, look)
	})
	return list, err
}
