package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/seal"
)

// Sealing is the database as the log's writers use it.
func (db *DB) Sealing() seal.Store { return sealing{logReader{db.worker}, db} }

type sealing struct {
	logReader
	db *DB
}

const takeSealLock = `SELECT pg_try_advisory_lock(hashtext('eblagh ledger'), 0)`

// Lock implements seal.Store. The connection leaves its pool for good: its lock must not outlive the session, and no
// other connection may stand in for it.
func (s sealing) Lock(ctx context.Context) (seal.Session, error) {
	pooled, err := s.db.worker.Acquire(ctx)
	if err != nil {
		return nil, translate(fmt.Errorf("lock of the log: %w", err))
	}
	var mine bool
	if err := pooled.QueryRow(ctx, takeSealLock).Scan(&mine); err != nil || !mine {
		pooled.Release()
		return nil, translate(err)
	}
	conn := pooled.Hijack()
	s.db.fresh.want(true)
	return &sealSession{logReader: logReader{conn}, conn: conn, fresh: &s.db.fresh}, nil
}

// sealSession implements seal.Session on the connection that holds the lock.
type sealSession struct {
	logReader
	conn  *pgx.Conn
	fresh *fresh
	taken []hub.ID // the rows of the queue that Waiting gave last
}

// closeWithin bounds the goodbye to the server, which may be gone.
const closeWithin = 2 * time.Second

// Close implements seal.Session.
func (s *sealSession) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	s.fresh.want(false)
	_ = s.conn.Close(ctx)
}

const (
	// The head before must be the one that the batch was made for: whatever locks do, a log has one next state.
	insertHead = `INSERT INTO log_checkpoints (size, root, at) SELECT $2, $3, $4
		WHERE coalesce((SELECT max(size) FROM log_checkpoints), 0) = $1`

	putTiles = `INSERT INTO log_tiles AS t (level, n, width, bytes)
		SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bytea[]) AS u
		ON CONFLICT (level, n) DO UPDATE SET width = excluded.width, bytes = excluded.bytes`

	insertKeys = `INSERT INTO log_keys (index, entry) SELECT * FROM unnest($1::bigint[], $2::text[]) AS u`

	deleteSealed = `WITH gone AS (DELETE FROM ledger_queue WHERE first = ANY ($1::uuid[]) RETURNING cardinality(receipts))
		SELECT coalesce(sum(cardinality), 0) FROM gone`
)

var errNotNext = errors.New("the log is not where this batch was made for")

// Append implements seal.Session.
func (s *sealSession) Append(ctx context.Context, b seal.Batch) error {
	return translate(pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, insertHead, b.Before, b.Head.N, b.Head.Hash[:], b.Head.Time)
		if err != nil {
			return fmt.Errorf("head of the log: %w", err)
		}
		if tag.RowsAffected() != 1 {
			return errNotNext
		}
		if err := appendTiles(ctx, tx, b.Tiles); err != nil {
			return err
		}
		if err := appendKeys(ctx, tx, b); err != nil {
			return err
		}
		return s.appendLeaves(ctx, tx, b)
	}))
}

func appendTiles(ctx context.Context, tx pgx.Tx, tiles []ledger.TileBytes) error {
	_, err := tx.Exec(ctx, putTiles,
		column(tiles, func(t ledger.TileBytes) int16 { return int16(t.L) }),
		column(tiles, func(t ledger.TileBytes) int64 { return t.N }),
		column(tiles, func(t ledger.TileBytes) int16 { return int16(t.W) }),
		column(tiles, func(t ledger.TileBytes) []byte { return t.Bytes }))
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	return nil
}

func appendKeys(ctx context.Context, tx pgx.Tx, b seal.Batch) error {
	if len(b.Keys) == 0 {
		return nil
	}
	indexes := make([]int64, len(b.Keys))
	for i := range indexes {
		indexes[i] = b.Before + int64(i)
	}
	_, err := tx.Exec(ctx, insertKeys, indexes, column(b.Keys, func(e ledger.Entry) string { return string(e.Marshal()) }))
	if err != nil {
		return fmt.Errorf("keys of the log: %w", err)
	}
	return nil
}

// appendLeaves takes receipts out of the queue and into the log. One that does not wait any more was sealed by somebody
// else: then nothing of this batch may be.
func (s *sealSession) appendLeaves(ctx context.Context, tx pgx.Tx, b seal.Batch) error {
	if len(b.Receipts) == 0 {
		return nil
	}
	var gone int
	if err := tx.QueryRow(ctx, deleteSealed, s.taken).Scan(&gone); err != nil {
		return fmt.Errorf("queue of the log: %w", err)
	}
	if gone != len(b.Receipts) {
		return errNotNext
	}
	first := b.Before + int64(len(b.Keys))
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"log_leaves"}, []string{"index", "receipt"},
		pgx.CopyFromSlice(len(b.Receipts), func(i int) ([]any, error) {
			return []any{first + int64(i), b.Receipts[i]}, nil
		}))
	if err != nil {
		return fmt.Errorf("leaves: %w", err)
	}
	return nil
}

// Publish implements seal.Session.
func (s *sealSession) Publish(ctx context.Context, size int64, note string) error {
	tag, err := s.conn.Exec(ctx, `UPDATE log_checkpoints SET note = $2 WHERE size = $1 AND note IS NULL`, size, note)
	if err != nil {
		return translate(fmt.Errorf("publish the checkpoint: %w", err))
	}
	if tag.RowsAffected() != 1 {
		return errNotNext
	}
	return nil
}

const setWriter = `INSERT INTO ledger_writer AS w (doubt, held) VALUES ($1, $2)
	ON CONFLICT (single) DO UPDATE SET doubt = excluded.doubt, held = excluded.held, changed_at = hub_now()
	WHERE (w.doubt, w.held) IS DISTINCT FROM (excluded.doubt, excluded.held)`

// Ready implements seal.Session.
func (s *sealSession) Ready(ctx context.Context) error { return s.Doubt(ctx, "", "") }

// Doubt implements seal.Session.
func (s *sealSession) Doubt(ctx context.Context, reason, held string) error {
	if _, err := s.conn.Exec(ctx, setWriter, reason, held); err != nil {
		return translate(fmt.Errorf("standing of the log: %w", err))
	}
	return nil
}
