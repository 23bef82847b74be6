package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"eblagh/hub/rekey"
	"eblagh/hub/vault"
)

const beginWork = `INSERT INTO vault_progress (name) SELECT name FROM unnest($1::text[]) AS u (name) ORDER BY name
	ON CONFLICT (name) DO UPDATE SET cursor = NULL, rows = 0, failed = 0, first_failed = '', done_at = NULL`

// Begin implements rekey.Store.
func (db *DB) Begin(ctx context.Context, names []string) error {
	return db.write(ctx, func(tx pgx.Tx) error { return beginRekey(ctx, tx, names) })
}

// beginRekey begins the work on tables anew; nil means all.
func beginRekey(ctx context.Context, tx pgx.Tx, names []string) error {
	if names == nil {
		names = column(sealedTables(), func(t sealedTable) string { return t.name })
	}
	if _, err := tx.Exec(ctx, beginWork, names); err != nil {
		return fmt.Errorf("begin to rewrite: %w", err)
	}
	return nil
}

const takeWork = `SELECT name, cursor FROM vault_progress WHERE done_at IS NULL ORDER BY name LIMIT 1 FOR UPDATE SKIP LOCKED`

const noteWork = `UPDATE vault_progress SET cursor = $2, rows = rows + $3, failed = failed + $4,
	first_failed = CASE first_failed WHEN '' THEN $5 ELSE first_failed END, done_at = CASE WHEN $6 THEN hub_now() END WHERE name = $1`

const selectPlan = `SELECT array_agg(id) FILTER (WHERE kind = 'seal' AND state IN ('old', 'retired')),
	max(slot) FILTER (WHERE kind = 'index' AND state = 'primary' AND EXISTS (
		SELECT FROM vault_keys o WHERE o.kind = 'index' AND o.state IN ('old', 'retired'))) FROM vault_keys`

// Step implements rekey.Store.
func (db *DB) Step(ctx context.Context, s rekey.Sealer) (worked bool, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		b := rekeyBatch{sealer: s, slot: -1}
		if found, err := b.take(ctx, tx); err != nil || !found {
			return err
		}
		worked = true
		if err := b.read(ctx, tx); err != nil {
			return fmt.Errorf("read %s: %w", b.table.name, err)
		}
		if err := b.rewrite(ctx, tx); err != nil {
			return fmt.Errorf("rewrite %s: %w", b.table.name, err)
		}
		return b.note(ctx, tx)
	})
	return worked, err
}

// rekeyBatch is one batch of one table.
type rekeyBatch struct {
	sealer   rekey.Sealer
	table    sealedTable
	cursor   []string
	prefixes [][]byte
	slot     int // of the index to fill; -1: none
	rows     []rekeyRow
	failed   int64
	first    string
}

type rekeyRow struct {
	keys  []string
	owner string
	cts   [][]byte
}

// take locks a table that is not done; found is false when there is none that nobody else is at.
func (b *rekeyBatch) take(ctx context.Context, tx pgx.Tx) (found bool, err error) {
	var name string
	err = tx.QueryRow(ctx, takeWork).Scan(&name, &b.cursor)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, t := range sealedTables() {
		if t.name == name {
			b.table = t
		}
	}
	if b.table.name == "" {
		return false, fmt.Errorf("no table named %s is sealed", name)
	}
	var old []int64
	var slot *int
	if err := tx.QueryRow(ctx, selectPlan).Scan(&old, &slot); err != nil {
		return false, err
	}
	b.prefixes = column(old, func(id int64) []byte { return vault.Key{ID: uint32(id)}.Prefix() })
	if slot != nil {
		b.slot = *slot
	}
	return true, nil
}

func (b *rekeyBatch) read(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, b.table.selectBatch(b.cursor != nil, b.slot), b.cursor, b.prefixes)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r := rekeyRow{keys: make([]string, len(b.table.keys)), cts: make([][]byte, len(b.table.columns))}
		var into []any
		for i := range r.keys {
			into = append(into, &r.keys[i])
		}
		into = append(into, &r.owner)
		for i := range r.cts {
			into = append(into, &r.cts[i])
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		b.rows = append(b.rows, r)
	}
	return rows.Err()
}

// rewrite seals anew, column by column. A row that does not open is named and left as it is.
func (b *rekeyBatch) rewrite(ctx context.Context, tx pgx.Tx) error {
	bad := map[int]bool{}
	for i, c := range b.table.columns {
		var old, fresh [][]byte
		keys := make([][]string, len(b.table.keys))
		for n, r := range b.rows {
			if bad[n] || !b.mustReseal(r.cts[i]) {
				continue
			}
			ct, err := b.sealer.Reseal(r.cts[i], c.context+r.owner)
			if err != nil {
				b.fail(bad, n)
				continue
			}
			old, fresh = append(old, r.cts[i][:startOf]), append(fresh, ct)
			for k := range keys {
				keys[k] = append(keys[k], r.keys[k])
			}
		}
		if len(old) == 0 {
			continue
		}
		sql := b.table.updateColumn(c.name) + fmt.Sprintf("substring(t.%s FOR %d) = u.old", c.name, startOf)
		if err := b.update(ctx, tx, sql, old, fresh, keys); err != nil {
			return err
		}
	}
	return b.fill(ctx, tx, bad)
}

// fill adds the new index where it is missing.
func (b *rekeyBatch) fill(ctx context.Context, tx pgx.Tx, bad map[int]bool) error {
	index := b.table.index
	if index == nil || b.slot < 0 {
		return nil
	}
	var old, fresh [][]byte
	keys := make([][]string, len(b.table.keys))
	for n, r := range b.rows {
		ct := r.cts[index.of]
		if bad[n] || ct == nil {
			continue
		}
		blind, err := b.sealer.Index(index.kind, ct, b.table.columns[index.of].context+r.owner)
		if err != nil {
			b.fail(bad, n)
			continue
		}
		old, fresh = append(old, nil), append(fresh, [][]byte{blind.A, blind.B}[b.slot])
		for k := range keys {
			keys[k] = append(keys[k], r.keys[k])
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	column := index.slots[b.slot]
	return b.update(ctx, tx, b.table.updateColumn(column)+"t."+column+" IS NULL", old, fresh, keys)
}

func (b *rekeyBatch) update(ctx context.Context, tx pgx.Tx, sql string, old, fresh [][]byte, keys [][]string) error {
	args := []any{old, fresh}
	for _, k := range keys {
		args = append(args, k)
	}
	_, err := tx.Exec(ctx, sql, args...)
	return err
}

func (b *rekeyBatch) mustReseal(ct []byte) bool {
	for _, prefix := range b.prefixes {
		if len(ct) > startOf && string(ct[:len(prefix)]) == string(prefix) {
			return true
		}
	}
	return false
}

func (b *rekeyBatch) fail(bad map[int]bool, n int) {
	bad[n] = true
	b.failed++
	if b.first == "" {
		b.first = strings.Join(b.rows[n].keys[:1], "")
	}
}

// note moves the cursor on. At the end of the table whatever was locked, or came in behind the cursor, is asked for by
// query; what only does not open does not keep the table from being done.
func (b *rekeyBatch) note(ctx context.Context, tx pgx.Tx) error {
	name := b.table.name
	if len(b.rows) == b.table.batch {
		b.cursor = b.rows[len(b.rows)-1].keys
		_, err := tx.Exec(ctx, noteWork, name, b.cursor, int64(len(b.rows))-b.failed, b.failed, b.first, false)
		return err
	}
	left, err := b.left(ctx, tx)
	if err != nil {
		return err
	}
	var failed int64
	if err := tx.QueryRow(ctx, `SELECT failed FROM vault_progress WHERE name = $1`, name).Scan(&failed); err != nil {
		return err
	}
	failed += b.failed
	done := int64(left) <= failed
	fresh := b.failed
	if !done {
		fresh = b.failed - failed // the next pass counts them anew
	}
	_, err = tx.Exec(ctx, noteWork, name, nil, int64(len(b.rows))-b.failed, fresh, b.first, done)
	return err
}

func (b *rekeyBatch) left(ctx context.Context, tx pgx.Tx) (n int, err error) {
	return countUses(ctx, tx, b.table, b.prefixes, b.slot)
}

// usesCounted is where counting stops.
const usesCounted = 1000

func countUses(ctx context.Context, tx pgx.Tx, t sealedTable, prefixes [][]byte, slot int) (n int, err error) {
	where := t.sealedUnder("$1") + t.lacks(slot)
	sql := fmt.Sprintf("SELECT count(*) FROM (SELECT FROM %s WHERE %s LIMIT %d) u", t.name, where, usesCounted)
	if _, err := tx.Exec(ctx, `SET LOCAL enable_seqscan = on`); err != nil { // the whole table is asked for
		return 0, err
	}
	err = tx.QueryRow(ctx, sql, prefixes).Scan(&n)
	return n, err
}

// Progress implements rekey.Store.
func (db *DB) Progress(ctx context.Context) ([]rekey.Progress, error) {
	rows, _ := db.worker.Query(ctx, `SELECT name, rows, failed, first_failed, done_at FROM vault_progress ORDER BY name`)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[rekey.Progress])
	return list, translate(err)
}

// Uses implements rekey.Store. Without an index key the other column must be filled.
func (db *DB) Uses(ctx context.Context, key vault.Key) (uses []rekey.Use, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		for _, t := range sealedTables() {
			prefixes, slot := [][]byte{key.Prefix()}, -1
			if key.Kind == vault.KeyIndex {
				if t.index == nil {
					continue
				}
				prefixes, slot = [][]byte{}, 1-key.Slot
			}
			n, err := countUses(ctx, tx, t, prefixes, slot)
			if err != nil {
				return fmt.Errorf("rows of %s: %w", t.name, err)
			}
			if n > 0 {
				uses = append(uses, rekey.Use{Name: t.name, Rows: n})
			}
		}
		return nil
	})
	return uses, err
}

// Clear implements rekey.Store.
func (db *DB) Clear(ctx context.Context, slot, limit int) (cleared int, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		for _, t := range sealedTables() {
			if t.index == nil {
				continue
			}
			gone, stays := t.index.slots[slot], t.index.slots[1-slot]
			done, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE %s SET %s = NULL WHERE id IN (SELECT id FROM %[1]s
				WHERE %[2]s IS NOT NULL AND %s IS NOT NULL ORDER BY id LIMIT %d FOR NO KEY UPDATE)`, t.name, gone, stays, limit))
			if err != nil {
				return fmt.Errorf("clear %s: %w", gone, err)
			}
			cleared += int(done.RowsAffected())
		}
		return nil
	})
	return cleared, err
}
