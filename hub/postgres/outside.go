package postgres

import (
	"context"
	"crypto/sha256"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

const selectBound = `SELECT i.person, EXISTS (SELECT FROM devices d WHERE d.person = i.person AND d.device = $2)
	FROM identities i WHERE i.subject = $1 AND i.ended_at IS NULL`

// Bound implements enrol.IdentityStore.
func (db *DB) Bound(ctx context.Context, subject []byte, device hub.ID) (b enrol.Bound, err error) {
	err = db.worker.QueryRow(ctx, selectBound, subject, device).Scan(&b.Person, &b.Known)
	return b, orNone(err)
}

const shareBound = `SELECT person = $2 FROM identities WHERE subject = $1 AND ended_at IS NULL FOR SHARE`

// AskBound implements enrol.IdentityStore.
func (db *DB) AskBound(ctx context.Context, c enrol.Challenge, subject []byte) (bound bool, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, shareBound, subject, c.Person).Scan(&bound)
		if err != nil || !bound {
			return orNone(err)
		}
		return addChallenge(ctx, tx, c)
	})
	return bound && err == nil, err
}

const useNonce = `INSERT INTO outside_sign_ins (nonce) VALUES ($1) ON CONFLICT DO NOTHING`

// UseNonce takes the nonce of a sign-in from outside out of use: true once, over all processes.
func (db *DB) UseNonce(ctx context.Context, nonce string) (bool, error) {
	hash := sha256.Sum256([]byte(nonce))
	done, err := db.exec(ctx, useNonce, hash[:])
	return done.RowsAffected() == 1, translate(err)
}
