package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// Whether a hold covers a delivery d. What is in force is read once for a statement, not once for a row.
// A hold of a provider concerns the texts that are about to begin through it ($4). Codes are never held.
const (
	arrivalHeld = `(EXISTS (SELECT FROM holds WHERE released_at IS NULL AND channel = 'inbox' AND submitter IS NULL)
		OR d.submitter = ANY (ARRAY(SELECT submitter FROM holds
			WHERE released_at IS NULL AND channel = 'inbox' AND submitter IS NOT NULL)))`
	textHeld = `(d.priority <> 'code' AND (EXISTS (SELECT FROM holds
			WHERE released_at IS NULL AND channel = 'sms' AND submitter IS NULL AND provider IS NULL)
		OR d.submitter = ANY (ARRAY(SELECT submitter FROM holds WHERE released_at IS NULL
			AND channel IS DISTINCT FROM 'inbox' AND submitter IS NOT NULL AND (provider IS NULL OR provider = $4)))
		OR EXISTS (SELECT FROM holds WHERE released_at IS NULL AND provider = $4 AND submitter IS NULL)))`
)

const insertHold = `INSERT INTO holds (id, channel, provider, submitter, reason, created_by)
	VALUES ($1, nullif($2, ''), nullif($3, ''), $4, $5, $6) RETURNING created_at`

// Hold implements dispatch.Holds.
func (db *DB) Hold(ctx context.Context, p access.Principal, h hub.Hold) (hub.Hold, error) {
	if err := db.sees(ctx, p, `SELECT 1 WHERE hub_roles() && ARRAY['operator']`); err != nil {
		return h, fmt.Errorf("hold: %w", err)
	}
	err := db.write(ctx, func(tx pgx.Tx) error {
		row := tx.QueryRow(ctx, insertHold, h.ID, string(h.Channel), h.Provider, h.Submitter, h.Reason, h.CreatedBy)
		return row.Scan(&h.CreatedAt)
	})
	return h, err
}

const releaseHold = `UPDATE holds SET released_at = greatest(hub_now(), created_at), released_by = $2
	WHERE id = $1 AND released_at IS NULL`

// Release implements dispatch.Holds.
func (db *DB) Release(ctx context.Context, p access.Principal, hold hub.ID) error {
	if err := db.sees(ctx, p, `SELECT 1 FROM holds WHERE id = $1 AND hub_roles() && ARRAY['operator']`, hold); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	tag, err := db.exec(ctx, releaseHold, hold, p.ID)
	if err != nil {
		return translate(fmt.Errorf("release: %w", err))
	}
	if tag.RowsAffected() == 0 {
		return hub.ErrNotFound
	}
	return nil
}

const selectHeldProviders = `SELECT provider, bool_or(submitter IS NULL) FROM holds
	WHERE released_at IS NULL AND provider IS NOT NULL GROUP BY provider`

// HeldProviders implements dispatch.Holds.
func (db *DB) HeldProviders(ctx context.Context) ([]dispatch.HeldProvider, error) {
	rows, err := db.worker.Query(ctx, selectHeldProviders)
	if err != nil {
		return nil, translate(fmt.Errorf("held providers: %w", err))
	}
	held, err := pgx.CollectRows(rows, pgx.RowToStructByPos[dispatch.HeldProvider])
	return held, translate(err)
}

const selectHolds = `SELECT id, coalesce(channel, ''), coalesce(provider, ''), submitter, reason, created_by, created_at FROM holds
	WHERE released_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $1`

// Holds implements reading.EvidenceView.
func (v view) Holds(ctx context.Context, limit int) ([]hub.Hold, error) {
	rows, _ := v.tx.Query(ctx, selectHolds, limit)
	holds, err := pgx.CollectRows(rows, pgx.RowToStructByPos[hub.Hold])
	if err != nil {
		return nil, fmt.Errorf("holds: %w", err)
	}
	return holds, nil
}
