package postgres

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/trail"
)

// trailEntry is an entry as hub_trail reads it. What Postgres fills in is not here.
type trailEntry struct {
	ID           hub.ID        `json:"id"`
	Call         hub.ID        `json:"call"`
	Outcome      trail.Outcome `json:"outcome"`
	Status       int           `json:"status,omitempty"`
	Kind         access.Kind   `json:"kind"`
	Principal    *hub.ID       `json:"principal,omitempty"`
	For          *hub.ID       `json:"acting_for,omitempty"`
	Role         hub.Role      `json:"role,omitempty"`
	Organisation *hub.ID       `json:"organisation,omitempty"`
	Action       access.Action `json:"action,omitempty"`
	Route        string        `json:"route,omitempty"`
	Ground       string        `json:"ground,omitempty"`
	ObjectKind   string        `json:"object_kind,omitempty"`
	Object       *hub.ID       `json:"object,omitempty"`
	Objects      []hub.ID      `json:"objects,omitempty"`
	Persons      []hub.ID      `json:"persons,omitempty"` // nil: hub_trail finds out
	Count        int           `json:"count"`
	Place        trail.Place   `json:"place,omitempty"`
	Address      string        `json:"address,omitempty"`
	Device       string        `json:"device,omitempty"`
}

const insertTrail = `SELECT hub_trail($1)`

// AddTrail implements trail.Store.
func (db *DB) AddTrail(ctx context.Context, entries []trail.Entry) error {
	conn, err := acquire(ctx, db.worker)
	if err != nil {
		return err
	}
	defer conn.Release()
	return translate(addTrail(ctx, conn, entries))
}

// addTrail writes entries in the transaction of q, or in one of their own.
func addTrail(ctx context.Context, q querier, entries []trail.Entry) error {
	text, err := trailText(entries)
	if err != nil {
		return err
	}
	rows, err := q.Query(ctx, insertTrail, text)
	if err == nil {
		rows.Close()
		err = rows.Err()
	}
	if err != nil {
		return fmt.Errorf("write the trail: %w", err)
	}
	return nil
}

// trailText is what hub_trail takes.
func trailText(entries []trail.Entry) (string, error) {
	text, err := json.Marshal(column(entries, trailRow))
	if err != nil {
		return "", fmt.Errorf("entries of the trail: %w", err)
	}
	return string(text), nil
}

func trailRow(e trail.Entry) trailEntry {
	row := trailEntry{ID: e.ID, Call: e.Call, Outcome: e.Outcome, Status: e.Status, Kind: e.Kind, Principal: pointer(e.Principal),
		For: pointer(e.For), Role: e.Role, Organisation: pointer(e.Organisation), Action: e.Action, Route: e.Route,
		Ground: e.Ground, ObjectKind: e.Object.Kind, Object: pointer(e.Object.ID), Objects: e.Objects, Persons: e.Persons, Count: e.Count,
		Place: e.From.Place, Device: e.From.Device}
	if e.From.Address != ([16]byte{}) {
		row.Address = hex.EncodeToString(e.From.Address[:])
	}
	return row
}

// NoteUnended notes changes that were begun longer ago than patience and whose end nobody recorded, and says how many. It
// looks at most beginnings, each once, whoever calls.
func (db *DB) NoteUnended(ctx context.Context, patience time.Duration, most int) (noted int, err error) {
	err = db.worker.QueryRow(ctx, `SELECT hub_note_unended($1, $2)`, patience, most).Scan(&noted)
	return noted, translate(err)
}

// pointer is nil for no id.
func pointer(id hub.ID) *hub.ID {
	if id.IsZero() {
		return nil
	}
	return &id
}

// noteLook records a look: the call that it belongs to writes it before it is answered. Without a call, or while its
// answer leaves, it is written in the transaction that reads. What cannot be recorded is not shown.
func noteLook(ctx context.Context, tx pgx.Tx, l access.Look) error {
	call := trail.Of(ctx)
	if call.Note(l) {
		return nil
	}
	return addTrail(ctx, tx, []trail.Entry{call.Late(l)})
}

// rider is what a transaction takes along into the trail, and who is told once it has committed.
type rider struct {
	entries func() []trail.Entry
	rode    func()
}

// riderOf is what the call of a context leaves in the trail.
func riderOf(ctx context.Context) rider {
	call := trail.Of(ctx)
	return rider{call.Rider, call.Rode}
}

// take runs at the end of a transaction.
func (r rider) take(ctx context.Context, tx pgx.Tx) (taken bool, err error) {
	entries := r.entries()
	if len(entries) == 0 {
		return false, nil
	}
	return true, addTrail(ctx, tx, entries)
}
