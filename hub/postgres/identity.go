package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

const identityColumns = `id, issuer, person, bound_by, bound_at`

const selectIdentity = `SELECT ` + identityColumns + ` FROM identities WHERE person = $1 AND ended_at IS NULL`

// IdentityOf implements enrol.IdentityStore.
func (db *DB) IdentityOf(ctx context.Context, person hub.ID) (hub.Identity, error) {
	i, err := oneIdentity(db.worker.Query(ctx, selectIdentity, person))
	return i, translate(err)
}

const (
	// One change of a person's identity at a time.
	lockIdentity = `SELECT FROM persons WHERE id = $1 FOR NO KEY UPDATE`

	sameIdentity = `SELECT ` + identityColumns + ` FROM identities WHERE person = $1 AND subject = $2 AND ended_at IS NULL`

	insertIdentity = `INSERT INTO identities (id, issuer, subject, person, bound_by) VALUES ($1, $2, $3, $4, $5)
		RETURNING ` + identityColumns

	endIdentity = `UPDATE identities SET ended_by = $2, ended_at = greatest(bound_at, hub_now())
		WHERE person = $1 AND ended_at IS NULL RETURNING id`

	endFactorCodes = `UPDATE challenges SET expires_at = greatest(hub_now(), created_at + interval '1 microsecond')
		WHERE person = $1 AND purpose = 'second_factor' AND expires_at > hub_now()`
)

// BindIdentity implements enrol.IdentityStore.
func (db *DB) BindIdentity(ctx context.Context, i hub.Identity, subject []byte) (kept hub.Identity, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockIdentity, i.Person); err != nil {
			return fmt.Errorf("bind identity: %w", err)
		}
		if kept, err = oneIdentity(tx.Query(ctx, sameIdentity, i.Person, subject)); !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if _, err := unbind(ctx, tx, i.Person, i.BoundBy); err != nil {
			return err
		}
		kept, err = oneIdentity(tx.Query(ctx, insertIdentity, i.ID, i.Issuer, subject, i.Person, i.BoundBy))
		return err
	})
	return kept, err
}

// UnbindIdentity implements enrol.IdentityStore.
func (db *DB) UnbindIdentity(ctx context.Context, person, by hub.ID) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		ended, err := unbind(ctx, tx, person, by)
		if err == nil && !ended {
			return hub.ErrNotFound
		}
		return err
	})
}

// unbind ends an identity, if there is one, and with it whatever may have come in by it. The identity goes first: who asks
// for a second factor by it waits for that row. Then the codes, used ones too, before the sessions that stand on them.
func unbind(ctx context.Context, tx pgx.Tx, person, by hub.ID) (ended bool, err error) {
	done, err := tx.Exec(ctx, endIdentity, person, by)
	if err != nil || done.RowsAffected() == 0 {
		return false, err
	}
	for _, statement := range []string{endFactorCodes, `DELETE FROM sessions WHERE person = $1`} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return false, fmt.Errorf("unbind identity: %w", err)
		}
	}
	return true, nil
}

func oneIdentity(rows pgx.Rows, err error) (hub.Identity, error) {
	if err != nil {
		return hub.Identity{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[hub.Identity])
}
