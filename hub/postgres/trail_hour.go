package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/trail"
)

const (
	// One process at a time; the others come again.
	lockHours = `SELECT pg_try_advisory_xact_lock(hub_trail_lock())`

	// Hours are closed one after the other, also those in which nothing happened: so nothing can be added to one later.
	selectNextHour = `SELECT coalesce((SELECT max(hour) + interval '1 hour' FROM trail_hours), (SELECT min(hour) FROM trail)) AS hour,
		hub_now() AS now`

	// Everybody who may still write into the hour holds the same lock, shared.
	holdHour = `SELECT pg_advisory_xact_lock(hub_trail_lock(), (extract(epoch FROM $1::timestamptz) / 3600)::integer)`

	trailColumns = `id, hour, at, call, outcome, status, kind, principal, acting_for, role, organisation, action, route, ground,
	object_kind, object, objects, persons, count, place, address, device, form`

	selectHour = `SELECT ` + trailColumns + ` FROM trail WHERE hour = $1 AND id > $2 ORDER BY id LIMIT $3`

	insertMarks = `INSERT INTO trail_parts (hour, part, marks) VALUES ($1, $2, $3)`

	insertHour = `INSERT INTO trail_hours (hour, entries, digest, receipt) VALUES ($1, $2, $3, $4)`

	insertHourReceipt = `INSERT INTO receipts (id, event, at, actor_kind, details) VALUES ($1, $2, hub_now(), $3, $4)`
)

// trailRecord is a row of the trail.
type trailRecord struct {
	ID           hub.ID
	Hour         time.Time
	At           time.Time
	Call         hub.ID
	Outcome      trail.Outcome
	Status       int
	Kind         access.Kind
	Principal    hub.ID
	ActingFor    hub.ID `db:"acting_for"`
	Role         hub.Role
	Organisation hub.ID
	Action       access.Action
	Route        string
	Ground       string
	ObjectKind   string `db:"object_kind"`
	Object       hub.ID
	Objects      []hub.ID
	Persons      []hub.ID
	Count        int
	Place        trail.Place
	Address      []byte
	Device       string
	Form         int
}

func (r trailRecord) entry() trail.Entry {
	e := trail.Entry{ID: r.ID, Hour: r.Hour.UTC(), At: r.At.UTC(), Call: r.Call, Outcome: r.Outcome, Status: r.Status, Kind: r.Kind,
		Principal: r.Principal, For: r.ActingFor, Role: r.Role, Organisation: r.Organisation, Action: r.Action, Route: r.Route,
		Ground: r.Ground, Object: trail.Object{Kind: r.ObjectKind, ID: r.Object}, Objects: r.Objects, Persons: r.Persons,
		Count: r.Count, From: trail.From{Place: r.Place, Device: r.Device}, Form: r.Form}
	copy(e.From.Address[:], r.Address)
	return e
}

// CloseHour implements trail.Hours.
func (db *DB) CloseHour(ctx context.Context, grace time.Duration) (closed trail.Closed, more bool, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		closed, more = trail.Closed{}, false
		var mine bool
		if err := tx.QueryRow(ctx, lockHours).Scan(&mine); err != nil || !mine {
			return err
		}
		var hour *time.Time
		var now time.Time
		if err := tx.QueryRow(ctx, selectNextHour).Scan(&hour, &now); err != nil {
			return fmt.Errorf("the next hour: %w", err)
		}
		if hour == nil || now.Before(hour.Add(time.Hour+grace)) {
			return nil
		}
		more = true
		closed, err = closeHour(ctx, tx, hour.UTC(), hub.NewID(now))
		return err
	})
	return closed, more && err == nil, err
}

func closeHour(ctx context.Context, tx pgx.Tx, hour time.Time, receipt hub.ID) (trail.Closed, error) {
	closed := trail.Closed{Hour: hour}
	if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '10s'`); err != nil {
		return closed, err
	}
	if _, err := tx.Exec(ctx, holdHour, hour); err != nil {
		return closed, fmt.Errorf("hold the hour: %w", err)
	}
	digest, part := trail.NewDigest(hour), 0
	keep := func(marks []byte) error {
		if len(marks) == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, insertMarks, hour, part, marks)
		part++
		return err
	}
	err := eachEntry(ctx, tx, hour, func(e trail.Entry) error { return keep(digest.Add(e)) })
	if err == nil {
		err = keep(digest.Left())
	}
	if err != nil {
		return closed, fmt.Errorf("entries of the hour: %w", err)
	}
	closed.Entries, closed.Digest = digest.Sum()
	if _, err := tx.Exec(ctx, insertHour, hour, closed.Entries, closed.Digest[:], receipt); err != nil {
		return closed, fmt.Errorf("close the hour: %w", err)
	}
	_, err = tx.Exec(ctx, insertHourReceipt, receipt, hub.EventTrailDigest, hub.ActorSystem, closed.Details())
	return closed, err
}

// eachEntry goes through an hour in the order of the ids, holding a part of it at a time.
func eachEntry(ctx context.Context, q querier, hour time.Time, fn func(trail.Entry) error) error {
	for after := (hub.ID{}); ; {
		rows, _ := q.Query(ctx, selectHour, hour, key(after), trail.PartMarks)
		list, err := pgx.CollectRows(rows, pgx.RowToStructByName[trailRecord])
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := fn(r.entry()); err != nil {
				return err
			}
			after = r.ID
		}
		if len(list) < trail.PartMarks {
			return nil
		}
	}
}

// DetachTrail implements trail.Hours. A month is taken out at once or not at all; who waits too long for the others
// comes again.
func (db *DB) DetachTrail(ctx context.Context, keep time.Duration) ([]string, error) {
	var names []string
	for {
		var name *string
		err := db.write(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '2s'`); err != nil {
				return err
			}
			var now time.Time
			if err := tx.QueryRow(ctx, `SELECT hub_now()`).Scan(&now); err != nil {
				return err
			}
			return tx.QueryRow(ctx, `SELECT hub_detach_trail($1, $2)`, now.Add(-keep), hub.NewID(now)).Scan(&name)
		})
		if err != nil {
			return names, fmt.Errorf("detach a month of the trail: %w", err)
		}
		if name == nil {
			return names, nil
		}
		names = append(names, *name)
	}
}

var (
	_ trail.Store = (*DB)(nil)
	_ trail.Hours = (*DB)(nil)
)
