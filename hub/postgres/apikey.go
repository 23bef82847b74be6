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

const (
	insertKey = `INSERT INTO api_keys (id, name, role, organisation, mode, scopes, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

	insertSecret = `INSERT INTO api_key_secrets (hash, key) VALUES ($1, $2)`
)

// AddKey implements enrol.KeyStore.
func (db *DB) AddKey(ctx context.Context, p access.Principal, k enrol.StoredKey) error {
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	return db.change(ctx, p, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, insertKey, k.ID, k.Name, k.Role, k.Organisation, k.Mode, scopes, k.ExpiresAt); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, insertSecret, k.Hash, k.ID)
		return err
	})
}

// Secrets in force, of keys in force, of organisations in use; each works until the first of the two ends.
const selectKeysByHash = `SELECT k.id, s.hash, k.name, k.role, k.organisation, k.mode, k.scopes,
		least(k.expires_at, coalesce(s.until, k.expires_at)) AS expires_at
	FROM api_key_secrets s JOIN api_keys k ON k.id = s.key LEFT JOIN organisations o ON o.id = k.organisation
	WHERE s.hash = ANY ($1::bytea[]) AND k.revoked_at IS NULL AND o.disabled_at IS NULL
	      AND k.expires_at > hub_now() AND (s.until IS NULL OR s.until > hub_now())`

// Key implements enrol.KeyStore.
func (db *DB) Key(ctx context.Context, hash []byte) (enrol.StoredKey, error) {
	r, err := db.questions.do(ctx, question{hash: string(hash)})
	if err == nil && r.key.ID.IsZero() {
		err = hub.ErrNotFound
	}
	return r.key, translate(err)
}

// queueKeys looks up keys by the hashes of their secrets.
func queueKeys(b *pgx.Batch, hashes [][]byte) map[string]enrol.StoredKey {
	found := map[string]enrol.StoredKey{}
	if len(hashes) == 0 {
		return found
	}
	b.Queue(selectKeysByHash, hashes).Query(func(rows pgx.Rows) error {
		keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[enrol.StoredKey])
		for _, k := range keys {
			found[string(k.Hash)] = k
		}
		return err
	})
	return found
}

// Once a minute is enough to tell a key in use from one forgotten.
const touchKeys = `UPDATE api_keys k SET last_used_at = u.at FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)
	WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at - interval '1 minute')`

// NoteKeyUses implements enrol.KeyStore.
func (db *DB) NoteKeyUses(ctx context.Context, ids []hub.ID, at []time.Time) error {
	_, err := db.worker.Exec(ctx, touchKeys, ids, at)
	return translate(err)
}

const listKeys = `SELECT id, name, role, organisation, mode, scopes, created_at, expires_at, revoked_at, last_used_at,
		(SELECT max(s.until) FROM api_key_secrets s WHERE s.key = k.id AND s.until > hub_now()) AS overlap_until
	FROM api_keys k WHERE ($1 OR organisation = ANY ($2)) AND ($3::uuid IS NULL OR id < $3) AND ($4::uuid IS NULL OR id = $4)
	ORDER BY id DESC LIMIT $5`

// ListKeys implements enrol.KeyStore.
func (db *DB) ListKeys(ctx context.Context, p access.Principal, f enrol.KeyFilter) (keys []enrol.ListedKey, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, listKeys, f.All, append([]hub.ID{}, f.Organisations...), f.Before, f.ID, f.Limit)
		keys, err = pgx.CollectRows(rows, pgx.RowToStructByPos[enrol.ListedKey])
		return err
	})
	return keys, err
}

const (
	lockKey = `SELECT FROM api_keys WHERE id = $1 FOR UPDATE`

	// A statement of its own after the lock: one that has waited for it would see the secrets as they were before.
	selectKeyStanding = `SELECT revoked_at IS NOT NULL OR expires_at <= hub_now(),
			EXISTS (SELECT FROM api_key_secrets s WHERE s.key = k.id AND s.until > hub_now())
		FROM api_keys k WHERE id = $1`

	endSecrets = `UPDATE api_key_secrets SET until = least(coalesce(until, 'infinity'), hub_now() + $2::interval) WHERE key = $1
		AND (until IS NULL OR until > hub_now())`

	extendKey = `UPDATE api_keys SET expires_at = $2 WHERE id = $1`
)

var errOverlapping = hub.Refuse(hub.CodeWrongState,
	"this key was rotated, and the secret before still holds: wait for its end, or end it with an overlap of zero")

// RotateKey implements enrol.KeyStore. The row of the key is the lock: of several that rotate at once, one does.
func (db *DB) RotateKey(ctx context.Context, p access.Principal, r enrol.Rotation) error {
	return db.change(ctx, p, func(tx pgx.Tx) error {
		var over, overlapping bool
		if _, err := tx.Exec(ctx, lockKey, r.Key); err != nil {
			return fmt.Errorf("lock the key: %w", err)
		}
		if err := tx.QueryRow(ctx, selectKeyStanding, r.Key).Scan(&over, &overlapping); err != nil {
			return err
		}
		switch {
		case over:
			return hub.Refuse(hub.CodeWrongState, "this key has ended")
		case overlapping && r.Overlap > 0:
			return errOverlapping
		}
		if _, err := tx.Exec(ctx, endSecrets, r.Key, r.Overlap); err != nil {
			return fmt.Errorf("end the secrets before: %w", err)
		}
		if _, err := tx.Exec(ctx, insertSecret, r.Hash, r.Key); err != nil {
			return fmt.Errorf("the new secret: %w", err)
		}
		_, err := tx.Exec(ctx, extendKey, r.Key, r.ExpiresAt)
		return err
	})
}

const revokeKey = `UPDATE api_keys SET revoked_at = coalesce(revoked_at, hub_now()) WHERE id = $1`

// RevokeKey implements enrol.KeyStore.
func (db *DB) RevokeKey(ctx context.Context, p access.Principal, id hub.ID) error {
	return db.change(ctx, p, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, revokeKey, id)
		if err == nil && done.RowsAffected() == 0 {
			return hub.ErrNotFound
		}
		return err
	})
}

const selectKeyPlace = `SELECT organisation FROM api_keys WHERE id = $1`

// KeyPlace implements enrol.KeyStore.
func (db *DB) KeyPlace(ctx context.Context, p access.Principal, id hub.ID) (organisation hub.ID, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error { return tx.QueryRow(ctx, selectKeyPlace, id).Scan(&organisation) })
	return organisation, err
}
