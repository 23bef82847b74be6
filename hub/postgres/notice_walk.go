package postgres

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
	"eblagh/hub/rules"
)

// Where a walk can begin. Each gives ids of notices, newest first, out of an index; $1 are the submitters, $2 the
// bound, $3 how many, $4 the person to leave out, $5 case number, $6 reference, $7 status.
const (
	walkSubmitters = `
	SELECT w.id FROM unnest($1::uuid[]) AS own (submitter) CROSS JOIN LATERAL (
		SELECT n.id FROM notices n
		WHERE n.submitter = own.submitter AND n.id < $2 AND ` + walkable + ` ORDER BY n.id DESC LIMIT $3) w`
	walkCase = `
	SELECT n.id FROM notices n
	WHERE n.case_id = ANY (ARRAY(SELECT c.id FROM cases c WHERE c.number = $5)) AND n.submitter = ANY ($1) AND n.id < $2
		AND ` + walkable
	walkReference = `
	SELECT n.id FROM notice_refs r JOIN notices n ON n.id = r.notice
	WHERE r.submitter = ANY ($1) AND r.reference = $6 AND n.id < $2 AND ` + walkable
	walkAstray = `
	SELECT n.id FROM unnest($1::uuid[]) AS own (submitter) CROSS JOIN LATERAL (
		SELECT DISTINCT d.notice FROM deliveries d
		WHERE d.submitter = own.submitter AND d.status = $7 AND d.notice < $2
			AND d.status IN ('failed', 'expired', 'cancelled', 'unknown', 'held')
		ORDER BY d.notice DESC LIMIT $3) w JOIN notices n ON n.id = w.notice
	WHERE ` + walkable

	// walkable leaves out what the principal must open first, and what a second filter excludes.
	walkable = `(n.recipient IS DISTINCT FROM $4 OR EXISTS (SELECT FROM opens o WHERE o.notice = n.id))
		AND ($5 = '' OR n.case_id = ANY (ARRAY(SELECT c.id FROM cases c WHERE c.number = $5)))
		AND ($6 = '' OR n.reference = $6)`
)

// What the facts of each notice walked over are.
const (
	walkFacts = `
SELECT n.id, n.created_at, i.arrived_at, op.opened_at, coalesce(last.status, '') AS status, last.updated_at,
	$7 = '' OR EXISTS (SELECT FROM deliveries d WHERE d.notice = n.id AND d.status = $7) AS fits
FROM (SELECT id FROM (`
	walkFactsEnd = `) AS walked ORDER BY id DESC LIMIT $3) AS w
	JOIN notices n ON n.id = w.id
	LEFT JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id
	LEFT JOIN opens op ON op.notice = n.id
	LEFT JOIN LATERAL (SELECT d.status, d.updated_at FROM deliveries d WHERE d.notice = n.id AND d.channel = 'inbox'
		ORDER BY d.id DESC LIMIT 1) last ON i.notice IS NULL
ORDER BY n.id DESC`
)

type standingRow struct {
	ID        hub.ID
	CreatedAt time.Time          `db:"created_at"`
	ArrivedAt time.Time          `db:"arrived_at"`
	OpenedAt  time.Time          `db:"opened_at"`
	Status    hub.DeliveryStatus // of the newest inbox delivery, before arrival
	UpdatedAt time.Time          `db:"updated_at"`
	Fits      bool
}

// Walk implements reading.NoticeView.
func (v view) Walk(ctx context.Context, w reading.Walk) ([]reading.Standing, error) {
	before := w.Before
	if before.IsZero() {
		before = hub.ID(bytes.Repeat([]byte{0xff}, len(before)))
	}
	rows, _ := v.tx.Query(ctx, walkFacts+walkFrom(w)+walkFactsEnd, w.Submitters, before, w.Limit, w.NotFor, w.CaseNumber,
		w.Reference, w.Delivery)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[standingRow])
	if err != nil {
		return nil, fmt.Errorf("walk over notices: %w", err)
	}
	standings := make([]reading.Standing, len(list))
	for i, r := range list {
		f := rules.Facts{SubmittedAt: r.CreatedAt, ArrivedAt: r.ArrivedAt, OpenedAt: r.OpenedAt}
		f.CancelledAt, f.ExpiredAt = endedAt(r.Status, r.UpdatedAt)
		standings[i] = reading.Standing{Notice: r.ID, Fits: r.Fits, Facts: f}
	}
	return standings, nil
}

// walkFrom chooses where to begin: at what leaves least to walk over.
func walkFrom(w reading.Walk) string {
	switch {
	case w.Reference != "":
		return walkReference
	case w.CaseNumber != "":
		return walkCase
	}
	switch w.Delivery {
	case hub.DeliveryFailed, hub.DeliveryExpired, hub.DeliveryCancelled, hub.DeliveryUnknown, hub.DeliveryHeld:
		return walkAstray
	}
	return walkSubmitters
}
