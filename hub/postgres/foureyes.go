package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
)

const selectFourEyes = `SELECT o.id, o.kind, o.four_eyes, o.four_eyes_keys, c.id, coalesce(c.people, false), coalesce(c.keys, false),
		c.asked_by, c.asked_at
	FROM organisations o LEFT JOIN four_eyes_changes c ON c.organisation = o.id AND c.in_force_at IS NULL AND c.lapsed_at IS NULL
		AND c.asked_at > hub_now() - $2::interval
	WHERE o.id = $1`

// FourEyes implements enrol.FourEyesStore.
func (db *DB) FourEyes(ctx context.Context, p access.Principal, organisation hub.ID, within time.Duration) (f hub.FourEyes, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		f, err = fourEyes(ctx, tx, organisation, within)
		return err
	})
	return f, err
}

func fourEyes(ctx context.Context, tx pgx.Tx, organisation hub.ID, within time.Duration) (f hub.FourEyes, err error) {
	err = tx.QueryRow(ctx, selectFourEyes, organisation, within).Scan(&f.Organisation, &f.Kind, &f.People, &f.Keys, &f.Asked.ID,
		&f.Asked.People, &f.Asked.Keys, &f.Asked.By, &f.Asked.At)
	if !f.Asked.ID.IsZero() {
		f.Asked.Organisation = organisation
	}
	return f, err
}

const (
	// Against drafts that come in meanwhile, which share the row's lock.
	beginFourEyes = `SELECT waiting FROM hub_four_eyes_begin($1) AS waiting`

	lapseFourEyes = `UPDATE four_eyes_changes SET lapsed_at = hub_now()
		WHERE organisation = $1 AND in_force_at IS NULL AND lapsed_at IS NULL AND id IS DISTINCT FROM $2`

	askFourEyes = `INSERT INTO four_eyes_changes (id, organisation, people, keys, asked_by, in_force_at)
		VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN hub_now() END)`

	agreeFourEyes = `UPDATE four_eyes_changes SET agreed_by = $2, in_force_at = hub_now() WHERE id = $1`
)

// ChangeFourEyes implements enrol.FourEyesStore.
func (db *DB) ChangeFourEyes(ctx context.Context, p access.Principal, c hub.FourEyesChange, within time.Duration) (now hub.FourEyes, err error) {
	err = db.change(ctx, p, func(tx pgx.Tx) error {
		var waiting bool
		if err := tx.QueryRow(ctx, beginFourEyes, c.Organisation).Scan(&waiting); err != nil {
			return err
		}
		if now, err = fourEyes(ctx, tx, c.Organisation, within); err != nil {
			return err
		}
		if c.Eases(now) && waiting {
			return hub.Refuse(hub.CodeWrongState, "drafts wait: approve or return them first")
		}
		if err := turnFourEyes(ctx, tx, c, now); err != nil {
			return err
		}
		now, err = fourEyes(ctx, tx, c.Organisation, within)
		return err
	})
	return now, err
}

// turnFourEyes asks, agrees, or changes at once. What comes into force changes the organisation by itself.
func turnFourEyes(ctx context.Context, tx pgx.Tx, c hub.FourEyesChange, now hub.FourEyes) error {
	same := !now.Asked.ID.IsZero() && now.Asked.People == c.People && now.Asked.Keys == c.Keys
	eases := c.Eases(now)
	var kept hub.ID // what was asked for and stays
	if same && eases {
		kept = now.Asked.ID
	}
	if _, err := tx.Exec(ctx, lapseFourEyes, c.Organisation, kept); err != nil {
		return fmt.Errorf("lapse: %w", err)
	}
	var err error
	switch {
	case c.People == now.People && c.Keys == now.Keys: // as it is: whoever asked otherwise is outvoted
		return nil
	case same && eases && now.Asked.By == c.By: // asked already
		return nil
	case same && eases:
		_, err = tx.Exec(ctx, agreeFourEyes, now.Asked.ID, c.By)
	default:
		_, err = tx.Exec(ctx, askFourEyes, c.ID, c.Organisation, c.People, c.Keys, c.By, !eases)
	}
	if err != nil {
		return fmt.Errorf("change four eyes: %w", err)
	}
	return nil
}
