package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

// Whoever changes buckets locks all of theirs first, in the order of their keys, so that nobody waits for another in a
// circle. A bucket that is not there is made, empty, so that there is something to lock.
const lockTries = `INSERT INTO tries AS t (key, at, room)
	SELECT key, hub_now(), room FROM unnest($1::bytea[], $2::interval[]) AS u (key, room) ORDER BY key
	ON CONFLICT (key) DO UPDATE SET room = excluded.room WHERE false`

// A bucket is full up to at. Each waits until it has room for one try more; not above zero: it has.
const tryWaits = `WITH now AS MATERIALIZED (SELECT hub_now() AS now)
	SELECT greatest(t.at, now) + u.step - u.room - now
	FROM now, unnest($1::bytea[], $2::interval[], $3::interval[]) WITH ORDINALITY AS u (key, step, room, place)
	JOIN tries t USING (key) ORDER BY u.place`

const chargeTries = `UPDATE tries t SET at = greatest(t.at, hub_now()) + u.step, room = u.room
	FROM unnest($1::bytea[], $2::interval[], $3::interval[]) AS u (key, step, room) WHERE t.key = u.key`

const refundTries = `UPDATE tries t SET at = t.at - u.step * $3
	FROM unnest($1::bytea[], $2::interval[]) AS u (key, step) WHERE t.key = u.key`

// CountTry implements enrol.TryStore.
func (db *DB) CountTry(ctx context.Context, t enrol.Try) (wait time.Duration, narrow bool, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		wait, narrow = 0, false
		all := slices.Concat(t.Each, t.Sums, t.Narrow)
		waits, err := waitsOf(ctx, tx, all)
		if err != nil {
			return err
		}
		each, sums, narrows := waits[:len(t.Each)], waits[len(t.Each):len(all)-len(t.Narrow)], waits[len(all)-len(t.Narrow):]
		wait = longest(each)
		counted := slices.Concat(t.Each, t.Sums)
		if wait == 0 && longest(sums) > 0 {
			narrow, wait = true, longest(narrows)
			counted = slices.Concat(t.Each, withRoom(t.Sums, sums), t.Narrow)
		}
		if wait > 0 {
			wait = max(wait, time.Second) // it may empty this moment
			return nil
		}
		return fill(ctx, tx, counted)
	})
	return wait, narrow, err
}

// charge fills every bucket by one try, or none when one has no room.
func charge(ctx context.Context, tx pgx.Tx, charges []enrol.Charge) (room bool, err error) {
	waits, err := waitsOf(ctx, tx, charges)
	if err != nil || longest(waits) > 0 {
		return false, err
	}
	return true, fill(ctx, tx, charges)
}

// waitsOf locks the buckets, and then says how long each has no room for one try more: the moment that it looks at is one
// after those before have gone.
func waitsOf(ctx context.Context, tx pgx.Tx, charges []enrol.Charge) ([]time.Duration, error) {
	if err := lockBuckets(ctx, tx, charges); err != nil {
		return nil, err
	}
	rows, _ := tx.Query(ctx, tryWaits, keysOf(charges), stepsOf(charges), roomsOf(charges))
	waits, err := pgx.CollectRows(rows, pgx.RowTo[time.Duration])
	if err == nil && len(waits) != len(charges) {
		err = fmt.Errorf("%d of %d buckets", len(waits), len(charges))
	}
	if err != nil {
		return nil, fmt.Errorf("look at tries: %w", err)
	}
	return waits, nil
}

func lockBuckets(ctx context.Context, tx pgx.Tx, charges []enrol.Charge) error {
	if _, err := tx.Exec(ctx, lockTries, keysOf(charges), roomsOf(charges)); err != nil {
		return fmt.Errorf("lock tries: %w", err)
	}
	return nil
}

// longest is 0 when nobody waits.
func longest(waits []time.Duration) (longest time.Duration) {
	for _, w := range waits {
		longest = max(longest, w)
	}
	return longest
}

func withRoom(charges []enrol.Charge, waits []time.Duration) (list []enrol.Charge) {
	for i, c := range charges {
		if waits[i] <= 0 {
			list = append(list, c)
		}
	}
	return list
}

// fill counts one try into buckets that are locked.
func fill(ctx context.Context, tx pgx.Tx, charges []enrol.Charge) error {
	if _, err := tx.Exec(ctx, chargeTries, keysOf(charges), stepsOf(charges), roomsOf(charges)); err != nil {
		return fmt.Errorf("count a try: %w", err)
	}
	return nil
}

// Refund implements enrol.TryStore.
func (db *DB) Refund(ctx context.Context, charges []enrol.Charge, tries int) error {
	return db.write(ctx, func(tx pgx.Tx) error { return refund(ctx, tx, charges, tries) })
}

func refund(ctx context.Context, tx pgx.Tx, charges []enrol.Charge, tries int) error {
	if err := lockBuckets(ctx, tx, charges); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, refundTries, keysOf(charges), stepsOf(charges), float64(tries)); err != nil {
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
