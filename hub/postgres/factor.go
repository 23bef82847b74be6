package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

const selectFactor = `SELECT secret_ct, last_step, confirmed_at FROM second_factors WHERE person = $1`

// SecondFactor implements enrol.FactorStore.
func (db *DB) SecondFactor(ctx context.Context, person hub.ID) (f enrol.StoredFactor, err error) {
	err = db.worker.QueryRow(ctx, selectFactor, person).Scan(&f.Secret, &f.LastStep, &f.ConfirmedAt)
	return f, orNone(err)
}

const beginFactor = `INSERT INTO second_factors AS f (person, secret_ct) VALUES ($1, $2)
	ON CONFLICT (person) DO UPDATE SET secret_ct = excluded.secret_ct, created_at = hub_now() WHERE f.confirmed_at IS NULL`

// BeginFactor implements enrol.FactorStore.
func (db *DB) BeginFactor(ctx context.Context, person hub.ID, secret []byte) error {
	done, err := db.exec(ctx, beginFactor, person, secret)
	if err == nil && done.RowsAffected() == 0 {
		return hub.Refuse(hub.CodeWrongState, "a second factor is in use already")
	}
	return translate(err)
}

const confirmFactor = `UPDATE second_factors SET confirmed_at = hub_now(), last_step = $2
	WHERE person = $1 AND confirmed_at IS NULL`

const insertRecoveryCodes = `INSERT INTO recovery_codes (person, hash) SELECT $1, unnest($2::bytea[])`

// ConfirmFactor implements enrol.FactorStore.
func (db *DB) ConfirmFactor(ctx context.Context, person hub.ID, step int64, recovery [][]byte, told enrol.Challenge) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, confirmFactor, person, step)
		if err != nil {
			return fmt.Errorf("confirm second factor: %w", err)
		}
		if done.RowsAffected() == 0 {
			return hub.Refuse(hub.CodeWrongState, "there is no second factor to confirm")
		}
		if _, err := tx.Exec(ctx, insertRecoveryCodes, person, recovery); err != nil {
			return fmt.Errorf("recovery codes: %w", err)
		}
		return addChallenge(ctx, tx, told)
	})
}

// RemoveFactor implements enrol.FactorStore.
func (db *DB) RemoveFactor(ctx context.Context, person hub.ID, told enrol.Challenge) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `DELETE FROM second_factors WHERE person = $1 AND confirmed_at IS NOT NULL`, person)
		if err != nil {
			return fmt.Errorf("remove second factor: %w", err)
		}
		if done.RowsAffected() == 0 {
			return hub.Refuse(hub.CodeWrongState, "no second factor is in use")
		}
		return addChallenge(ctx, tx, told)
	})
}

// Compare-and-set: of all who use a code at once, one gets the row.
const useStep = `UPDATE second_factors SET last_step = $2 WHERE person = $1 AND confirmed_at IS NOT NULL AND last_step < $2
	RETURNING person`

const useRecoveryCode = `UPDATE recovery_codes SET used_at = hub_now() WHERE person = $1 AND hash = $2 AND used_at IS NULL
	RETURNING person`

// useFactor uses up the code of a second factor that a challenge was met with. Errors: pgx.ErrNoRows when it was used.
func useFactor(ctx context.Context, tx pgx.Tx, s enrol.Spend, person hub.ID) error {
	switch {
	case s.Recovery != nil:
		return tx.QueryRow(ctx, useRecoveryCode, person, s.Recovery).Scan(&person)
	case s.Step > 0:
		return tx.QueryRow(ctx, useStep, person, s.Step).Scan(&person)
	}
	return nil
}
