package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// column takes one field of each row, as the array that unnest spreads again.
func column[Row, Field any](rows []Row, field func(Row) Field) []Field {
	out := make([]Field, len(rows))
	for i, row := range rows {
		out[i] = field(row)
	}
	return out
}

// span gives the least and the greatest of the ids. Beside the array, they tell a plan that was made for any array which
// months its rows can lie in.
func span(ids []hub.ID) (first, last hub.ID) {
	if len(ids) == 0 {
		return first, last
	}
	compare := func(a, b hub.ID) int { return bytes.Compare(a[:], b[:]) }
	return slices.MinFunc(ids, compare), slices.MaxFunc(ids, compare)
}

// lockDeliveries locks rows that the caller is about to move. Every transaction that holds several deliveries takes
// them in the order of their ids, or skips what is locked: so none waits for another in a circle.
const lockDeliveries = `SELECT id FROM deliveries WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`

// mayStart is true of rows that are claimed, or due and claimed by nobody. It says which states are out, not which are
// in, so that the planner cannot prove that the claim index answers it: while statistics lag behind a flood of papers it
// would read that whole index rather than the few rows named by their ids.
const mayStart = `(d.status NOT IN ('held', 'sending', 'sent', 'unknown', 'delivered', 'failed', 'cancelled', 'expired')
		AND (d.status <> 'pending' OR d.due_at <= (SELECT hub_now())))`

// closing is one text that closes without having got anywhere.
type closing struct {
	delivery hub.ID
	status   hub.DeliveryStatus // failed or expired
	reason   hub.Reason
	receipt  hub.ID
}

// closeTexts closes texts with the evidence of it: D.4 for a notice, an incident for a code. The rows are locked.
const closeTexts = `
WITH told AS (
	SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) AS u (delivery, status, reason, receipt)
), moved AS (
	UPDATE deliveries d SET status = told.status, due_at = NULL, last_reason = told.reason, updated_at = hub_now()
	FROM told WHERE d.id = told.delivery AND d.due_at IS NOT NULL
	RETURNING d.id, d.notice, d.challenge, d.recipient, d.submitter, d.attempts, d.priority, d.status, d.updated_at,
		told.reason, told.receipt
), noted AS (
	INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, channel,
		provider, provider_message_id, reason)
	SELECT m.receipt, 'ConsignmentNotificationFailure', hub_now(), m.notice, m.submitter, n.case_id, m.recipient,
		n.capacity, 'system', 'sms', coalesce(a.provider, ''), coalesce(a.message_id, ''), m.reason
	FROM moved m JOIN notices n ON n.id = m.notice
	LEFT JOIN attempts a ON a.delivery = m.id AND a.n = m.attempts
), attested AS (
	INSERT INTO incidents (id, kind, person, reason, started_at, ended_at)
	SELECT receipt, 'code_undelivered', recipient, reason, updated_at, updated_at FROM moved WHERE challenge IS NOT NULL
)
SELECT id, priority, status, reason FROM moved`

// closeAll closes texts in the transaction of the caller, who has locked them.
func closeAll(ctx context.Context, tx pgx.Tx, all []closing) ([]dispatch.Moved, error) {
	if len(all) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, closeTexts,
		column(all, func(c closing) hub.ID { return c.delivery }),
		column(all, func(c closing) string { return string(c.status) }),
		column(all, func(c closing) string { return string(c.reason) }),
		column(all, func(c closing) hub.ID { return c.receipt }))
	if err != nil {
		return nil, fmt.Errorf("close texts: %w", err)
	}
	moved, err := pgx.CollectRows(rows, pgx.RowToStructByPos[dispatch.Moved])
	if err != nil {
		return nil, fmt.Errorf("close texts: %w", err)
	}
	return moved, nil
}
