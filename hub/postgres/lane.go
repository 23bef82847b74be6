package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// Each lane is looked at through the partial index of its deliveries, up to $3 of them, so that a long queue costs no
// more than a short one. Those with a provider share one index over all lanes, walked oldest first. What is due and
// covered by a hold counts as held; no provider ($4) is about to begin.
const selectLanes = `
WITH clock AS MATERIALIZED (SELECT hub_now() AS now), lanes AS (
	SELECT channel, priority FROM unnest($1::text[], $2::text[]) AS lane (channel, priority)
), waiting AS (
	SELECT l.channel, l.priority, d.status, d.due_at FROM lanes l CROSS JOIN LATERAL (
		SELECT CASE WHEN d.due_at <= (SELECT now FROM clock)
				AND CASE d.channel WHEN 'inbox' THEN ` + arrivalHeld + ` ELSE ` + textHeld + ` END THEN 'held' ELSE d.status END AS status,
			d.due_at
		FROM deliveries d
		WHERE d.channel = l.channel AND d.priority = l.priority AND d.status IN ('pending', 'queued') LIMIT $3) d
), tried AS (
	SELECT d.channel, d.priority, d.status, d.due_at FROM deliveries d
	WHERE d.status IN ('sending', 'sent', 'unknown') ORDER BY d.due_at LIMIT $3
)
SELECT s.channel, s.priority, s.status, count(*) AS count,
	coalesce(extract(epoch FROM max(c.now - s.due_at) FILTER (WHERE s.due_at <= c.now)), 0)::float8 AS waited,
	(SELECT count(*) FROM tried) = $3 AS capped
FROM (SELECT * FROM waiting UNION ALL SELECT * FROM tried) s CROSS JOIN clock c
GROUP BY s.channel, s.priority, s.status`

type laneRow struct {
	Channel  hub.Channel
	Priority hub.Priority
	Status   hub.DeliveryStatus
	Count    int
	Waited   float64 // seconds since the oldest became due
	Capped   bool    // deliveries with a provider were counted up to the limit only
}

// Lanes implements reading.EvidenceView.
func (v view) Lanes(ctx context.Context, limit int) ([]reading.LaneState, error) {
	return lanes(ctx, v.tx, limit)
}

// queryer is a transaction or a pool.
type queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func lanes(ctx context.Context, db queryer, limit int) ([]reading.LaneState, error) {
	channels, priorities := make([]string, len(hub.Lanes)), make([]string, len(hub.Lanes))
	for i, lane := range hub.Lanes {
		channels[i], priorities[i] = string(lane.Channel), string(lane.Priority)
	}
	rows, _ := db.Query(ctx, selectLanes, channels, priorities, limit, "")
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[laneRow])
	if err != nil {
		return nil, fmt.Errorf("lanes: %w", err)
	}
	states := make([]reading.LaneState, len(hub.Lanes))
	for i, lane := range hub.Lanes {
		states[i] = laneState(lane, found, limit)
	}
	return states, nil
}

func laneState(lane hub.Lane, found []laneRow, limit int) reading.LaneState {
	s := reading.LaneState{Lane: lane, Counts: map[hub.DeliveryStatus]int{}}
	for _, r := range found {
		s.Capped = s.Capped || r.Capped && lane.Channel == hub.ChannelSMS
		if r.Channel != lane.Channel || r.Priority != lane.Priority {
			continue
		}
		s.Counts[r.Status] = r.Count
		s.OldestDue = max(s.OldestDue, time.Duration(r.Waited*float64(time.Second)))
	}
	waiting := s.Counts[hub.DeliveryPending] + s.Counts[hub.DeliveryQueued] + s.Counts[hub.DeliveryHeld]
	s.Capped = s.Capped || waiting >= limit
	return s
}
