package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/enrol"
	"eblagh/hub/vault"
)

const insertChallenge = `WITH at AS (SELECT hub_now() AS now)
	INSERT INTO challenges (id, purpose, person, mobile_ct, payload_ct, passed_first, subject, created_at, expires_at)
	SELECT $1, $2, $3, $4, $5, $6, $7, now, now + make_interval(secs => $8) FROM at`

// The code's text waits as long as the code is valid, no longer.
const insertCodeDelivery = `INSERT INTO deliveries (id, challenge, recipient, channel, priority, due_at, expires_at)
	SELECT $1, id, person, 'sms', 'code', created_at, expires_at FROM challenges WHERE id = $2`

func addChallenge(ctx context.Context, tx pgx.Tx, c enrol.Challenge) error {
	_, err := tx.Exec(ctx, insertChallenge, c.ID, c.Purpose, c.Person, c.Mobile, c.Payload, c.PassedFirst, c.Subject,
		c.Purpose.Lifetime().Seconds())
	if err != nil {
		return fmt.Errorf("challenge: %w", err)
	}
	if c.Delivery.IsZero() {
		return nil
	}
	if _, err := tx.Exec(ctx, insertCodeDelivery, c.Delivery, c.ID); err != nil {
		return fmt.Errorf("delivery of a code: %w", err)
	}
	return nil
}

// Sign-in challenges live side by side: whoever asked twice may use the code that came first.
const endFormerCodes = `UPDATE challenges SET expires_at = greatest(hub_now(), created_at + interval '1 microsecond')
	WHERE person = $1 AND purpose = $2 AND id <> $3 AND used_at IS NULL AND expires_at > hub_now()`

// IssueCode implements enrol.CodeStore.
func (db *DB) IssueCode(ctx context.Context, c enrol.Challenge, failed hub.Incident) (sent bool, err error) {
	sent = !c.Delivery.IsZero()
	err = db.write(ctx, func(tx pgx.Tx) error {
		if sent {
			room, err := charge(ctx, tx, c.Charges)
			if err != nil {
				return err
			}
			if !room {
				sent, c.Delivery, c.Mobile, c.PassedFirst = false, hub.ID{}, nil, false
			}
		}
		if err := addChallenge(ctx, tx, c); err != nil {
			return err
		}
		if !sent {
			return addIncident(ctx, tx, failed)
		}
		if c.Purpose == hub.PurposeSignIn {
			return nil
		}
		_, err := tx.Exec(ctx, endFormerCodes, c.Person, c.Purpose, c.ID)
		return err
	})
	return sent && err == nil, err
}

// AddChallenge implements enrol.CodeStore.
func (db *DB) AddChallenge(ctx context.Context, c enrol.Challenge) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		if err := stillMet(ctx, tx, c.After, c.Person); err != nil {
			return err
		}
		return addChallenge(ctx, tx, c)
	})
}

// A legal person that somebody signs in for has no code of its own to sign in with: whoever would use it could not be
// told from the others. Until such a representative is there it has, as the office gave it.
const selectCredential = `SELECT p.id, CASE WHEN hub_represented(p.id) THEN '' ELSE coalesce(p.personal_code, '') END, c.mobile_ct,
	EXISTS (SELECT FROM devices d WHERE d.person = p.id AND d.device = $2) FROM persons p
	LEFT JOIN contacts c ON c.person = p.id AND c.until IS NULL WHERE p.national_id_index = $1 OR p.national_id_index_b = $3`

// Credential implements enrol.CodeStore.
func (db *DB) Credential(ctx context.Context, nationalID vault.Blind, device hub.ID) (c enrol.Credential, err error) {
	err = db.worker.QueryRow(ctx, selectCredential, nationalID.A, device, nationalID.B).
		Scan(&c.Person, &c.PersonalCode, &c.Mobile, &c.Known)
	return c, orNone(err)
}

const selectAsked = `SELECT h.purpose, h.person, h.subject,
	EXISTS (SELECT FROM devices d WHERE d.person = h.person AND d.device = $2) FROM challenges h WHERE h.id = $1`

// Asked implements enrol.CodeStore.
func (db *DB) Asked(ctx context.Context, challenge, device hub.ID) (a enrol.Asked, err error) {
	err = db.worker.QueryRow(ctx, selectAsked, challenge, device).Scan(&a.Purpose, &a.Person, &a.Subject, &a.Known)
	return a, orNone(err)
}

// PersonalCode implements enrol.CodeStore.
func (db *DB) PersonalCode(ctx context.Context, person hub.ID) (hash string, err error) {
	err = db.worker.QueryRow(ctx, `SELECT coalesce(personal_code, '') FROM persons WHERE id = $1`, person).Scan(&hash)
	return hash, orNone(err)
}

// Number implements enrol.CodeStore.
func (db *DB) Number(ctx context.Context, person hub.ID) (sealed []byte, err error) {
	const query = `SELECT mobile_ct FROM contacts WHERE person = $1 AND until IS NULL`
	err = db.worker.QueryRow(ctx, query, person).Scan(&sealed)
	return sealed, orNone(err)
}

const selectActivation = `SELECT h.id, h.purpose, p.id, c.mobile_ct FROM persons p
	JOIN challenges h ON h.person = p.id AND h.purpose IN ('activation', 'recovery') AND h.used_at IS NULL AND h.tries < 5
	     AND h.passed_first AND h.expires_at > hub_now()
	LEFT JOIN contacts c ON c.person = p.id AND c.until IS NULL
	WHERE p.national_id_index = $1 OR p.national_id_index_b = $2 ORDER BY h.created_at DESC, h.id DESC LIMIT 1`

// ActivationCode implements enrol.CodeStore.
func (db *DB) ActivationCode(ctx context.Context, nationalID vault.Blind) (a enrol.ActivationCode, err error) {
	err = db.worker.QueryRow(ctx, selectActivation, nationalID.A, nationalID.B).Scan(&a.Challenge, &a.Purpose, &a.Person, &a.Mobile)
	return a, orNone(err)
}

const selectPayload = `SELECT payload_ct FROM challenges WHERE id = $1 AND person = $2 AND purpose = 'contact_change'`

// ContactPayload implements enrol.CodeStore.
func (db *DB) ContactPayload(ctx context.Context, challenge, person hub.ID) (payload []byte, err error) {
	err = db.worker.QueryRow(ctx, selectPayload, challenge, person).Scan(&payload)
	return payload, orNone(err)
}

// orNone takes nothing found for an answer.
func orNone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return translate(err)
}

const meetable = ` WHERE id = $1 AND purpose = $2 AND ($3::uuid IS NULL OR person = $3)
	AND used_at IS NULL AND tries < 5 AND expires_at > hub_now()`

// Compare-and-set: of all who spend a code at once, one gets the row. Who came to be represented meanwhile does not. There is
// a minute for what follows from it.
const spendChallenge = `UPDATE challenges SET used_at = hub_now(), expires_at = greatest(expires_at, hub_now() + interval '1 minute')` + meetable + ` AND passed_first
	AND (purpose NOT IN ('sign_in', 'second_factor') OR NOT hub_represented(person)) RETURNING person`

const countTry = `UPDATE challenges SET tries = tries + 1` + meetable

const challengePerson = `SELECT person FROM challenges WHERE id = $1`

// Spend implements enrol.CodeStore.
func (db *DB) Spend(ctx context.Context, s enrol.Spend, failed hub.Incident) (person hub.ID, ok bool, err error) {
	if s.Right {
		err = db.write(ctx, func(tx pgx.Tx) error {
			if err := tx.QueryRow(ctx, spendChallenge, s.Challenge, s.Purpose, s.Person).Scan(&person); err != nil {
				return notMet(err)
			}
			if err := useFactor(ctx, tx, s, person); err != nil {
				return notMet(err)
			}
			return takeEffect(ctx, tx, s, person)
		})
		if !errors.Is(err, errNotMet) {
			return person, err == nil, err
		}
	}
	err = db.write(ctx, func(tx pgx.Tx) error { return failTry(ctx, tx, s, failed) })
	return hub.ID{}, false, err
}

// errNotMet undoes a transaction that found its challenge, or the code of a second factor, used up.
var errNotMet = errors.New("the challenge cannot be met")

func notMet(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return errNotMet
	}
	return err
}

func failTry(ctx context.Context, tx pgx.Tx, s enrol.Spend, failed hub.Incident) error {
	if _, err := tx.Exec(ctx, countTry, s.Challenge, s.Purpose, s.Person); err != nil {
		return err
	}
	if failed.Person.IsZero() {
		err := tx.QueryRow(ctx, challengePerson, s.Challenge).Scan(&failed.Person)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
	}
	return addIncident(ctx, tx, failed)
}

const activatePerson = `UPDATE persons SET personal_code = $2, activated_at = hub_now()
	WHERE id = $1 AND activated_at IS NULL`

// Arrival locks this row to hand out the next cursor, so it must be there before the first paper can come.
const insertCursor = `INSERT INTO inbox_cursors (recipient) VALUES ($1) ON CONFLICT DO NOTHING`

func takeEffect(ctx context.Context, tx pgx.Tx, s enrol.Spend, person hub.ID) error {
	if s.Contact != nil {
		return changeContact(ctx, tx, *s.Contact)
	}
	if s.Activate == "" {
		return nil
	}
	if s.Purpose == hub.PurposeRecovery {
		return recoverCode(ctx, tx, s, person)
	}
	done, err := tx.Exec(ctx, activatePerson, person, s.Activate)
	if err != nil {
		return fmt.Errorf("activate: %w", err)
	}
	if done.RowsAffected() == 0 {
		return hub.Refuse(hub.CodeWrongState, "this person has activated the account already")
	}
	_, err = tx.Exec(ctx, insertCursor, person)
	return err
}
