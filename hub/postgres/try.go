package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

// A bucket is full up to at. Rows are locked in one order, so that those who charge the same ones do not wait for each
// other in a circle; who waited sees what the other left.
const chargeTries = `INSERT INTO tries AS t (key, at, room)
	SELECT key, $4::timestamptz + step, room FROM unnest($1::bytea[], $2::interval[], $3::interval[]) AS u (key, step, room)
	ORDER BY key
	ON CONFLICT (key) DO UPDATE SET at = greatest(t.at, $4) + (excluded.at - $4), room = excluded.room
	WHERE greatest(t.at, $4) + (excluded.at - $4) <= $4 + excluded.room`

const tryWait = `SELECT coalesce(max(t.at + u.step - u.room - $4::timestamptz), '0') FROM tries t
	JOIN unnest($1::bytea[], $2::interval[], $3::interval[]) AS u (key, step, room) ON u.key = t.key`

var errNoRoom = errors.New("a bucket is full")

// CountTry implements enrol.TryStore. Sums come after the buckets of one address, and so are locked for the shortest time:
// everybody waits for them.
func (db *DB) CountTry(ctx context.Context, t enrol.Try) (wait time.Duration, narrow bool, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		wait, narrow = 0, false
		now, err := nowIn(ctx, tx)
		if err != nil {
			return err
		}
		counted := t.Each
		err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
			if err := fill(ctx, tx, t.Each, now); err != nil || len(t.Sums) == 0 {
				return err
			}
			switch err := fill(ctx, tx, t.Sums, now); {
			case err == nil:
				return nil
			case !errors.Is(err, errNoRoom):
				return err
			}
			narrow, counted = true, slices.Concat(t.Each, t.Narrow)
			return fill(ctx, tx, t.Narrow, now)
		})
		if !errors.Is(err, errNoRoom) {
			return err
		}
		err = tx.QueryRow(ctx, tryWait, keysOf(counted), stepsOf(counted), roomsOf(counted), now).Scan(&wait)
		wait = max(wait, time.Second) // it may have emptied this moment
		return err
	})
	return wait, narrow, err
}

// charge fills every bucket by one try, or none when one has no room.
func charge(ctx context.Context, tx pgx.Tx, charges []enrol.Charge) (room bool, err error) {
	now, err := nowIn(ctx, tx)
	if err != nil {
		return false, err
	}
	err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return fill(ctx, tx, charges, now) })
	if errors.Is(err, errNoRoom) {
		return false, nil
	}
	return err == nil, err
}

// fill counts one try into each bucket that has room. Errors: errNoRoom when one has none.
func fill(ctx context.Context, tx pgx.Tx, charges []enrol.Charge, now time.Time) error {
	done, err := tx.Exec(ctx, chargeTries, keysOf(charges), stepsOf(charges), roomsOf(charges), now)
	if err != nil {
		return fmt.Errorf("count a try: %w", err)
	}
	if int(done.RowsAffected()) < len(charges) {
		return errNoRoom
	}
	return nil
}

func nowIn(ctx context.Context, tx pgx.Tx) (now time.Time, err error) {
	err = tx.QueryRow(ctx, `SELECT hub_now()`).Scan(&now)
	return now, err
}

const refundTries = `UPDATE tries t SET at = t.at - u.step * $3
	FROM (SELECT key, step FROM unnest($1::bytea[], $2::interval[]) AS u (key, step)
	      JOIN tries USING (key) ORDER BY key FOR UPDATE OF tries) u WHERE t.key = u.key`

// Refund implements enrol.TryStore.
func (db *DB) Refund(ctx context.Context, charges []enrol.Charge, tries int) error {
	return undeadlocked(func() error {
		return db.write(ctx, func(tx pgx.Tx) error { return refund(ctx, tx, charges, tries) })
	})
}

// undeadlocked goes again where counting a try and taking tries back waited for each other: Postgres undid this whole.
func undeadlocked(write func() error) (err error) {
	for range 3 {
		var pg *pgconn.PgError
		if err = write(); !errors.As(err, &pg) || pg.Code != "40P01" {
			return err
		}
	}
	return err
}

func refund(ctx context.Context, tx pgx.Tx, charges []enrol.Charge, tries int) error {
	_, err := tx.Exec(ctx, refundTries, keysOf(charges), stepsOf(charges), float64(tries))
	if err != nil {
		return fmt.Errorf("take tries back: %w", err)
	}
	return nil
}

const rememberDevice = `INSERT INTO devices AS d (person, device, seen_at) VALUES ($1, $2, hub_now())
	ON CONFLICT (person, device) DO UPDATE SET seen_at = excluded.seen_at`

const forgetDevices = `DELETE FROM devices WHERE person = $1 AND device NOT IN (
	SELECT device FROM devices WHERE person = $1 ORDER BY seen_at DESC, device LIMIT 20)`

// SignedIn implements enrol.TryStore.
func (db *DB) SignedIn(ctx context.Context, person, device hub.ID, charges []enrol.Charge, tries int) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		if err := refund(ctx, tx, charges, tries); err != nil || device.IsZero() {
			return err
		}
		if _, err := tx.Exec(ctx, rememberDevice, person, device); err != nil {
			return fmt.Errorf("remember a device: %w", err)
		}
		_, err := tx.Exec(ctx, forgetDevices, person)
		return err
	})
}

func keysOf(c []enrol.Charge) [][]byte {
	return column(c, func(c enrol.Charge) []byte { return c.Key })
}

func stepsOf(c []enrol.Charge) []time.Duration {
	return column(c, func(c enrol.Charge) time.Duration { return c.Step })
}

func roomsOf(c []enrol.Charge) []time.Duration {
	return column(c, func(c enrol.Charge) time.Duration { return c.Room })
}
