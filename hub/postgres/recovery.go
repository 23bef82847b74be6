package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

const insertRecovery = `INSERT INTO recoveries (id, person, office, clerk, proof) VALUES ($1, $2, $3, $4, $5)`

// An empty hash matches nothing. The person stays enrolled: papers go on arriving.
const voidPersonalCode = `UPDATE persons SET personal_code = '' WHERE id = $1 AND activated_at IS NOT NULL`

// Codes that were used end as well: no session begins by one any more.
const endCodes = `UPDATE challenges SET expires_at = greatest(hub_now(), created_at + interval '1 microsecond')
	WHERE person = $1 AND expires_at > hub_now()`

// BeginRecovery implements enrol.RecoveryStore.
func (db *DB) BeginRecovery(ctx context.Context, r enrol.Recovery) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		room, err := charge(ctx, tx, r.Code.Charges)
		if err != nil {
			return err
		}
		if !room {
			return &hub.Error{Code: hub.CodeRateLimited, Detail: "too many codes were sent; try again in ten minutes",
				After: enrol.CodeQuota().Within, Quota: enrol.CodeQuota().Name}
		}
		done, err := tx.Exec(ctx, voidPersonalCode, r.Person)
		if err != nil || done.RowsAffected() == 0 {
			return orElse(err, hub.Refuse(hub.CodeWrongState, "this person has not activated the account"))
		}
		if _, err := tx.Exec(ctx, insertRecovery, r.ID, r.Person, r.Office, r.Clerk, r.Proof); err != nil {
			return fmt.Errorf("recovery: %w", err)
		}
		if err := shutOut(ctx, tx, r.Person); err != nil {
			return err
		}
		if r.Contact != nil {
			if err := changeContact(ctx, tx, *r.Contact); err != nil {
				return err
			}
		}
		for _, c := range append(r.Told, r.Code) {
			if err := addChallenge(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// shutOut ends every session of a person, every code on its way, and what their devices were known by. The codes go first:
// a session that begins holds the one it stands on until it is there to be ended.
func shutOut(ctx context.Context, tx pgx.Tx, person hub.ID) error {
	for _, statement := range []string{endCodes, `DELETE FROM sessions WHERE person = $1`, `DELETE FROM devices WHERE person = $1`} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("shut out: %w", err)
		}
	}
	return nil
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

const recoverPerson = `UPDATE persons SET personal_code = $2 WHERE id = $1 AND activated_at IS NOT NULL`

const endRecoveries = `UPDATE recoveries SET ended_at = greatest(started_at, hub_now()) WHERE person = $1 AND ended_at IS NULL`

// recoverCode is the effect of a recovery's code: another personal code, and nobody stays signed in.
func recoverCode(ctx context.Context, tx pgx.Tx, s enrol.Spend, person hub.ID) error {
	if _, err := tx.Exec(ctx, recoverPerson, person, s.Activate); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	if _, err := tx.Exec(ctx, endRecoveries, person); err != nil {
		return fmt.Errorf("end recovery: %w", err)
	}
	if err := shutOut(ctx, tx, person); err != nil {
		return err
	}
	return addChallenge(ctx, tx, s.Told)
}
