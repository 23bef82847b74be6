package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// Rows that somebody else holds are waited for, in the order of ids: whoever claims at the same moment holds for an
// instant what was claimed before them, and to leave that out would keep a paper waiting for the end of its lease.
const lockArriving = `SELECT d.id, d.notice, d.recipient, d.submitter, d.priority FROM deliveries d
	WHERE d.id = ANY ($1::uuid[]) AND d.id BETWEEN $2 AND $3 AND d.channel <> 'sms' AND ` + mayStart + ` AND NOT ` + arrivalHeld + `
		AND (d.expires_at IS NULL OR d.expires_at > (SELECT hub_now()))
	ORDER BY d.id FOR UPDATE`

const selectArriving = `SELECT id, number, case_id, capacity, parts, greatest(created_at, not_before),
	'live' = ANY (channels), 'sms' = ANY (channels), kind, channels, corrects FROM notices
	WHERE id = ANY ($1::uuid[]) AND id BETWEEN $2 AND $3`

const (
	// The key inbox_once holds a notice to one arrival, whatever happens.
	insertArrivals = `INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at)
		SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::timestamptz[]) AS u`

	// D.1, EN 319 522-1.
	insertConsignments = `INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind,
			channel, details, salt)
		SELECT id, 'ContentConsignment', at, notice, submitter, case_id, recipient, capacity, 'system', 'inbox',
			jsonb_build_object('parts', parts::jsonb), salt
		FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::bytea[])
			AS u (id, at, notice, submitter, case_id, recipient, capacity, parts, salt)`

	endArrivals = `UPDATE deliveries SET status = 'delivered', due_at = NULL, updated_at = hub_now()
		WHERE id = ANY ($1::uuid[]) AND id BETWEEN $2 AND $3`

	// From its first paper on, the case is the addressee's too. Whoever takes heads as well takes them before this: who holds
	// an addressee's head is then alone with their rows.
	insertParties = `INSERT INTO parties (party, case_id)
		SELECT DISTINCT party, case_id FROM unnest($1::uuid[], $2::uuid[]) AS u (party, case_id) ORDER BY party, case_id
		ON CONFLICT DO NOTHING`

	insertPartiesOf = `INSERT INTO parties (party, case_id)
		SELECT DISTINCT recipient, case_id FROM notices WHERE id = ANY ($1::uuid[]) AND id BETWEEN $2 AND $3
		ORDER BY recipient, case_id ON CONFLICT DO NOTHING`

	// What waits for the arrival has no time yet: now it may go.
	releaseTexts = `UPDATE deliveries SET due_at = hub_now(), updated_at = hub_now()
		WHERE notice = ANY ($1::uuid[]) AND NOT isfinite(due_at)`
)

// arriving is one notice on its way into an inbox.
type arriving struct {
	delivery, receipt, submitter, caseID hub.ID
	number, capacity, parts              string
	kind                                 hub.Kind
	channels                             []hub.Channel
	corrects                             hub.ID
	taken                                time.Time // when its place was, by the clock
	row                                  *row      // of the acceptance that it arrives with; nil: it was accepted before
	dispatch.Arrived
}

// Arrive implements dispatch.Arrivals: one transaction of a few statements, each over arrays and none a join, so that
// they cost the same whatever the planner believes of the tables.
func (db *DB) Arrive(ctx context.Context, in dispatch.Arriving) ([]dispatch.Arrived, error) {
	var out []dispatch.Arrived
	err := db.write(ctx, func(tx pgx.Tx) (err error) {
		out, err = arrive(ctx, tx, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func arrive(ctx context.Context, tx pgx.Tx, in dispatch.Arriving) ([]dispatch.Arrived, error) {
	all, err := lockInbox(ctx, tx, in)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if err := placeArrivals(ctx, tx, all); err != nil {
		return nil, err
	}
	if err := writeArrivals(ctx, tx, all, in); err != nil {
		return nil, err
	}
	if err := stopCorrected(ctx, tx, all, in.NewID); err != nil {
		return nil, err
	}
	return column(all, func(a *arriving) dispatch.Arrived { return a.Arrived }), nil
}

func lockInbox(ctx context.Context, tx pgx.Tx, in dispatch.Arriving) ([]*arriving, error) {
	first, last := span(in.Deliveries)
	rows, err := tx.Query(ctx, lockArriving, in.Deliveries, first, last)
	if err != nil {
		return nil, fmt.Errorf("lock arriving: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*arriving, error) {
		a := &arriving{receipt: in.NewID()}
		return a, row.Scan(&a.delivery, &a.Notice, &a.Recipient, &a.submitter, &a.Priority)
	})
}

// placeArrivals reads the notices, takes the heads and gives each arrival its cursor.
func placeArrivals(ctx context.Context, tx pgx.Tx, all []*arriving) error {
	byNotice := make(map[hub.ID]*arriving, len(all))
	for _, a := range all {
		byNotice[a.Notice] = a
	}
	notices := column(all, func(a *arriving) hub.ID { return a.Notice })
	first, last := span(notices)
	b := &pgx.Batch{}
	b.Queue(selectArriving, notices, first, last).Query(func(rows pgx.Rows) error {
		var id hub.ID
		var n arriving
		fields := []any{&id, &n.number, &n.caseID, &n.capacity, &n.parts, &n.Due, &n.Live, &n.Texts,
			&n.kind, &n.channels, &n.corrects}
		_, err := pgx.ForEachRow(rows, fields, func() error {
			a := byNotice[id]
			a.number, a.caseID, a.capacity, a.parts = n.number, n.caseID, n.capacity, n.parts
			a.Due, a.Live, a.Texts = n.Due, n.Live, n.Texts
			a.kind, a.channels, a.corrects = n.kind, n.channels, n.corrects
			n.channels = nil
			return nil
		})
		return err
	})
	heads := queueHeads(b, column(all, func(a *arriving) hub.ID { return a.Recipient }))
	b.Queue(insertPartiesOf, notices, first, last)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("take heads: %w", err)
	}
	place(all, heads)
	return nil
}

// withTexts are the notices that a text waits for.
func withTexts(all []*arriving) (notices []hub.ID) {
	for _, a := range all {
		if a.Texts {
			notices = append(notices, a.Notice)
		}
	}
	return notices
}

// writeArrivals writes all that an arrival is: the inbox row, D.1, the delivery's end, the text that may go now, and the
// timer of the rung that comes next.
func writeArrivals(ctx context.Context, tx pgx.Tx, all []*arriving, in dispatch.Arriving) error {
	notices := column(all, func(a *arriving) hub.ID { return a.Notice })
	recipients := column(all, func(a *arriving) hub.ID { return a.Recipient })
	submitters := column(all, func(a *arriving) hub.ID { return a.submitter })
	times := column(all, func(a *arriving) time.Time { return a.At })
	b := &pgx.Batch{}
	b.Queue(insertArrivals, recipients, column(all, func(a *arriving) int64 { return a.Cursor }), notices, submitters, times)
	cases := column(all, func(a *arriving) hub.ID { return a.caseID })
	b.Queue(insertConsignments, column(all, func(a *arriving) hub.ID { return a.receipt }), times, notices, submitters,
		cases, recipients,
		column(all, func(a *arriving) string { return a.capacity }),
		column(all, func(a *arriving) string { return a.parts }), salts(len(all)))
	deliveries := column(all, func(a *arriving) hub.ID { return a.delivery })
	first, last := span(deliveries)
	b.Queue(endArrivals, deliveries, first, last)
	if texts := withTexts(all); len(texts) > 0 {
		b.Queue(releaseTexts, texts)
	}
	queueTimers(b, firstRungs(all, in))
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("write arrivals: %w", err)
	}
	return nil
}
