package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/enrol"
)

const attorneyColumns = `id, case_id, lawyer, client, scope, since, until, organisation, registered_by, created_at, replaces,
	ended_at, coalesce(end_reason, '')`

const selectCaseOrganisations = `SELECT own.id FROM unnest((SELECT hub_organisations())::uuid[]) AS own (id)
	WHERE hub_roles() && ARRAY['court_clerk', 'office_clerk', 'office_manager']
		AND (EXISTS (SELECT FROM cases c WHERE c.id = $1 AND c.branch = own.id)
			OR EXISTS (SELECT FROM parties p WHERE p.party = own.id AND p.case_id = $1))`

// CaseOrganisations implements enrol.AttorneyStore.
func (db *DB) CaseOrganisations(ctx context.Context, p access.Principal, matter hub.ID) (ids []hub.ID, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, selectCaseOrganisations, matter)
		ids, err = pgx.CollectRows(rows, pgx.RowTo[hub.ID])
		return err
	})
	return ids, err
}

const selectAttorneyPeople = `SELECT
	EXISTS (SELECT FROM grants g JOIN persons p ON p.id = g.person
		WHERE g.person = $1 AND g.role = 'lawyer' AND g.revoked_at IS NULL AND p.activated_at IS NOT NULL),
	EXISTS (SELECT FROM persons WHERE id = $2 AND activated_at IS NOT NULL)`

// A term that is over makes room for a new power of attorney.
const closeExpired = `UPDATE attorneys SET ended_at = until, end_reason = 'expired'
	WHERE case_id = $1 AND client = $2 AND lawyer = $3 AND ended_at IS NULL AND until <= hub_now()`

const replaceAttorney = `UPDATE attorneys SET ended_at = hub_now(), end_reason = $4, ended_by = $5
	WHERE id = $1 AND case_id = $2 AND client = $3 AND ended_at IS NULL RETURNING lawyer`

const insertAttorney = `INSERT INTO attorneys (id, case_id, lawyer, client, scope, since, until, organisation, registered_by,
		replaces)
	VALUES ($1, $2, $3, $4, $5, coalesce($6::timestamptz, hub_now()), $7, $8, $9, $10) RETURNING ` + attorneyColumns

// AddAttorney implements enrol.AttorneyStore.
func (db *DB) AddAttorney(ctx context.Context, h enrol.Handover) (a hub.Attorney, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		if err := checkAttorneyPeople(ctx, tx, h); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, closeExpired, h.Case, h.Client, h.Lawyer); err != nil {
			return fmt.Errorf("close what expired: %w", err)
		}
		if !h.Replaces.IsZero() {
			if err := replace(ctx, tx, h); err != nil {
				return err
			}
		}
		rows, _ := tx.Query(ctx, insertAttorney, h.ID, h.Case, h.Lawyer, h.Client, h.Scope, orNull(h.From), orNull(h.Until),
			h.Organisation, h.RegisteredBy, h.Replaces)
		if a, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[hub.Attorney]); err != nil {
			return err
		}
		return noteAttorney(ctx, tx, hub.EventAttorneyRegistered, h.Receipt, h.Attorney, h.Actor, map[string]any{
			"attorney": a.ID, "lawyer": a.Lawyer, "scope": a.Scope, "from": a.From, "until": orNull(a.Until)})
	})
	return a, err
}

func checkAttorneyPeople(ctx context.Context, tx pgx.Tx, h enrol.Handover) error {
	var lawyer, client bool
	if err := tx.QueryRow(ctx, selectAttorneyPeople, h.Lawyer, h.Client).Scan(&lawyer, &client); err != nil {
		return fmt.Errorf("lawyer and client: %w", err)
	}
	var wrong hub.Problems
	if !lawyer {
		wrong.Add("/lawyer_id", "unknown", "there is no such lawyer")
	}
	if !client {
		wrong.Add("/client_id", "unknown", "there is nobody enrolled by this id")
	}
	return wrong.Err()
}

// replace ends the power of attorney from which another takes over.
func replace(ctx context.Context, tx pgx.Tx, h enrol.Handover) error {
	former := hub.Attorney{ID: h.Replaces, Case: h.Case, Client: h.Client}
	rows, _ := tx.Query(ctx, replaceAttorney, h.Replaces, h.Case, h.Client, h.Reason, h.Actor.ID)
	lawyers, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
	if err != nil {
		return fmt.Errorf("replace: %w", err)
	}
	if len(lawyers) == 0 {
		var wrong hub.Problems
		wrong.Add("/replaces", "unknown", "this client has no such power of attorney in force in this case")
		return wrong.Err()
	}
	former.Lawyer = lawyers[0]
	return noteAttorney(ctx, tx, hub.EventAttorneyEnded, h.Ended, former, h.Actor, map[string]any{
		"attorney": former.ID, "lawyer": former.Lawyer, "reason": h.Reason, "replaced_by": h.ID})
}

const endAttorney = `UPDATE attorneys SET ended_at = hub_now(), end_reason = $3, ended_by = $4
	WHERE id = $1 AND case_id = $2 AND ended_at IS NULL AND (until IS NULL OR until > hub_now()) RETURNING client, lawyer`

// EndAttorney implements enrol.AttorneyStore.
func (db *DB) EndAttorney(ctx context.Context, e enrol.Ending) error {
	return db.write(ctx, func(tx pgx.Tx) error {
		a := hub.Attorney{ID: e.Attorney, Case: e.Case}
		if err := tx.QueryRow(ctx, endAttorney, a.ID, a.Case, e.Reason, e.Actor.ID).Scan(&a.Client, &a.Lawyer); err != nil {
			return err
		}
		return noteAttorney(ctx, tx, hub.EventAttorneyEnded, e.Receipt, a, e.Actor, map[string]any{
			"attorney": a.ID, "lawyer": a.Lawyer, "reason": e.Reason})
	})
}

const insertAttorneyReceipt = `INSERT INTO receipts (id, event, at, case_id, recipient, capacity, actor_kind, actor, auth, details)
	VALUES ($1, $2, hub_now(), $3, $4, 'counsel', $5, $6, $7, $8)`

// noteAttorney issues the receipt that tells, of a client's case, who was counsel when.
func noteAttorney(ctx context.Context, tx pgx.Tx, event hub.Event, receipt hub.ID, a hub.Attorney, by hub.Actor, details map[string]any) error {
	_, err := tx.Exec(ctx, insertAttorneyReceipt, receipt, event, a.Case, a.Client, by.Kind, by.ID, by.Auth, details)
	if err != nil {
		return fmt.Errorf("receipt of counsel: %w", err)
	}
	return nil
}

const selectCounsel = `SELECT ` + attorneyColumns + ` FROM attorneys
	WHERE lawyer = (SELECT hub_person()) AND case_id = ANY ($1) AND ended_at IS NULL`

const selectAttorneys = `SELECT ` + attorneyColumns + ` FROM attorneys WHERE case_id = $1 ORDER BY id DESC LIMIT $2`

const selectServing = `SELECT u.nth FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[]) WITH ORDINALITY
		AS u (branch, number, lawyer, client, nth)
	JOIN cases c ON c.branch = u.branch AND c.number = u.number
	JOIN attorneys a ON a.case_id = c.id AND a.lawyer = u.lawyer AND a.client = u.client
	WHERE a.scope IN ('service', 'full') AND a.ended_at IS NULL AND a.since <= hub_now() AND (a.until IS NULL OR a.until > hub_now())`

// ServedFor implements dispatch.Submissions.
func (db *DB) ServedFor(ctx context.Context, keys []dispatch.CounselKey) (map[dispatch.CounselKey]bool, error) {
	rows, _ := db.worker.Query(ctx, selectServing,
		column(keys, func(k dispatch.CounselKey) hub.ID { return k.Case.Branch }),
		column(keys, func(k dispatch.CounselKey) string { return k.Case.Number }),
		column(keys, func(k dispatch.CounselKey) hub.ID { return k.Lawyer }),
		column(keys, func(k dispatch.CounselKey) hub.ID { return k.Client }))
	serving := map[dispatch.CounselKey]bool{}
	var nth int64
	_, err := pgx.ForEachRow(rows, []any{&nth}, func() error { serving[keys[nth-1]] = true; return nil })
	if err != nil {
		return nil, translate(fmt.Errorf("counsel: %w", err))
	}
	return serving, nil
}
