package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
	"eblagh/hub/trail"
)

const selectLooks = `SELECT hour, id, at, kind, role, acting, organisation, action, notices FROM hub_looks($1, $2, $3, $4)`

type lookRow struct {
	Hour         time.Time
	ID           hub.ID
	At           time.Time
	Kind         access.Kind
	Role         hub.Role
	Acting       bool
	Organisation string
	Action       access.Action
	Notices      []hub.ID
}

func (r lookRow) look() reading.LookRow {
	return reading.LookRow{TrailMark: reading.TrailMark{Hour: r.Hour.UTC(), ID: r.ID}, At: r.At.UTC(), Kind: r.Kind, Role: r.Role,
		Acting: r.Acting, Organisation: r.Organisation, Action: r.Action, Notices: r.Notices}
}

// Looks implements reading.TrailView.
func (v view) Looks(ctx context.Context, notice hub.ID, before reading.TrailMark, limit int) ([]reading.LookRow, error) {
	rows, _ := v.tx.Query(ctx, selectLooks, notice, orNull(before.Hour), before.ID, limit)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[lookRow])
	if err != nil {
		return nil, fmt.Errorf("looks: %w", err)
	}
	return column(list, lookRow.look), nil
}

const searchTrail = `SELECT ` + trailColumns + ` FROM hub_trail_search($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// Trail implements reading.TrailView.
func (v view) Trail(ctx context.Context, q reading.TrailFilter) ([]trail.Entry, error) {
	rows, _ := v.tx.Query(ctx, searchTrail, q.Object, q.Principal, q.Call, q.Unended, orNull(q.Since), orNull(q.Until), orNull(q.Before.Hour),
		q.Before.ID, q.Limit)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[trailRecord])
	if err != nil {
		return nil, fmt.Errorf("trail: %w", err)
	}
	return column(list, trailRecord.entry), nil
}
