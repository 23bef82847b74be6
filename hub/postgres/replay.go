package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// The dead row is the lock of its replay.
const (
	lockDead = `SELECT d.channel, d.status, d.notice, EXISTS (SELECT FROM inbox i
			WHERE i.recipient = d.recipient AND i.notice = d.notice)
		FROM deliveries d WHERE d.id = $1 FOR UPDATE OF d`

	selectReplayed = `SELECT EXISTS (SELECT FROM deliveries WHERE notice = $1 AND replays = $2)`
)

// insertReplay keeps an expiry that lies ahead; one that is over no longer binds what an operator wants sent.
const insertReplay = `
WITH made AS (
	INSERT INTO deliveries (id, notice, recipient, submitter, channel, priority, due_at, expires_at, replays)
	SELECT $2, notice, recipient, submitter, channel, priority, hub_now(),
		CASE WHEN expires_at > hub_now() THEN expires_at END, id
	FROM deliveries WHERE id = $1
	RETURNING id, notice, channel, priority, status, attempts, replays, created_at, updated_at
), noted AS (
	INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth,
		channel, details)
	SELECT $3, 'eblagh:Replayed', m.created_at, n.id, n.submitter, n.case_id, n.recipient, n.capacity, $4, $5, $6,
		m.channel, jsonb_build_object('delivery', m.id, 'replays', m.replays)
	FROM made m JOIN notices n ON n.id = m.notice
)
SELECT id, channel, priority, status, attempts, replays, updated_at FROM made`

// Replay implements dispatch.Replays.
func (db *DB) Replay(ctx context.Context, p access.Principal, r dispatch.Replaying) (hub.Delivery, error) {
	var made hub.Delivery
	if err := db.sees(ctx, p, `SELECT 1 FROM deliveries WHERE id = $1`, r.Dead); err != nil {
		return made, fmt.Errorf("find delivery: %w", err)
	}
	err := db.write(ctx, func(tx pgx.Tx) error {
		if err := checkDead(ctx, tx, r.Dead); err != nil {
			return err
		}
		row := tx.QueryRow(ctx, insertReplay, r.Dead, r.ID, r.Receipt, r.Actor.Kind, r.Actor.ID, r.Actor.Auth)
		if err := row.Scan(&made.ID, &made.Channel, &made.Priority, &made.Status, &made.Attempts, &made.Replays,
			&made.UpdatedAt); err != nil {
			return fmt.Errorf("insert replay: %w", err)
		}
		return nil
	})
	return made, err
}

// checkDead locks a delivery that can be replayed. Whoever waited for the lock takes a second look.
func checkDead(ctx context.Context, tx pgx.Tx, dead hub.ID) error {
	var channel hub.Channel
	var status hub.DeliveryStatus
	var notice hub.ID
	var arrived, replayed bool
	if err := tx.QueryRow(ctx, lockDead, dead).Scan(&channel, &status, &notice, &arrived); err != nil {
		return fmt.Errorf("lock dead delivery: %w", err)
	}
	if err := tx.QueryRow(ctx, selectReplayed, notice, dead).Scan(&replayed); err != nil {
		return fmt.Errorf("find replay: %w", err)
	}
	switch {
	case channel != hub.ChannelSMS:
		return hub.Refuse(hub.CodeWrongState, "only texts are replayed: an arrival happens once")
	case notice.IsZero():
		return hub.Refuse(hub.CodeWrongState, "a one-time code is not sent again: ask for another")
	case status != hub.DeliveryFailed && status != hub.DeliveryExpired:
		return hub.Refuse(hub.CodeWrongState, "this delivery has neither failed nor expired")
	case !arrived:
		return hub.Refuse(hub.CodeWrongState, "the paper never arrived: there is nothing to tell")
	case replayed:
		return hub.Refuse(hub.CodeWrongState, "this delivery was replayed already")
	}
	return nil
}
