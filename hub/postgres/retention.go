package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/retention"
)

const selectCaseFor = `SELECT c.branch, c.restricted, EXISTS (SELECT FROM case_assignees a WHERE a.case_id = c.id AND a.person = $2)
	FROM cases c WHERE c.id = $1 AND c.branch = ANY ((SELECT hub_organisations())::uuid[])
		AND (SELECT hub_roles()) && ARRAY['court_clerk', 'judge']`

// CaseFor implements retention.Store.
func (db *DB) CaseFor(ctx context.Context, p access.Principal, id hub.ID) (o access.Object, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, selectCaseFor, id, p.PersonID()).Scan(&o.Organisation, &o.Restricted, &o.Assigned)
	})
	return o, err
}

const insertLegalHold = `INSERT INTO legal_holds (id, case_id, notice, reason, placed_by)
	SELECT $1, $2, $3, $4, $5 WHERE $3::uuid IS NULL OR EXISTS (SELECT FROM notices WHERE id = $3 AND case_id = $2)
	RETURNING placed_at`

// PlaceHold implements retention.Store.
func (db *DB) PlaceHold(ctx context.Context, h retention.Hold) (retention.Hold, error) {
	err := db.write(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, insertLegalHold, h.ID, h.Case, h.Notice, h.Reason, h.PlacedBy).Scan(&h.PlacedAt)
		if orNone(err) == nil && err != nil {
			var problems hub.Problems
			problems.Add("/notice_id", "unknown", "there is no such notice in this case")
			return problems.Err()
		}
		return err
	})
	return h, err
}

const (
	lockLegalHold = `SELECT lifted_at IS NOT NULL FROM legal_holds WHERE id = $1 AND case_id = $2 FOR UPDATE`
	liftLegalHold = `UPDATE legal_holds SET lifted_by = $2, lifted_at = greatest(placed_at, hub_now()) WHERE id = $1`
)

// heads asks whether the principal is a judge of the branch of a case.
func (db *DB) heads(ctx context.Context, p access.Principal, matter hub.ID) error {
	return db.sees(ctx, p, `SELECT 1 FROM cases WHERE id = $1 AND branch = ANY ((SELECT hub_heads())::uuid[])`, matter)
}

// LiftHold implements retention.Store.
func (db *DB) LiftHold(ctx context.Context, p access.Principal, matter, hold hub.ID) error {
	if err := db.heads(ctx, p, matter); err != nil {
		return err
	}
	return db.write(ctx, func(tx pgx.Tx) error {
		var lifted bool
		if err := tx.QueryRow(ctx, lockLegalHold, hold, matter).Scan(&lifted); err != nil {
			return err
		}
		if lifted {
			return hub.Refuse(hub.CodeWrongState, "this hold was lifted before")
		}
		_, err := tx.Exec(ctx, liftLegalHold, hold, p.ID)
		return err
	})
}

const selectLegalHolds = `SELECT id, case_id, notice, reason, placed_by, placed_at, lifted_by, lifted_at FROM legal_holds
	WHERE case_id = $1 ORDER BY id DESC LIMIT $2`

// LegalHolds implements retention.Store.
func (db *DB) LegalHolds(ctx context.Context, p access.Principal, matter hub.ID, limit int) (list []retention.Hold, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectLegalHolds, matter, limit)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[retention.Hold])
		return err
	})
	return list, err
}

// The cases of a step are looked at in the order of their ids. What hinders the erasure of one carrier hinders it of the
// document: another carrier in a case that is not quiet, of another kind, or held; an officer on the way with it.
const selectQuiet = `
WITH step AS MATERIALIZED (
	SELECT c.id, c.kind FROM cases c WHERE c.id > $3 ORDER BY c.id LIMIT $4
), carried AS (
	SELECT DISTINCT ON (d.id) s.id AS case_id, d.id AS document, d.submitter FROM step s
	JOIN notices n ON n.case_id = s.id JOIN documents d ON d.submitter = n.submitter AND d.id = ANY (n.documents)
	WHERE s.kind = $1 AND EXISTS (SELECT FROM document_bytes b WHERE b.document = d.id)
		AND NOT EXISTS (SELECT FROM notices l WHERE l.case_id = s.id AND l.created_at >= $2)
	ORDER BY d.id, s.id
)
SELECT k.case_id, k.document FROM carried k WHERE NOT EXISTS (
	SELECT FROM notices n JOIN cases c ON c.id = n.case_id
	WHERE n.submitter = k.submitter AND k.document = ANY (n.documents) AND (
		c.kind <> $1 OR EXISTS (SELECT FROM notices l WHERE l.case_id = c.id AND l.created_at >= $2)
		OR EXISTS (SELECT FROM legal_holds h WHERE h.case_id = c.id AND h.lifted_at IS NULL AND (h.notice IS NULL OR h.notice = n.id))
		OR EXISTS (SELECT FROM officer_tasks t WHERE t.notice = n.id AND t.state IN ('open', 'taken'))))
ORDER BY k.case_id, k.document`

const lastOfStep = `SELECT id FROM cases WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1`

// QuietDocuments implements retention.Store.
func (db *DB) QuietDocuments(ctx context.Context, kind string, before time.Time, after hub.ID, limit int) (found []retention.Quiet, last hub.ID, err error) {
	b := &pgx.Batch{}
	b.Queue(selectQuiet, kind, before, key(after), limit).Query(func(rows pgx.Rows) error {
		found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[retention.Quiet])
		return err
	})
	b.Queue(lastOfStep, key(after), limit-1).QueryRow(func(row pgx.Row) error { return orNone(row.Scan(&last)) })
	if err := db.worker.SendBatch(ctx, b).Close(); err != nil {
		return nil, hub.ID{}, translate(fmt.Errorf("quiet documents: %w", err))
	}
	return found, last, nil
}

// A contact that an officer goes to is needed until the task ends.
const forgetContacts = `UPDATE contacts SET mobile_ct = NULL, mobile_index = NULL, mobile_index_b = NULL, email_ct = NULL,
	address_ct = NULL, erased_at = hub_now() WHERE id = ANY (ARRAY(
		SELECT c.id FROM contacts c WHERE c.until < $1 AND c.until IS NOT NULL AND c.erased_at IS NULL AND NOT EXISTS (
			SELECT FROM officer_tasks t WHERE t.contact = c.id AND t.state IN ('open', 'taken'))
		ORDER BY c.until LIMIT $2 FOR UPDATE SKIP LOCKED))`

// ForgetContacts implements retention.Store.
func (db *DB) ForgetContacts(ctx context.Context, before time.Time, limit int) (int, error) {
	return db.forget(ctx, forgetContacts, before, limit)
}

const forgetCodes = `UPDATE challenges SET mobile_ct = NULL, payload_ct = NULL, subject = NULL WHERE id = ANY (ARRAY(
	SELECT id FROM challenges WHERE expires_at < $1 AND (mobile_ct IS NOT NULL OR payload_ct IS NOT NULL OR subject IS NOT NULL)
	ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))`

// ForgetCodes implements retention.Store.
func (db *DB) ForgetCodes(ctx context.Context, before time.Time, limit int) (int, error) {
	return db.forget(ctx, forgetCodes, before, limit)
}

func (db *DB) forget(ctx context.Context, statement string, before time.Time, limit int) (int, error) {
	done, err := db.worker.Exec(ctx, statement, before, limit)
	return int(done.RowsAffected()), translate(err)
}
