package postgres

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

// How long a call may hold its key, and how long an answer is kept.
const (
	idempotencyLock = `interval '10 seconds'` // renewed while the call runs
	idempotencyKept = `interval '24 hours'`
)

// Takes the keys that are free, or too old to count, or held by the same request of a process that died. In the order of
// the keys, so that two runs wait for each other in one direction.
const takeKeys = `INSERT INTO idempotency_keys AS k (owner, key, request_hash, locked_until)
	SELECT owner, key, request, hub_now() + ` + idempotencyLock + `
	FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS u (owner, key, request) ORDER BY owner, key
	ON CONFLICT (owner, key) DO UPDATE SET request_hash = excluded.request_hash, locked_until = excluded.locked_until,
		status = NULL, answer_ct = NULL, created_at = hub_now()
	WHERE k.created_at <= hub_now() - ` + idempotencyKept + `
		OR k.status IS NULL AND k.locked_until <= hub_now() AND k.request_hash = excluded.request_hash
	RETURNING owner, key`

const selectKeyStates = `SELECT k.owner, k.key, request_hash, coalesce(status, 0), answer_ct
	FROM unnest($1::uuid[], $2::text[]) AS u (owner, key) JOIN idempotency_keys k USING (owner, key)`

// idempotentCall asks to do a call under a key.
type idempotentCall struct {
	idempotencyKey
	request []byte
}

type idempotencyKey struct {
	owner hub.ID
	key   string
}

// idempotentAnswer is what a call under a key finds. No state: the key was given up at that moment.
type idempotentAnswer struct {
	state  hub.IdempotencyState
	status int
	answer []byte
}

// BeginIdempotent asks to do a call under its key. Of all who ask at once, exactly one is told fresh; the key is then
// theirs until the lock runs out. status and answer (ciphertext) come with replay only.
func (db *DB) BeginIdempotent(ctx context.Context, owner hub.ID, key string, requestHash []byte) (state hub.IdempotencyState, status int, answer []byte, err error) {
	for range 3 { // a key may be given up between the two statements
		a, err := db.begins.do(ctx, idempotentCall{idempotencyKey{owner, key}, requestHash})
		if a.state != "" || err != nil {
			return a.state, a.status, a.answer, translate(err)
		}
	}
	return hub.IdempotencyInFlight, 0, nil, nil
}

// beginAll takes keys for calls that came at once. Of two with one key the first has it, if it is free.
func (db *DB) beginAll(ctx context.Context, calls []idempotentCall) ([]idempotentAnswer, error) {
	first := map[idempotencyKey]int{}
	var owners []hub.ID
	var keys []string
	var requests [][]byte
	for i, c := range calls {
		if _, again := first[c.idempotencyKey]; again {
			continue
		}
		first[c.idempotencyKey] = i
		owners, keys, requests = append(owners, c.owner), append(keys, c.key), append(requests, c.request)
	}
	answers, taken := make([]idempotentAnswer, len(calls)), map[idempotencyKey]bool{}
	b := &pgx.Batch{}
	b.Queue(takeKeys, owners, keys, requests).Query(func(rows pgx.Rows) error {
		var k idempotencyKey
		_, err := pgx.ForEachRow(rows, []any{&k.owner, &k.key}, func() error {
			taken[k], answers[first[k]].state = true, hub.IdempotencyFresh
			return nil
		})
		return err
	})
	b.Queue(selectKeyStates, owners, keys).Query(func(rows pgx.Rows) error {
		var k idempotencyKey
		var hash []byte
		var status int
		var answer []byte
		_, err := pgx.ForEachRow(rows, []any{&k.owner, &k.key, &hash, &status, &answer}, func() error {
			for i, c := range calls {
				if c.idempotencyKey == k && answers[i].state == "" {
					answers[i] = idempotentAnswer{keyState(hash, c.request, status), status, answer}
				}
			}
			return nil
		})
		return err
	})
	err := db.worker.SendBatch(ctx, b).Close()
	return answers, err
}

func keyState(held, asked []byte, status int) hub.IdempotencyState {
	switch {
	case !bytes.Equal(held, asked):
		return hub.IdempotencyMismatch
	case status == 0:
		return hub.IdempotencyInFlight
	}
	return hub.IdempotencyReplay
}

const finishKeys = `UPDATE idempotency_keys k SET status = u.status, answer_ct = u.answer, locked_until = NULL
	FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::bytea[]) AS u (owner, key, status, answer)
	WHERE k.owner = u.owner AND k.key = u.key AND k.status IS NULL`

// idempotentEnd is a call under a key that has been answered.
type idempotentEnd struct {
	idempotencyKey
	status int
	answer []byte
}

// FinishIdempotent keeps the answer of the call that holds the key. An answer that is kept already stays.
func (db *DB) FinishIdempotent(ctx context.Context, owner hub.ID, key string, status int, answer []byte) error {
	_, err := db.ends.do(ctx, idempotentEnd{idempotencyKey{owner, key}, status, answer})
	return translate(err)
}

func (db *DB) endAll(ctx context.Context, ends []idempotentEnd) ([]struct{}, error) {
	_, err := db.worker.Exec(ctx, finishKeys, column(ends, func(e idempotentEnd) hub.ID { return e.owner }),
		column(ends, func(e idempotentEnd) string { return e.key }), column(ends, func(e idempotentEnd) int { return e.status }),
		column(ends, func(e idempotentEnd) []byte { return e.answer }))
	if err != nil {
		return nil, fmt.Errorf("keep answers: %w", err)
	}
	return make([]struct{}, len(ends)), nil
}

const renewKey = `UPDATE idempotency_keys SET locked_until = hub_now() + ` + idempotencyLock + `
	WHERE owner = $1 AND key = $2 AND status IS NULL`

// RenewIdempotent makes the lock of a running call last longer.
func (db *DB) RenewIdempotent(ctx context.Context, owner hub.ID, key string) error {
	_, err := db.worker.Exec(ctx, renewKey, owner, key)
	return translate(err)
}

const abandonKey = `DELETE FROM idempotency_keys WHERE owner = $1 AND key = $2 AND status IS NULL`

// AbandonIdempotent gives the key back after a call that did nothing, so that it can be tried again.
func (db *DB) AbandonIdempotent(ctx context.Context, owner hub.ID, key string) error {
	_, err := db.worker.Exec(ctx, abandonKey, owner, key)
	return translate(err)
}
