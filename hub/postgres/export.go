package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

const exportColumns = `id, asked_at, expires_at, taken_at, ended_at`

// The person's row is the lock between several who ask at once.
const countExports = `SELECT count(*), min(asked_at) + $2::interval - hub_now() FROM exports
	WHERE person = $1 AND asked_at > hub_now() - $2::interval`

const insertExport = `INSERT INTO exports (id, person, expires_at) VALUES ($1, $2, hub_now() + $3::interval) RETURNING ` + exportColumns

// AddExport implements enrol.ExportStore.
func (db *DB) AddExport(ctx context.Context, id, person hub.ID, life time.Duration, most int, within time.Duration) (x enrol.Export, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		var found, count int
		var room *time.Duration
		if err := tx.QueryRow(ctx, lockPerson, person).Scan(&found); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, countExports, person, within).Scan(&count, &room); err != nil {
			return fmt.Errorf("count exports: %w", err)
		}
		if count >= most {
			return &hub.Error{Code: hub.CodeRateLimited, Detail: "you asked for a copy several times today",
				After: max(*room, time.Second), Quota: enrol.ExportQuota().Name}
		}
		x, err = oneExport(tx.Query(ctx, insertExport, id, person, life))
		return err
	})
	return x, err
}

const selectExports = `SELECT ` + exportColumns + ` FROM exports WHERE person = $1 ORDER BY asked_at DESC, id DESC LIMIT $2`

// Exports implements enrol.ExportStore.
func (db *DB) Exports(ctx context.Context, p access.Principal, limit int) (list []enrol.Export, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectExports, p.PersonID(), limit)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[enrol.Export])
		return err
	})
	return list, err
}

const takeExport = `UPDATE exports SET taken_at = hub_now() WHERE id = $1 AND person = $2 AND taken_at IS NULL
	AND expires_at > hub_now() RETURNING ` + exportColumns

// TakeExport implements enrol.ExportStore.
func (db *DB) TakeExport(ctx context.Context, id, person hub.ID) (x enrol.Export, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		x, err = oneExport(tx.Query(ctx, takeExport, id, person))
		return err
	})
	return x, err
}

// EndExport implements enrol.ExportStore.
func (db *DB) EndExport(ctx context.Context, id hub.ID) error {
	_, err := db.worker.Exec(ctx, `UPDATE exports SET ended_at = hub_now() WHERE id = $1 AND ended_at IS NULL`, id)
	return translate(err)
}

func oneExport(rows pgx.Rows, err error) (enrol.Export, error) {
	if err != nil {
		return enrol.Export{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[enrol.Export])
}
