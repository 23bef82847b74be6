package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

const selectSubmitted = `
SELECT coalesce(i.cursor, 0) AS cursor, i.arrived_at, op.opened_at, n.id, n.number, n.reference, n.submitter, n.kind,
	n.capacity, n.priority, n.recipient, n.not_before, n.expires_at, n.hearing_at, n.on_behalf_of, n.corrects, n.created_at, n.documents,
	(SELECT k.notice FROM corrections k WHERE k.corrects = n.id) AS corrected_by,
	n.subject_ct, n.body_ct, c.id AS case_id, c.number_typed AS case_number, c.archive_number,
	c.subject_ct AS case_subject_ct, c.branch, b.name AS branch_name, c.restricted,
	EXISTS (SELECT FROM case_assignees ca WHERE ca.case_id = c.id AND ca.person = (SELECT hub_person())) AS assigned
FROM notices n
	JOIN cases c ON c.id = n.case_id
	JOIN organisations b ON b.id = c.branch
	LEFT JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id
	LEFT JOIN opens op ON op.notice = n.id
WHERE n.id = ANY ($1) AND n.submitter = ANY ((SELECT hub_organisations())::uuid[])
	AND (n.recipient IS DISTINCT FROM (SELECT hub_person()) OR op.notice IS NOT NULL)
ORDER BY n.id DESC`

// Submitted implements reading.NoticeView.
func (v view) Submitted(ctx context.Context, notices []hub.ID) ([]reading.Paper, error) {
	rows, _ := v.tx.Query(ctx, selectSubmitted, notices)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[paperRow])
	if err != nil {
		return nil, fmt.Errorf("submitted notices: %w", err)
	}
	papers, err := v.withDocuments(ctx, found)
	if err != nil {
		return nil, err
	}
	return papers, v.addDeliveries(ctx, papers)
}

const selectDeliveries = `
SELECT notice, id, channel, priority, status, attempts, last_reason, replays, updated_at
FROM deliveries WHERE notice = ANY ($1) ORDER BY id`

// deliveryRow is a delivery of a notice.
type deliveryRow struct {
	Notice     hub.ID
	ID         hub.ID
	Channel    hub.Channel
	Priority   hub.Priority
	Status     hub.DeliveryStatus
	Attempts   int
	LastReason hub.Reason `db:"last_reason"`
	Replays    hub.ID
	UpdatedAt  time.Time `db:"updated_at"`
}

// addDeliveries completes papers with their deliveries, oldest first, and with the facts that an inbox delivery tells
// when it ended without arriving. The newest inbox delivery counts: a replay takes the place of what it replays.
func (v view) addDeliveries(ctx context.Context, papers []reading.Paper) error {
	at, ids := map[hub.ID]int{}, make([]hub.ID, len(papers))
	for i, p := range papers {
		at[p.Notice.ID], ids[i] = i, p.Notice.ID
	}
	rows, _ := v.tx.Query(ctx, selectDeliveries, ids)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[deliveryRow])
	if err != nil {
		return fmt.Errorf("deliveries: %w", err)
	}
	for _, d := range list {
		p := &papers[at[d.Notice]]
		p.Notice.Deliveries = append(p.Notice.Deliveries, hub.Delivery{ID: d.ID, Channel: d.Channel, Priority: d.Priority,
			Status: d.Status, Attempts: d.Attempts, LastReason: d.LastReason, Replays: d.Replays, UpdatedAt: d.UpdatedAt})
		if d.Channel == hub.ChannelInbox {
			p.Facts.CancelledAt, p.Facts.ExpiredAt = endedAt(d.Status, d.UpdatedAt)
		}
	}
	return nil
}

// endedAt gives when an inbox delivery ended without arriving: withdrawn, or else.
func endedAt(status hub.DeliveryStatus, at time.Time) (cancelled, expired time.Time) {
	switch status {
	case hub.DeliveryCancelled:
		return at, time.Time{}
	case hub.DeliveryExpired, hub.DeliveryFailed:
		return time.Time{}, at
	}
	return time.Time{}, time.Time{}
}
