package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// keepKeys takes keys with the answers that are kept under them, and fails when one is not free: its row would lose its
// request. In the order of the keys, so that two runs wait for each other in one direction.
const keepKeys = `INSERT INTO idempotency_keys AS k (owner, key, request_hash, status, answer_ct)
	SELECT owner, key, request, status, answer FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::integer[], $5::bytea[])
		AS u (owner, key, request, status, answer) ORDER BY owner, key
	ON CONFLICT (owner, key) DO UPDATE SET status = excluded.status, answer_ct = excluded.answer_ct, locked_until = NULL,
		created_at = hub_now(), request_hash = CASE WHEN k.created_at <= hub_now() - ` + idempotencyKept + `
			OR k.status IS NULL AND k.locked_until <= hub_now() AND k.request_hash = excluded.request_hash THEN excluded.request_hash END`

// notFree reports whether keepKeys has failed because a key is another's.
func notFree(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23502" && pg.TableName == "idempotency_keys" && pg.ColumnName == "request_hash"
}

// keptAnswer is an answer under its key.
type keptAnswer struct {
	idempotencyKey
	request []byte
	status  int
	answer  []byte
}

func queueKept(b *pgx.Batch, all []keptAnswer) {
	b.Queue(keepKeys, column(all, func(k keptAnswer) hub.ID { return k.owner }), column(all, func(k keptAnswer) string { return k.key }),
		column(all, func(k keptAnswer) []byte { return k.request }), column(all, func(k keptAnswer) int { return k.status }),
		column(all, func(k keptAnswer) []byte { return k.answer }))
}

// queueAnswers adds the answers to a batch that are kept with the papers they speak of.
func (a *acceptance) queueAnswers(b *pgx.Batch) {
	var all []keptAnswer
	for _, in := range a.calls {
		if in.Key == nil {
			continue
		}
		if status, sealed := in.Key.Answer(in.out); sealed != nil {
			all = append(all, keptAnswer{idempotencyKey{in.Key.Owner, in.Key.Key}, in.Key.Request, status, sealed})
		}
	}
	if len(all) > 0 {
		queueKept(b, all)
	}
}

// keyTaken tells when a key was another's. Whose, each call finds out alone.
func (a *acceptance) keyTaken(err error) error {
	switch {
	case !notFree(err):
		return err
	case len(a.calls) > 1:
		return errApart
	}
	return dispatch.ErrKeyTaken
}

// sameKey reports whether two of the calls have one key: they do not go together.
func (a *acceptance) sameKey() bool {
	seen := map[idempotencyKey]bool{}
	for _, in := range a.calls {
		if in.Key == nil {
			continue
		}
		key := idempotencyKey{in.Key.Owner, in.Key.Key}
		if seen[key] {
			return true
		}
		seen[key] = true
	}
	return false
}

// KeepIdempotent keeps the answer of a call under a key that nobody has. kept: nobody had it.
func (db *DB) KeepIdempotent(ctx context.Context, owner hub.ID, key string, request []byte, status int, answer []byte) (kept bool, err error) {
	b := &pgx.Batch{}
	queueKept(b, []keptAnswer{{idempotencyKey{owner, key}, request, status, answer}})
	err = db.worker.SendBatch(ctx, b).Close()
	switch {
	case notFree(err):
		return false, nil
	case err != nil:
		return false, translate(fmt.Errorf("keep answer: %w", err))
	}
	return true, nil
}

// Keys that are free are too old to count, or of a process that died before it answered the same request.
const selectTakenKeys = `SELECT k.owner, k.key, request_hash, coalesce(status, 0), answer_ct
	FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS u (owner, key, request)
		CROSS JOIN LATERAL (SELECT * FROM idempotency_keys k WHERE k.owner = u.owner AND k.key = u.key OFFSET 0) k
	WHERE k.created_at > hub_now() - ` + idempotencyKept + `
		AND NOT coalesce(k.status IS NULL AND k.locked_until <= hub_now() AND k.request_hash = u.request, false)`

// FindIdempotent tells what is kept under a key: fresh when the key is free. status and answer (ciphertext) come with
// replay only.
func (db *DB) FindIdempotent(ctx context.Context, owner hub.ID, key string, request []byte) (state hub.IdempotencyState, status int, answer []byte, err error) {
	rows, _ := db.worker.Query(ctx, selectTakenKeys, []hub.ID{owner}, []string{key}, [][]byte{request})
	var k idempotencyKey
	var held []byte
	state = hub.IdempotencyFresh
	_, err = pgx.ForEachRow(rows, []any{&k.owner, &k.key, &held, &status, &answer}, func() error {
		state = keyState(held, request, status)
		return nil
	})
	if err != nil {
		return "", 0, nil, translate(fmt.Errorf("find answer: %w", err))
	}
	return state, status, answer, nil
}

// queueTakenKeys notes which of the lookups' keys are another's.
func queueTakenKeys(b *pgx.Batch, lookups []dispatch.Lookup, taken map[idempotencyKey]bool) {
	var owners []hub.ID
	var keys []string
	var requests [][]byte
	for _, l := range lookups {
		if l.Key != nil {
			owners, keys, requests = append(owners, l.Key.Owner), append(keys, l.Key.Key), append(requests, l.Key.Request)
		}
	}
	if len(keys) == 0 {
		return
	}
	b.Queue(selectTakenKeys, owners, keys, requests).Query(func(rows pgx.Rows) error {
		var k idempotencyKey
		var held, answer []byte
		var status int
		_, err := pgx.ForEachRow(rows, []any{&k.owner, &k.key, &held, &status, &answer}, func() error {
			taken[k] = true
			return nil
		})
		return err
	})
}
