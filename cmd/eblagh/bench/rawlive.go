package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
)

// The two commits of a paper, with the rows that they come to, without anything of the hub around them.
const (
	rawAccept = `WITH n AS (INSERT INTO notices (id, number, reference, submitter, case_id, kind, capacity, recipient, subject_ct, body_ct,
			channels, priority, created_at) VALUES ($1, '1405' || $2, $2, $4, $4, 'hearing_notice', 'defendant', $3, $5, $5, '{inbox,live}', 'normal', hub_now())),
		f AS (INSERT INTO notice_refs (submitter, reference, notice, request) VALUES ($4, $2, $1, $6)),
		d AS (INSERT INTO deliveries (id, notice, recipient, submitter, channel, priority, due_at) VALUES ($1, $1, $3, $4, 'inbox', 'normal', hub_now()))
		INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind)
			VALUES (gen_random_uuid(), 'SubmissionAcceptance', hub_now(), $1, $4, $4, $3, 'defendant', 'key')`
	rawArrive = `WITH c AS (INSERT INTO inbox_cursors AS c (recipient, last, last_arrived_at) VALUES ($2, 1, hub_now())
			ON CONFLICT (recipient) DO UPDATE SET last = c.last + 1, last_arrived_at = greatest(c.last_arrived_at, hub_now()) RETURNING last),
		i AS (INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at) SELECT $2, last, $1, $3, hub_now() FROM c),
		d AS (UPDATE deliveries SET status = 'delivered', due_at = NULL, updated_at = hub_now() WHERE id = $1)
		INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, channel)
			VALUES (gen_random_uuid(), 'ContentConsignment', hub_now(), $1, $3, $3, $2, 'defendant', 'system', 'inbox')`
)

// rawNudges is nudges without the hub: at the same rate two transactions and a PUBLISH for each paper, which the peer
// puts on one of as many sockets.
func (r *rig) rawNudges(ctx context.Context, people []person, rate float64, papers int) (*latencies, error) {
	url, err := r.database(ctx, "bench_live")
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.New(ctx, url+" pool_max_conns=16")
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	publisher := redis.NewClient(&redis.Options{Addr: r.stack.Redis.Addr()})
	defer publisher.Close()
	p, err := startPeer(r.stack.Redis.Addr())
	if err != nil {
		return nil, err
	}
	defer p.stop()
	due, shown, mu, left, done := make([]time.Time, papers), make([]time.Time, papers), sync.Mutex{}, papers, make(chan struct{})
	a, err := connect(ctx, len(people), func(i int) (string, http.Header) { return fmt.Sprintf("ws://%s/%d", p.addr, i), nil },
		func(_ int, cursor int64, _ string, at time.Time) {
			mu.Lock()
			defer mu.Unlock()
			if shown[cursor] = at; left == 1 {
				close(done)
			}
			left--
		})
	if err != nil {
		return nil, err
	}
	err = pace(ctx, rate, papers, 256, func(i int, at time.Time) error {
		due[i] = at
		to := (i * 7919) % len(people)
		if err := rawPaper(ctx, pool, i, people[to]); err != nil {
			return err
		}
		return publisher.Publish(ctx, peerChannel, fmt.Sprintf(`%d {"type":"notice","cursor":%d}`, to, i)).Err()
	})
	select {
	case <-done:
	case <-ctx.Done():
	case <-time.After(10 * time.Second):
		err = errors.Join(err, errors.New("the peer did not show everything"))
	}
	if err := errors.Join(err, a.close(), ctx.Err()); err != nil {
		return nil, err
	}
	times := newLatencies()
	for i := warmUp(rate); i < papers; i++ {
		times.add(shown[i].Sub(due[i]))
	}
	return times, nil
}

func rawPaper(ctx context.Context, pool *pgxpool.Pool, i int, to person) error {
	id, submitter := fmt.Sprintf("01999999-0000-7000-8000-%012d", i), "01999999-0000-7000-8000-999999999999"
	sealed, request := make([]byte, 80), make([]byte, 32)
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, rawAccept, id, fmt.Sprintf("%014d", i), to.id.String(), submitter, sealed, request)
		return err
	})
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, rawArrive, id, to.id.String(), submitter)
		return err
	})
}
