package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/ladder"
)

// Climbing implements ladder.Store.
func (db *DB) Climbing(ctx context.Context, p access.Principal, notice hub.ID) (c ladder.Climbing, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT submitter, kind FROM notices WHERE id = $1`, notice).Scan(&c.Submitter, &c.Kind)
	})
	return c, err
}

const selectHastened = `SELECT i.notice IS NOT NULL, op.notice IS NOT NULL OR EXISTS (SELECT FROM corrections k WHERE k.corrects = n.id),
		EXISTS (SELECT FROM rungs r WHERE r.notice = n.id AND r.name = $2)
	FROM notices n LEFT JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id LEFT JOIN opens op ON op.notice = n.id
	WHERE n.id = $1`

const hastenRung = `INSERT INTO timers (id, kind, notice, ladder, rung, due_at) VALUES ($1, 'ladder', $2, $3, $4, hub_now())
	ON CONFLICT (notice, rung) WHERE kind = 'ladder' DO UPDATE SET due_at = least(timers.due_at, excluded.due_at)
	WHERE timers.fired_at IS NULL`

// Hasten implements ladder.Store.
func (db *DB) Hasten(ctx context.Context, notice, timer hub.ID, rung hub.Rung) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockLadders, []hub.ID{notice}); err != nil {
			return fmt.Errorf("lock hastened: %w", err)
		}
		var arrived, over, done bool
		if err := tx.QueryRow(ctx, selectHastened, notice, rung.Name).Scan(&arrived, &over, &done); err != nil {
			return err
		}
		switch {
		case !arrived:
			return hub.Refuse(hub.CodeWrongState, "this notice has not arrived")
		case over:
			return hub.Refuse(hub.CodeWrongState, "this notice was opened or corrected: nobody carries it any more")
		case done:
			return hub.Refuse(hub.CodeWrongState, "this notice was given to the officers already")
		}
		tag, err := tx.Exec(ctx, hastenRung, timer, notice, rung.Ladder, rung.Name)
		if err == nil && tag.RowsAffected() == 0 {
			return hub.Refuse(hub.CodeWrongState, "the ladder of this notice has ended")
		}
		return err
	})
}
