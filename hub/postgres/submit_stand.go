package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

const selectStands = `SELECT n.id, n.number, n.case_id, n.recipient, n.created_at, i.arrived_at, o.opened_at
	FROM notices n LEFT JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id
	LEFT JOIN opens o ON o.notice = n.id WHERE n.id = ANY ($1::uuid[])`

const selectDeliveryStands = `SELECT notice, id, channel, priority, status, attempts, last_reason, replays, updated_at
	FROM deliveries WHERE notice = ANY ($1::uuid[]) ORDER BY channel, id`

// Accepted implements dispatch.Submissions.
func (db *DB) Accepted(ctx context.Context, notices []hub.ID) (map[hub.ID]hub.Notice, error) {
	found := make(map[hub.ID]hub.Notice, len(notices))
	b := &pgx.Batch{}
	b.Queue(selectStands, notices).Query(func(rows pgx.Rows) error {
		var n hub.Notice
		fields := []any{&n.ID, &n.Number, &n.Case.ID, &n.Recipient, &n.CreatedAt, &n.ArrivedAt, &n.OpenedAt}
		_, err := pgx.ForEachRow(rows, fields, func() error { found[n.ID] = n; return nil })
		return err
	})
	b.Queue(selectDeliveryStands, notices).Query(func(rows pgx.Rows) error {
		var id hub.ID
		var d hub.Delivery
		fields := []any{&id, &d.ID, &d.Channel, &d.Priority, &d.Status, &d.Attempts, &d.LastReason, &d.Replays,
			&d.UpdatedAt}
		_, err := pgx.ForEachRow(rows, fields, func() error {
			n := found[id]
			n.Deliveries = append(n.Deliveries, d)
			found[id] = n
			return nil
		})
		return err
	})
	if err := db.worker.SendBatch(ctx, b).Close(); err != nil {
		return nil, translate(fmt.Errorf("stand of notices: %w", err))
	}
	return found, nil
}
