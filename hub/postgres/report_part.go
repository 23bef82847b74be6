package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

// applyPartReports takes the best news of each part, as applyReports does of a text, and tells what that makes of the
// text, when it is news: rejected as soon as one part is, delivered with the last one. The deliveries are locked.
const applyPartReports = `
WITH u AS (
	SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::text[], $6::text[], $7::timestamptz[])
		AS u (report, delivery, n, part, outcome, reason, at)
), used AS (
	UPDATE reports r SET delivery = u.delivery, n = u.n FROM u WHERE r.id = u.report AND r.delivery IS NULL
	RETURNING r.id
), news AS MATERIALIZED (
	SELECT DISTINCT ON (u.delivery, u.n, u.part) u.*,
		CASE WHEN u.at BETWEEN t.started_at AND hub_now() THEN u.at ELSE hub_now() END AS happened
	FROM u JOIN attempts t ON t.delivery = u.delivery AND t.n = u.n
	WHERE u.outcome IN ('delivered', 'rejected') AND u.report IN (SELECT id FROM used)
	ORDER BY u.delivery, u.n, u.part, u.outcome = 'delivered' DESC, u.report
), kept AS (
	UPDATE attempt_parts p SET outcome = w.outcome, reason = w.reason, happened_at = w.happened
	FROM news w WHERE p.delivery = w.delivery AND p.n = w.n AND p.part = w.part AND p.outcome IS DISTINCT FROM 'delivered'
), parts AS (
	SELECT p.delivery, p.n, p.part, coalesce(w.outcome, p.outcome, '') AS outcome, coalesce(w.reason, p.reason) AS reason,
		coalesce(w.happened, p.happened_at) AS happened
	FROM (SELECT DISTINCT delivery, n FROM news) k JOIN attempt_parts p ON p.delivery = k.delivery AND p.n = k.n
	LEFT JOIN news w ON w.delivery = p.delivery AND w.n = p.n AND w.part = p.part AND p.outcome IS DISTINCT FROM 'delivered'
), whole AS (
	SELECT delivery, n, CASE WHEN bool_or(outcome = 'rejected') THEN 'rejected' ELSE 'delivered' END AS outcome,
		coalesce((array_agg(reason ORDER BY happened, part) FILTER (WHERE outcome = 'rejected'))[1], '') AS reason,
		coalesce(min(happened) FILTER (WHERE outcome = 'rejected'), max(happened)) AS happened
	FROM parts GROUP BY delivery, n HAVING bool_or(outcome = 'rejected') OR bool_and(outcome = 'delivered')
)
SELECT NULL::uuid, w.delivery, w.n, 0, w.outcome, w.reason, w.happened
FROM whole w JOIN attempts t ON t.delivery = w.delivery AND t.n = w.n
WHERE t.outcome IS DISTINCT FROM w.outcome`

// applyToParts takes the reports of parts out, and puts in what they come to for their texts.
func applyToParts(ctx context.Context, tx pgx.Tx, all []matched) ([]matched, error) {
	var parts []matched
	all = slices.DeleteFunc(all, func(m matched) bool {
		if m.Part > 0 {
			parts = append(parts, m)
		}
		return m.Part > 0
	})
	if len(parts) == 0 {
		return all, nil
	}
	rows, err := tx.Query(ctx, applyPartReports,
		column(parts, func(m matched) hub.ID { return m.Report }),
		column(parts, func(m matched) hub.ID { return m.Delivery }),
		column(parts, func(m matched) int { return m.N }),
		column(parts, func(m matched) int { return m.Part }),
		column(parts, func(m matched) string { return string(m.Outcome) }),
		column(parts, func(m matched) string { return string(m.Reason) }),
		column(parts, func(m matched) *time.Time { return orNull(m.At) }))
	if err != nil {
		return nil, fmt.Errorf("apply reports of parts: %w", err)
	}
	whole, err := pgx.CollectRows(rows, pgx.RowToStructByPos[matched])
	if err != nil {
		return nil, fmt.Errorf("apply reports of parts: %w", err)
	}
	return append(all, whole...), nil
}
