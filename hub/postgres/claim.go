package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"eblagh/hub"

	"github.com/jackc/pgx/v5"
)

// claimDue steps from submitter to submitter through the claim index, to the row of each that is due first (a loose index
// scan), and takes an equal part of the limit from each that has something due and is not held; the next claim gives the
// rest to whoever still has some. The bounds around the update spare it the partitions of other months. The ids come in
// tasks of $5, each with an equal part of every submitter, so that none waits behind another's; and within a task by
// recipient, so that one inbox is locked by few tasks.
const claimDue = `
WITH RECURSIVE now AS MATERIALIZED (SELECT hub_now() AS now), submitters AS (
	(SELECT submitter, due_at FROM deliveries
	 WHERE channel = $1 AND priority = $2 AND status IN ('pending', 'queued') ORDER BY submitter, due_at LIMIT 1)
	UNION ALL
	SELECT n.submitter, n.due_at FROM submitters s CROSS JOIN LATERAL (
		SELECT submitter, due_at FROM deliveries
		WHERE channel = $1 AND priority = $2 AND status IN ('pending', 'queued') AND submitter > s.submitter
		ORDER BY submitter, due_at LIMIT 1) n
), active AS MATERIALIZED (
	SELECT submitter FROM submitters WHERE due_at <= (SELECT now FROM now) AND ($2 = 'code' OR NOT EXISTS (
		SELECT FROM holds h WHERE h.released_at IS NULL AND h.provider IS NULL AND (h.channel = $1 OR h.channel IS NULL AND $1 = 'sms')
			AND (h.submitter IS NULL OR h.submitter = submitters.submitter)))
), picked AS MATERIALIZED (
	SELECT d.id, d.recipient, active.submitter FROM active CROSS JOIN LATERAL (
		SELECT d.id, d.recipient FROM deliveries d
		WHERE d.channel = $1 AND d.priority = $2 AND d.status IN ('pending', 'queued')
			AND d.submitter = active.submitter AND d.due_at <= (SELECT now FROM now)
		ORDER BY d.due_at LIMIT ceil($3::float8 / (SELECT count(*) FROM active))::bigint
		FOR UPDATE SKIP LOCKED) d
	LIMIT $3
), moved AS (
	UPDATE deliveries SET status = 'queued', due_at = hub_now() + $4::interval, updated_at = hub_now()
	WHERE id = ANY (ARRAY(SELECT id FROM picked))
		AND id BETWEEN (SELECT id FROM picked ORDER BY id LIMIT 1) AND (SELECT id FROM picked ORDER BY id DESC LIMIT 1)
	RETURNING id
)
SELECT id FROM (
	SELECT p.id, p.recipient, (row_number() OVER (PARTITION BY p.submitter ORDER BY p.recipient, p.id) - 1)
		/ greatest(1, $5::bigint / (SELECT count(*) FROM active)) AS task
	FROM picked p JOIN moved USING (id)) t ORDER BY task, recipient, id`

// dueLanes is the first step of claimDue for every lane at once: the row of each submitter that is due first. It takes no
// arguments, so that it is planned once: that costs thirty times as much as running it.
var dueLanes = `
WITH RECURSIVE heads AS (
	SELECT l.channel, l.priority, d.submitter, d.due_at FROM (VALUES ` + lanesInSQL() + `) AS l (channel, priority)
	CROSS JOIN LATERAL (
		SELECT submitter, due_at FROM deliveries WHERE channel = l.channel AND priority = l.priority AND status IN ('pending', 'queued')
		ORDER BY submitter, due_at LIMIT 1) d
	UNION ALL
	SELECT h.channel, h.priority, n.submitter, n.due_at FROM heads h CROSS JOIN LATERAL (
		SELECT submitter, due_at FROM deliveries
		WHERE channel = h.channel AND priority = h.priority AND status IN ('pending', 'queued') AND submitter > h.submitter
		ORDER BY submitter, due_at LIMIT 1) n
)
SELECT DISTINCT channel, priority FROM heads WHERE due_at <= (SELECT hub_now())`

func lanesInSQL() string {
	return strings.Join(column(hub.Lanes, func(l hub.Lane) string { return fmt.Sprintf("('%s', '%s')", l.Channel, l.Priority) }), ", ")
}

// Due implements dispatch.Claims.
func (db *DB) Due(ctx context.Context) ([]hub.Lane, error) {
	rows, _ := db.worker.Query(ctx, dueLanes)
	lanes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[hub.Lane])
	if err != nil {
		return nil, translate(fmt.Errorf("due lanes: %w", err))
	}
	return lanes, nil
}

// Claim implements dispatch.Claims.
func (db *DB) Claim(ctx context.Context, lane hub.Lane, limit, task int, lease time.Duration) ([]hub.ID, error) {
	ids, err := claim(ctx, db.worker, lane, limit, task, lease)
	return ids, translate(err)
}

func claim(ctx context.Context, q querier, lane hub.Lane, limit, task int, lease time.Duration) ([]hub.ID, error) {
	rows, err := q.Query(ctx, claimDue, lane.Channel, lane.Priority, limit, lease, task)
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	return ids, nil
}
