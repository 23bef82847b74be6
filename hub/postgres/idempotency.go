package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

// How long a call may hold its key, and how long an answer is kept.
const (
	idempotencyLock = `interval '10 seconds'` // renewed while the call runs
	idempotencyKept = `interval '24 hours'`
)

// Takes the key if it is free, or too old to count, or held by the same request of a process that died.
const takeKey = `INSERT INTO idempotency_keys AS k (owner, key, request_hash, locked_until)
	VALUES ($1, $2, $3, hub_now() + ` + idempotencyLock + `)
	ON CONFLICT (owner, key) DO UPDATE SET request_hash = excluded.request_hash, locked_until = excluded.locked_until,
		status = NULL, answer_ct = NULL, created_at = hub_now()
	WHERE k.created_at <= hub_now() - ` + idempotencyKept + `
		OR k.status IS NULL AND k.locked_until <= hub_now() AND k.request_hash = excluded.request_hash
	RETURNING true`

const selectKeyState = `SELECT request_hash, coalesce(status, 0), answer_ct FROM idempotency_keys
	WHERE owner = $1 AND key = $2`

// BeginIdempotent asks to do a call under its key. Of all who ask at once, exactly one is told fresh; the key is then
// theirs until the lock runs out. status and answer (ciphertext) come with replay only.
func (db *DB) BeginIdempotent(ctx context.Context, owner hub.ID, key string, requestHash []byte) (state hub.IdempotencyState, status int, answer []byte, err error) {
	for range 3 { // a key may be given up between the two statements
		var taken bool
		err = db.worker.QueryRow(ctx, takeKey, owner, key, requestHash).Scan(&taken)
		if taken {
			return hub.IdempotencyFresh, 0, nil, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return "", 0, nil, translate(err)
		}
		var hash []byte
		err = db.worker.QueryRow(ctx, selectKeyState, owner, key).Scan(&hash, &status, &answer)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return "", 0, nil, translate(err)
		}
		return keyState(hash, requestHash, status), status, answer, nil
	}
	return hub.IdempotencyInFlight, 0, nil, nil
}

func keyState(held, asked []byte, status int) hub.IdempotencyState {
	switch {
	case !bytes.Equal(held, asked):
		return hub.IdempotencyMismatch
	case status == 0:
		return hub.IdempotencyInFlight
	}
	return hub.IdempotencyReplay
}

const finishKey = `UPDATE idempotency_keys SET status = $3, answer_ct = $4, locked_until = NULL
	WHERE owner = $1 AND key = $2 AND status IS NULL`

// FinishIdempotent keeps the answer of the call that holds the key. An answer that is kept already stays.
func (db *DB) FinishIdempotent(ctx context.Context, owner hub.ID, key string, status int, answer []byte) error {
	if _, err := db.worker.Exec(ctx, finishKey, owner, key, status, answer); err != nil {
		return fmt.Errorf("keep answer: %w", translate(err))
	}
	return nil
}

const renewKey = `UPDATE idempotency_keys SET locked_until = hub_now() + ` + idempotencyLock + `
	WHERE owner = $1 AND key = $2 AND status IS NULL`

// RenewIdempotent makes the lock of a running call last longer.
func (db *DB) RenewIdempotent(ctx context.Context, owner hub.ID, key string) error {
	_, err := db.worker.Exec(ctx, renewKey, owner, key)
	return translate(err)
}

const abandonKey = `DELETE FROM idempotency_keys WHERE owner = $1 AND key = $2 AND status IS NULL`

// AbandonIdempotent gives the key back after a call that did nothing, so that it can be tried again.
func (db *DB) AbandonIdempotent(ctx context.Context, owner hub.ID, key string) error {
	_, err := db.worker.Exec(ctx, abandonKey, owner, key)
	return translate(err)
}
