package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/rekey"
	"eblagh/hub/vault"
)

const selectKeys = `SELECT kind, id, coalesce(slot, 0), fingerprint, state FROM vault_keys ORDER BY kind DESC, changed_at, id`

// Keys implements rekey.Store.
func (db *DB) Keys(ctx context.Context) (uses []vault.KeyUse, err error) {
	rows, _ := db.worker.Query(ctx, selectKeys)
	var u vault.KeyUse
	_, err = pgx.ForEachRow(rows, []any{&u.Kind, &u.ID, &u.Slot, &u.Fingerprint, &u.State}, func() error {
		uses = append(uses, u)
		u.Fingerprint = nil
		return nil
	})
	return uses, translate(err)
}

const nameKeys = `INSERT INTO vault_keys (kind, id, slot, fingerprint, state)
	SELECT kind, id, CASE kind WHEN 'index' THEN slot END, fingerprint, state
	FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::bytea[], $5::text[]) AS u (kind, id, slot, fingerprint, state)
	ORDER BY kind, id ON CONFLICT (kind, id) DO NOTHING`

// AddKeys implements rekey.Store.
func (db *DB) AddKeys(ctx context.Context, keys []vault.KeyUse) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, nameKeys, column(keys, func(k vault.KeyUse) string { return string(k.Kind) }),
			column(keys, func(k vault.KeyUse) int64 { return int64(k.ID) }), column(keys, func(k vault.KeyUse) int16 { return int16(k.Slot) }),
			column(keys, func(k vault.KeyUse) []byte { return k.Fingerprint }), column(keys, func(k vault.KeyUse) string { return string(k.State) }))
		if err != nil {
			return fmt.Errorf("name keys: %w", err)
		}
		for _, k := range keys {
			if k.State == vault.KeyOld {
				return beginRekey(ctx, tx, nil)
			}
		}
		return nil
	})
}

const (
	endPrimary = `UPDATE vault_keys SET state = 'old', changed_at = hub_now(), changed_in = pg_current_xact_id()
		WHERE state = 'primary' AND EXISTS (SELECT FROM vault_keys c WHERE c.kind = vault_keys.kind AND c.state = 'coming')`
	usePrimary = `UPDATE vault_keys SET state = 'primary', changed_at = hub_now(), changed_in = pg_current_xact_id()
		WHERE state = 'coming'`
	retireKeys = `UPDATE vault_keys SET state = 'retired', changed_at = hub_now(), changed_in = pg_current_xact_id()
		WHERE state = 'old'`
)

// Promote implements rekey.Store.
func (db *DB) Promote(ctx context.Context) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, endPrimary); err != nil {
			return fmt.Errorf("former keys: %w", err)
		}
		done, err := tx.Exec(ctx, usePrimary)
		if err != nil {
			return fmt.Errorf("new keys: %w", err)
		}
		if done.RowsAffected() == 0 {
			return hub.Refuse(hub.CodeWrongState, "no key is coming: rotate first")
		}
		return beginRekey(ctx, tx, nil)
	})
}

// Retire implements rekey.Store.
func (db *DB) Retire(ctx context.Context) error {
	_, err := db.worker.Exec(ctx, retireKeys)
	return translate(err)
}

// Forget implements rekey.Store.
func (db *DB) Forget(ctx context.Context, key vault.Key) error {
	_, err := db.worker.Exec(ctx, `DELETE FROM vault_keys WHERE kind = 'index' AND kind = $1 AND id = $2 AND state = 'retired'`,
		string(key.Kind), int64(key.ID))
	return translate(err)
}

// A transaction that began before keys changed could still write what was allowed then.
const selectSettled = `SELECT coalesce(max(changed_in) < pg_snapshot_xmin(pg_current_snapshot()), true) FROM vault_keys`

// Settled implements rekey.Store.
func (db *DB) Settled(ctx context.Context) (settled bool, err error) {
	err = db.worker.QueryRow(ctx, selectSettled).Scan(&settled)
	return settled, translate(err)
}

const announce = `INSERT INTO vault_nodes (id, name, seals, indexes, primary_seal) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (id) DO UPDATE SET seals = excluded.seals, indexes = excluded.indexes,
		primary_seal = excluded.primary_seal, seen_at = hub_now()`

// Announce implements rekey.Store. Who has said nothing for a day is forgotten.
func (db *DB) Announce(ctx context.Context, n rekey.Node) error {
	b := &pgx.Batch{}
	b.Queue(announce, n.ID, n.Name, wide(n.Seals), wide(n.Indexes), int64(n.Primary))
	b.Queue(`DELETE FROM vault_nodes WHERE seen_at < hub_now() - interval '1 day'`)
	return translate(db.worker.SendBatch(ctx, b).Close())
}

// Leave implements rekey.Store.
func (db *DB) Leave(ctx context.Context, id hub.ID) error {
	_, err := db.worker.Exec(ctx, `DELETE FROM vault_nodes WHERE id = $1`, id)
	return translate(err)
}

const selectNodes = `SELECT id, name, seals, indexes, primary_seal, seen_at FROM vault_nodes
	WHERE seen_at > hub_now() - $1::interval ORDER BY name, id`

// Nodes implements rekey.Store.
func (db *DB) Nodes(ctx context.Context, within time.Duration) (nodes []rekey.Node, err error) {
	rows, _ := db.worker.Query(ctx, selectNodes, within)
	var n rekey.Node
	var seals, indexes []int64
	_, err = pgx.ForEachRow(rows, []any{&n.ID, &n.Name, &seals, &indexes, &n.Primary, &n.SeenAt}, func() error {
		n.Seals, n.Indexes = narrow(seals), narrow(indexes)
		nodes = append(nodes, n)
		return nil
	})
	return nodes, translate(err)
}

func wide(ids []uint32) []int64 { return column(ids, func(id uint32) int64 { return int64(id) }) }

func narrow(ids []int64) []uint32 { return column(ids, func(id int64) uint32 { return uint32(id) }) }
