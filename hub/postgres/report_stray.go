package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub/dispatch"
)

// selectStrays leaves the last seconds out: their reports are being matched. It gives a row without a message when there
// are none, for the clock.
const selectStrays = `
WITH clock AS MATERIALIZED (SELECT hub_now() AS now), looked AS MATERIALIZED (
	SELECT r.provider, r.message_key, r.received_at FROM reports r
	WHERE r.delivery IS NULL AND r.received_at >= coalesce($1, (SELECT now FROM clock) - interval '1 hour')
		AND r.received_at <= (SELECT now FROM clock) - interval '2 seconds'
	ORDER BY r.received_at LIMIT $2
)
SELECT clock.now, clock.now - interval '2 seconds' AS until, coalesce(l.provider, '') AS provider,
	coalesce(l.message_key, '') AS message, l.received_at, known.is IS NOT NULL AS known
FROM clock LEFT JOIN looked l ON true LEFT JOIN LATERAL (
	SELECT true AS is FROM attempts t WHERE t.provider = l.provider AND t.message_key = l.message_key
	UNION ALL
	SELECT true FROM attempt_parts p WHERE p.provider = l.provider AND p.message_key = l.message_key
	LIMIT 1) known ON true
ORDER BY l.received_at`

type strayRow struct {
	Now, Until        time.Time
	Provider, Message string
	ReceivedAt        *time.Time
	Known             bool
}

// Strays implements dispatch.Reports.
func (db *DB) Strays(ctx context.Context, since time.Time, limit int) (dispatch.Strays, error) {
	rows, err := db.worker.Query(ctx, selectStrays, orNull(since), limit)
	if err != nil {
		return dispatch.Strays{}, translate(fmt.Errorf("stray reports: %w", err))
	}
	looked, err := pgx.CollectRows(rows, pgx.RowToStructByName[strayRow])
	if err != nil {
		return dispatch.Strays{}, translate(fmt.Errorf("stray reports: %w", err))
	}
	last := looked[len(looked)-1]
	found := dispatch.Strays{Until: last.Until, Now: last.Now, More: len(looked) == limit && last.ReceivedAt != nil}
	if found.More {
		found.Until = *last.ReceivedAt
	}
	for _, row := range looked {
		if row.Known {
			found.Keys = append(found.Keys, dispatch.MessageKey{Provider: row.Provider, Message: row.Message})
		}
	}
	return found, nil
}
