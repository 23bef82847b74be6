package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

// Each row is found by its key: as EXISTS, the planner would rather read all sessions once, however many there are.
const selectStandings = `SELECT
		(SELECT true FROM sessions s WHERE s.id = u.session AND s.person = u.person AND s.expires_at > hub_now() LIMIT 1) IS NOT NULL
			AND (u.recipient <> u.person OR NOT hub_represented(u.person)) AS signed_in,
		u.recipient = u.person OR (SELECT true FROM representatives r WHERE r.legal_person = u.recipient
			AND r.person = u.person AND r.ended_at IS NULL AND (r.until IS NULL OR r.until > hub_now()) LIMIT 1) IS NOT NULL AS acts
	FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS u (recipient, person, session, nth) ORDER BY u.nth`

// Standings tells, in the order given, whether these people may still look into these inboxes: whether their session goes
// on, and whether they act for the recipient.
func (db *DB) Standings(ctx context.Context, recipients, people, sessions []hub.ID) ([]hub.ViewerStanding, error) {
	rows, _ := db.brief.Query(ctx, selectStandings, recipients, people, sessions)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[hub.ViewerStanding])
	if err != nil {
		return nil, translate(fmt.Errorf("standings: %w", err))
	}
	return list, nil
}
