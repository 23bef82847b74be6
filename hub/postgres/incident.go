package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

// An outage is one row from its beginning to its end; anything else is a moment.
const insertIncident = `INSERT INTO incidents (id, kind, person, part, reason, started_at, ended_at)
	SELECT $1, $2, $3, $4, $5, at, CASE WHEN $2 <> 'outage' THEN at END FROM (SELECT hub_now() AS at) now
	ON CONFLICT DO NOTHING`

func addIncident(ctx context.Context, tx pgx.Tx, i hub.Incident) error {
	if _, err := tx.Exec(ctx, insertIncident, i.ID, i.Kind, i.Person, i.Part, i.Reason); err != nil {
		return fmt.Errorf("incident: %w", err)
	}
	return nil
}

// AddIncident records an incident. An outage of a part that is away already stays the one that began first.
func (db *DB) AddIncident(ctx context.Context, i hub.Incident) error {
	return db.write(ctx, func(tx pgx.Tx) error { return addIncident(ctx, tx, i) })
}

const endOutage = `UPDATE incidents SET ended_at = greatest(started_at, hub_now())
	WHERE kind = 'outage' AND part = $1 AND ended_at IS NULL`

// EndOutage ends the outage of a part, if there is one.
func (db *DB) EndOutage(ctx context.Context, part string) error {
	_, err := db.worker.Exec(ctx, endOutage, part)
	return translate(err)
}
