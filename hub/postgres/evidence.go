package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub/reading"
)

// LogHead implements reading.LogView.
func (v view) LogHead(ctx context.Context) (note string, err error) {
	return note, translate(v.tx.QueryRow(ctx, selectCheckpoint).Scan(&note))
}

const selectCheckpointAt = `SELECT note FROM log_checkpoints WHERE size >= $1 AND note IS NOT NULL ORDER BY size LIMIT 1`

// LogHeadAt implements reading.LogView.
func (v view) LogHeadAt(ctx context.Context, size int64) (note string, err error) {
	return note, translate(v.tx.QueryRow(ctx, selectCheckpointAt, size).Scan(&note))
}

// LogTiles implements reading.LogView.
func (v view) LogTiles(ctx context.Context, tiles []tlog.Tile) ([][]byte, error) {
	return logReader{v.tx}.Tiles(ctx, tiles)
}

const selectKeyEntries = `SELECT index, entry FROM log_keys ORDER BY index`

// LogKeys implements reading.LogView.
func (v view) LogKeys(ctx context.Context) ([]reading.LogKey, error) {
	rows, _ := v.tx.Query(ctx, selectKeyEntries)
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[reading.LogKey])
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	return keys, nil
}

// The first that covers the size, else the newest.
const selectStamps = `
SELECT s.authority, s.token, s.at, c.note FROM (SELECT DISTINCT authority FROM log_timestamps) a
CROSS JOIN LATERAL (
	SELECT * FROM log_timestamps t WHERE t.authority = a.authority
	ORDER BY t.size >= $1 DESC, CASE WHEN t.size >= $1 THEN t.size ELSE -t.size END LIMIT 1
) s
JOIN log_checkpoints c ON c.size = s.size ORDER BY s.at`

// LogStamps implements reading.LogView.
func (v view) LogStamps(ctx context.Context, size int64) ([]reading.LogStamp, error) {
	rows, _ := v.tx.Query(ctx, selectStamps, size)
	stamps, err := pgx.CollectRows(rows, pgx.RowToStructByPos[reading.LogStamp])
	if err != nil {
		return nil, fmt.Errorf("timestamps of the log: %w", err)
	}
	return stamps, nil
}
