package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/seal"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// logReader implements seal.Log over any of them.
type logReader struct{ q querier }

// Log reads the log.
func (db *DB) Log() seal.Log { return logReader{db.worker} }

const selectHead = `SELECT size, root, at, coalesce(note, '') FROM log_checkpoints ORDER BY size DESC LIMIT 1`

// Head implements seal.Log.
func (l logReader) Head(ctx context.Context) (seal.Head, error) { return head(ctx, l.q, selectHead) }

// head reads one head; none is the zero head.
func head(ctx context.Context, q querier, sql string, args ...any) (seal.Head, error) {
	var h seal.Head
	var root []byte
	err := q.QueryRow(ctx, sql, args...).Scan(&h.N, &root, &h.Time, &h.Note)
	if errors.Is(err, pgx.ErrNoRows) {
		return seal.Head{}, nil
	}
	if err != nil {
		return seal.Head{}, translate(fmt.Errorf("head of the log: %w", err))
	}
	copy(h.Hash[:], root)
	return h, nil
}

const selectTiles = `SELECT u.nth, t.width, t.bytes
	FROM unnest($1::smallint[], $2::bigint[]) WITH ORDINALITY AS u (level, n, nth)
	JOIN log_tiles t ON t.level = u.level AND t.n = u.n ORDER BY u.nth`

// readTiles gives the tiles that keep takes, in their order, and nil for the others.
func readTiles(ctx context.Context, q querier, tiles []tlog.Tile, keep func(t tlog.Tile, width int, stored []byte) []byte) ([][]byte, error) {
	levels, ns := make([]int16, len(tiles)), make([]int64, len(tiles))
	for i, t := range tiles {
		levels[i], ns[i] = int16(t.L), t.N
	}
	rows, err := q.Query(ctx, selectTiles, levels, ns)
	if err != nil {
		return nil, translate(fmt.Errorf("tiles: %w", err))
	}
	out := make([][]byte, len(tiles))
	var nth int64
	var width int
	var stored []byte
	_, err = pgx.ForEachRow(rows, []any{&nth, &width, &stored}, func() error {
		out[nth-1], stored = keep(tiles[nth-1], width, stored), nil
		return nil
	})
	if err != nil {
		return nil, translate(fmt.Errorf("tiles: %w", err))
	}
	return out, nil
}

// Tiles implements seal.Log.
func (l logReader) Tiles(ctx context.Context, tiles []tlog.Tile) ([][]byte, error) {
	out, err := readTiles(ctx, l.q, tiles, func(t tlog.Tile, width int, stored []byte) []byte {
		if width < t.W {
			return nil // told as missing
		}
		return stored
	})
	if err != nil {
		return nil, err
	}
	for i, b := range out {
		if b == nil {
			return nil, fmt.Errorf("%s: %w", ledger.TilePath(tiles[i]), hub.ErrNotFound)
		}
	}
	return out, nil
}

const selectLogKeys = `SELECT entry FROM log_keys ORDER BY index`

// Keys implements seal.Log.
func (l logReader) Keys(ctx context.Context) ([]ledger.Entry, error) {
	rows, _ := l.q.Query(ctx, selectLogKeys)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, translate(fmt.Errorf("keys of the log: %w", err))
	}
	entries := make([]ledger.Entry, len(lines))
	for i, line := range lines {
		if entries[i], err = ledger.ParseEntry([]byte(line)); err != nil {
			return nil, fmt.Errorf("keys of the log: %w", err)
		}
	}
	return entries, nil
}

const selectStanding = `
SELECT doubt, held, coalesce((SELECT hub_now() - r.recorded_at
	FROM (SELECT first FROM ledger_queue ORDER BY first LIMIT 1) q JOIN receipts r ON r.id = q.first), '0')
FROM ledger_writer`

// Standing implements seal.Log.
func (l logReader) Standing(ctx context.Context) (seal.Standing, error) {
	s := seal.Standing{Sealing: true}
	err := l.q.QueryRow(ctx, selectStanding).Scan(&s.Doubt, &s.Held, &s.Oldest)
	if errors.Is(err, pgx.ErrNoRows) {
		return seal.Standing{}, nil
	}
	if err != nil {
		return seal.Standing{}, translate(fmt.Errorf("standing of the log: %w", err))
	}
	return s, nil
}

const selectCheckpoint = `SELECT note FROM log_checkpoints WHERE note IS NOT NULL ORDER BY size DESC LIMIT 1`

// Checkpoint is the newest signed checkpoint. Errors: not-found.
func (db *DB) Checkpoint(ctx context.Context) (string, error) {
	var note string
	err := db.app.QueryRow(ctx, selectCheckpoint).Scan(&note)
	return note, translate(err)
}

// TileAt is the tile of the public log at a path, C2SP tlog-tiles. Errors: not-found.
func (db *DB) TileAt(ctx context.Context, path string) ([]byte, error) {
	tile, err := ledger.ParseTilePath(path)
	if err != nil {
		return nil, hub.ErrNotFound
	}
	tiles, err := logReader{db.app}.Tiles(ctx, []tlog.Tile{tile})
	if err != nil {
		return nil, err
	}
	return ledger.CutTile(tile.L, tile.W, tiles[0])
}

// sealedRow is a receipt as it is sealed, and where it is in the log.
type sealedRow struct {
	receiptRow
	Salt  []byte
	Form  int
	Index int64 // 0: not sealed
}

func (r sealedRow) receipt() (ledger.Receipt, error) {
	out := ledger.Receipt{Receipt: r.receiptRow.receipt(), Submitter: r.Submitter, Form: r.Form}
	out.LogIndex = r.Index
	if copy(out.Salt[:], r.Salt) != ledger.SaltSize {
		return out, fmt.Errorf("receipt %s has no salt", r.ID)
	}
	return out, nil
}
