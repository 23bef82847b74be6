package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub/seal"
)

const selectUnstamped = `
SELECT c.size, c.note FROM (SELECT size, note FROM log_checkpoints WHERE note IS NOT NULL ORDER BY size DESC LIMIT 1) c
WHERE NOT EXISTS (SELECT FROM log_timestamps t WHERE t.authority = $1 AND (t.size >= c.size OR t.at > hub_now() - $2::interval))`

// Unstamped implements seal.Stamps.
func (db *DB) Unstamped(ctx context.Context, authority string, every time.Duration) (size int64, note string, err error) {
	err = db.worker.QueryRow(ctx, selectUnstamped, authority, every).Scan(&size, &note)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", translate(fmt.Errorf("checkpoint to stamp: %w", err))
	}
	return size, note, nil
}

// KeepStamp implements seal.Stamps.
func (db *DB) KeepStamp(ctx context.Context, s seal.Stamp) error {
	_, err := db.worker.Exec(ctx, `INSERT INTO log_timestamps (size, authority, token, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, s.Size, s.Authority, s.Token, s.At)
	if err != nil {
		return translate(fmt.Errorf("keep a timestamp: %w", err))
	}
	return nil
}
