package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// Figures are what those who run the hub watch. Each is counted up to a limit.
type Figures struct {
	Lanes  []reading.LaneState
	Parked int // reports that wait for the outcome of their attempt
	Dead   int // texts that failed or expired within a day and were not replayed
	Holds  int // in force
	Drafts []WaitingDrafts

	KeysEnding int // API keys in use that end within 30 days
	Unended    int // changes of the last day that were begun and whose end nobody recorded
}

// WaitingDrafts are the drafts of a priority that wait for a second pair of eyes.
type WaitingDrafts struct {
	Priority hub.Priority
	Count    int
	Oldest   time.Duration
}

const selectWaitingFigures = `SELECT p.priority, (SELECT count(*) FROM (SELECT FROM drafts WHERE state = 'waiting' AND rank = p.rank LIMIT $1) d),
		coalesce((SELECT greatest(hub_now() - created_at, interval '0') FROM drafts WHERE state = 'waiting' AND rank = p.rank ORDER BY id LIMIT 1), interval '0')
	FROM (VALUES ('urgent', 0), ('normal', 1), ('bulk', 2)) AS p (priority, rank)`

// Each part is walked through a partial index, up to $1 rows.
const selectFigures = `SELECT
	(SELECT count(*) FROM (SELECT FROM reports WHERE delivery IS NULL LIMIT $1) r),
	(SELECT count(*) FROM (SELECT FROM deliveries d WHERE status IN ('failed', 'expired') AND channel = 'sms'
		AND id >= hub_uuid_floor((SELECT hub_now()) - interval '1 day') AND ` + notReplayed + ` LIMIT $1) d),
	(SELECT count(*) FROM (SELECT FROM holds WHERE released_at IS NULL LIMIT $1) h),
	(SELECT count(*) FROM (SELECT FROM api_keys WHERE revoked_at IS NULL AND expires_at < (SELECT hub_now()) + interval '30 days'
		AND expires_at > (SELECT hub_now()) AND last_used_at > (SELECT hub_now()) - interval '30 days' LIMIT $1) k),
	(SELECT count(*) FROM (SELECT FROM trail_unended WHERE noted_at > (SELECT hub_now()) - interval '1 day' LIMIT $1) u)`

// Figures reads them, past row-level security, for nothing in them is of anybody.
func (db *DB) Figures(ctx context.Context, limit int) (f Figures, err error) {
	if f.Lanes, err = lanes(ctx, db.worker, limit); err != nil {
		return f, translate(err)
	}
	if err := db.worker.QueryRow(ctx, selectFigures, limit).Scan(&f.Parked, &f.Dead, &f.Holds, &f.KeysEnding, &f.Unended); err != nil {
		return f, translate(fmt.Errorf("figures: %w", err))
	}
	rows, _ := db.worker.Query(ctx, selectWaitingFigures, limit)
	if f.Drafts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[WaitingDrafts]); err != nil {
		return f, translate(fmt.Errorf("waiting drafts: %w", err))
	}
	return f, nil
}

// Every submitter's due rows of every lane are counted through the claim index, by the same steps as a claim, so that what is not due
// yet costs nothing. The lanes and the submitters together stop at $3 rows.
const countBacklog = `
WITH RECURSIVE clock AS MATERIALIZED (SELECT hub_now() AS now), lanes AS (
	SELECT channel, priority FROM unnest($1::text[], $2::text[]) AS lane (channel, priority)
), submitters AS (
	SELECT l.channel, l.priority, f.submitter FROM lanes l CROSS JOIN LATERAL (
		SELECT submitter FROM deliveries d WHERE d.channel = l.channel AND d.priority = l.priority
			AND d.status IN ('pending', 'queued') ORDER BY submitter, due_at LIMIT 1) f
	UNION ALL
	SELECT s.channel, s.priority, n.submitter FROM submitters s CROSS JOIN LATERAL (
		SELECT submitter FROM deliveries d WHERE d.channel = s.channel AND d.priority = s.priority
			AND d.status IN ('pending', 'queued') AND d.submitter > s.submitter ORDER BY submitter, due_at LIMIT 1) n
)
SELECT count(*) FROM (SELECT FROM submitters s CROSS JOIN LATERAL (
	SELECT FROM deliveries d WHERE d.channel = s.channel AND d.priority = s.priority AND d.submitter = s.submitter
		AND d.status IN ('pending', 'queued') AND d.due_at <= (SELECT now FROM clock)) d LIMIT $3) d`

// Backlog counts deliveries that are due and have not begun, up to limit.
func (db *DB) Backlog(ctx context.Context, limit int) (n int, err error) {
	channels, priorities := make([]string, len(hub.Lanes)), make([]string, len(hub.Lanes))
	for i, lane := range hub.Lanes {
		channels[i], priorities[i] = string(lane.Channel), string(lane.Priority)
	}
	err = db.worker.QueryRow(ctx, countBacklog, channels, priorities, limit).Scan(&n)
	return n, translate(err)
}
