package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

const insertKey = `INSERT INTO api_keys (id, hash, name, role, organisation, mode, scopes, expires_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// AddKey implements enrol.KeyStore.
func (db *DB) AddKey(ctx context.Context, k enrol.StoredKey) error {
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	_, err := db.worker.Exec(ctx, insertKey, k.ID, k.Hash, k.Name, k.Role, k.Organisation, k.Mode, scopes, orNull(k.ExpiresAt))
	return translate(err)
}

const selectKey = `SELECT k.id, k.hash, k.name, k.role, k.organisation, k.mode, k.scopes, k.expires_at
	FROM api_keys k LEFT JOIN organisations o ON o.id = k.organisation
	WHERE k.hash = $1 AND k.revoked_at IS NULL AND o.disabled_at IS NULL
	      AND (k.expires_at IS NULL OR k.expires_at > hub_now())`

// Once a minute is enough to tell a key in use from one forgotten, and spares a row that every call would fight over.
const touchKey = `UPDATE api_keys SET last_used_at = hub_now()
	WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < hub_now() - interval '1 minute')`

// Key implements enrol.KeyStore.
func (db *DB) Key(ctx context.Context, hash []byte) (k enrol.StoredKey, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectKey, hash)
		if err != nil {
			return err
		}
		if k, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[enrol.StoredKey]); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, touchKey, k.ID)
		return err
	})
	return k, err
}

const listKeys = `SELECT id, name, role, organisation, scopes, created_at, expires_at, revoked_at, last_used_at
	FROM api_keys ORDER BY id DESC`

// ListKeys implements enrol.KeyStore.
func (db *DB) ListKeys(ctx context.Context) ([]enrol.ListedKey, error) {
	rows, err := db.worker.Query(ctx, listKeys)
	if err != nil {
		return nil, translate(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[enrol.ListedKey])
	return keys, translate(err)
}

const revokeKey = `UPDATE api_keys SET revoked_at = coalesce(revoked_at, hub_now()) WHERE id = $1`

// RevokeKey implements enrol.KeyStore.
func (db *DB) RevokeKey(ctx context.Context, id hub.ID) error {
	done, err := db.worker.Exec(ctx, revokeKey, id)
	if err == nil && done.RowsAffected() == 0 {
		return hub.ErrNotFound
	}
	return translate(err)
}
