package postgres

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// Which cases are the principal's: each source gives the newest below a bound ($1) out of an index, at most $2 of them.
const walkCases = `
	SELECT p.case_id AS id FROM (SELECT case_id FROM parties
		WHERE party = (SELECT hub_addressee()) AND case_id < $1 ORDER BY case_id DESC LIMIT $2) p
	UNION
	SELECT p.case_id FROM unnest($3::uuid[]) AS own (id) CROSS JOIN LATERAL (SELECT case_id FROM parties
		WHERE party = own.id AND case_id < $1 ORDER BY case_id DESC LIMIT $2) p
	UNION
	SELECT c.id FROM unnest($3::uuid[]) AS own (id) CROSS JOIN LATERAL (SELECT id FROM cases
		WHERE branch = own.id AND id < $1 ORDER BY id DESC LIMIT $2) c
	UNION
	SELECT case_id FROM hub_counsel() WHERE case_id < $1`

// The same of one case, or of the few with one number.
const theseCases = `
	SELECT c.id FROM cases c WHERE c.id < $1 AND %s AND (
		EXISTS (SELECT FROM parties p WHERE p.case_id = c.id AND (p.party = (SELECT hub_addressee()) OR p.party = ANY ($3)))
		OR c.branch = ANY ($3) OR EXISTS (SELECT FROM hub_counsel() k WHERE k.case_id = c.id))`

// What a case is about shows to its organisations, and to who has opened a paper of it or reads for them.
const selectCases = `
SELECT c.id, c.branch, b.name AS branch_name, c.number_typed AS case_number, c.archive_number, c.restricted,
	EXISTS (SELECT FROM case_assignees ca WHERE ca.case_id = c.id AND ca.person = (SELECT hub_person())) AS assigned,
	(SELECT own.id FROM unnest($3::uuid[]) AS own (id) WHERE own.id = c.branch
		OR EXISTS (SELECT FROM parties p WHERE p.party = own.id AND p.case_id = c.id) LIMIT 1) AS organisation,
	CASE WHEN c.branch = ANY ($3) OR EXISTS (SELECT FROM parties p WHERE p.party = ANY ($3) AND p.case_id = c.id) THEN c.kind ELSE '' END AS kind,
	EXISTS (SELECT FROM parties p WHERE p.party = (SELECT hub_addressee()) AND p.case_id = c.id) AS party,
	CASE WHEN c.branch = ANY ($3) OR EXISTS (SELECT FROM parties p WHERE p.party = ANY ($3) AND p.case_id = c.id)
		OR EXISTS (SELECT FROM (SELECT hub_addressee() AS recipient
				UNION SELECT k.client FROM hub_counsel() k WHERE k.reads AND k.case_id = c.id) r
			JOIN notices n ON n.case_id = c.id AND n.recipient = r.recipient JOIN opens o ON o.notice = n.id)
		THEN c.subject_ct END AS subject_ct
FROM (%s ORDER BY id DESC LIMIT $2) mine JOIN cases c ON c.id = mine.id JOIN organisations b ON b.id = c.branch
ORDER BY c.id DESC`

type caseRow struct {
	ID            hub.ID
	Branch        hub.ID
	BranchName    string `db:"branch_name"`
	Number        string `db:"case_number"`
	ArchiveNumber string `db:"archive_number"`
	Organisation  hub.ID
	Kind          string
	Party         bool
	Restricted    bool
	Assigned      bool
	SubjectCT     []byte `db:"subject_ct"`
}

// Cases implements reading.CaseView.
func (v view) Cases(ctx context.Context, f reading.CaseFilter) ([]reading.CaseRow, error) {
	query, args := fmt.Sprintf(selectCases, walkCases), []any{orGreatest(f.Before), f.Limit, f.Organisations}
	switch {
	case !f.ID.IsZero():
		query, args = fmt.Sprintf(selectCases, fmt.Sprintf(theseCases, `c.id = $4`)), append(args, f.ID)
	case f.Number != "":
		query, args = fmt.Sprintf(selectCases, fmt.Sprintf(theseCases, `c.number = $4`)), append(args, f.Number)
	}
	rows, _ := v.tx.Query(ctx, query, args...)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[caseRow])
	if err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	return column(list, func(r caseRow) reading.CaseRow {
		return reading.CaseRow{
			Case: hub.Case{ID: r.ID, Branch: r.Branch, Number: r.Number, ArchiveNumber: r.ArchiveNumber, Kind: r.Kind,
				Restricted: r.Restricted},
			Branch: hub.Organisation{ID: r.Branch, Kind: hub.OrganisationBranch, Name: r.BranchName}, Subject: r.SubjectCT,
			Organisation: r.Organisation, Party: r.Party, Assigned: r.Assigned,
		}
	}), nil
}

// orGreatest is a bound below which ids are looked for; zero is none.
func orGreatest(id hub.ID) hub.ID {
	if id.IsZero() {
		return hub.ID(bytes.Repeat([]byte{0xff}, len(id)))
	}
	return id
}

// Papers of cases ($1), or these alone ($5), as far as they are the principal's: what their organisations ($4) submitted,
// what arrived for them, and what arrived for those whose counsel they are. What is sealed in a paper leaves the
// database for its submitter, and once it was opened. Who has no organisation finds theirs by the recipient: of a case with
// thousands of papers no function is asked about each of the others.
const (
	walkCasePapers = `
	SELECT w.* FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (
		SELECT n.id FROM notices n WHERE n.case_id = k.id AND n.id < $2 AND ` + caseVisible + ` ORDER BY n.id DESC LIMIT $3) w`
	walkReadersPapers = `
	SELECT w.id FROM unnest($1::uuid[]) AS k (id) CROSS JOIN LATERAL (SELECT n.id FROM (SELECT hub_addressee() AS recipient
			UNION SELECT c.client FROM hub_counsel() c WHERE c.reads AND c.case_id = k.id) r
		CROSS JOIN LATERAL (SELECT m.id FROM notices m WHERE m.case_id = k.id AND m.recipient = r.recipient
			AND m.id < $2 AND hub_arrived(m.recipient, m.id) ORDER BY m.id DESC LIMIT $3) n
		ORDER BY n.id DESC LIMIT $3) w`
	walkThesePapers = `
	SELECT n.id FROM notices n WHERE n.id = ANY ($1) AND n.id < $2 AND ` + caseVisible + ` ORDER BY n.id DESC LIMIT $3`

	caseVisible = `(n.submitter = ANY ($4)
			OR (n.recipient = (SELECT hub_addressee()) OR hub_counsel_reads(n.id)) AND hub_arrived(n.recipient, n.id))
		AND (n.recipient IS DISTINCT FROM (SELECT hub_person()) OR hub_arrived(n.recipient, n.id))`

	selectCasePapers = `
SELECT n.id, n.number, n.kind, n.created_at, c.branch, b.name AS branch_name, c.id AS case_id,
	c.number_typed AS case_number, c.archive_number, c.restricted,
	EXISTS (SELECT FROM case_assignees ca WHERE ca.case_id = c.id AND ca.person = (SELECT hub_person())) AS assigned, coalesce(who.language, '') AS language, n.recipient,
	coalesce(i.cursor, 0) AS cursor, i.arrived_at, op.opened_at,
	CASE WHEN own THEN n.submitter END AS submitter,
	CASE WHEN shown THEN n.reference ELSE '' END AS reference,
	CASE WHEN shown THEN n.capacity ELSE '' END AS capacity,
	CASE WHEN shown THEN n.priority ELSE '' END AS priority,
	CASE WHEN shown THEN n.hearing_at END AS hearing_at,
	CASE WHEN shown THEN n.on_behalf_of END AS on_behalf_of,
	CASE WHEN shown THEN n.corrects END AS corrects,
	CASE WHEN shown THEN (SELECT k.notice FROM corrections k WHERE k.corrects = n.id) END AS corrected_by,
	CASE WHEN shown THEN n.documents ELSE '{}' END AS documents,
	CASE WHEN shown THEN n.subject_ct END AS subject_ct,
	CASE WHEN shown THEN n.body_ct END AS body_ct,
	CASE WHEN shown THEN c.subject_ct END AS case_subject_ct,
	client.given_name_ct, client.family_name_ct, client.name_ct
FROM (%s) w
	JOIN notices n ON n.id = w.id
	JOIN cases c ON c.id = n.case_id
	JOIN organisations b ON b.id = c.branch
	LEFT JOIN persons who ON who.id = n.recipient
	LEFT JOIN persons client ON client.id = n.recipient AND hub_counsel_reads(n.id)
	LEFT JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id
	LEFT JOIN opens op ON op.notice = n.id
	CROSS JOIN LATERAL (SELECT n.submitter = ANY ($4)
		AND (n.recipient IS DISTINCT FROM (SELECT hub_person()) OR op.notice IS NOT NULL) AS own) o
	CROSS JOIN LATERAL (SELECT own OR op.notice IS NOT NULL AS shown) s
ORDER BY n.id DESC`
)

type casePaperRow struct {
	paperRow
	GivenNameCT  []byte `db:"given_name_ct"`
	FamilyNameCT []byte `db:"family_name_ct"`
	NameCT       []byte `db:"name_ct"`
}

// CasePapers implements reading.CaseView.
func (v view) CasePapers(ctx context.Context, q reading.NoticesOf) ([]reading.Paper, error) {
	query, of := fmt.Sprintf(selectCasePapers, walkCasePapers), q.Cases
	switch {
	case q.Notices != nil:
		query, of = fmt.Sprintf(selectCasePapers, walkThesePapers), q.Notices
	case len(q.Organisations) == 0:
		query = fmt.Sprintf(selectCasePapers, walkReadersPapers)
	}
	organisations := q.Organisations
	if organisations == nil {
		organisations = []hub.ID{}
	}
	rows, _ := v.tx.Query(ctx, query, of, orGreatest(q.Before), q.Each, organisations)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[casePaperRow])
	if err != nil {
		return nil, fmt.Errorf("papers of cases: %w", err)
	}
	papers, err := v.withDocuments(ctx, column(found, func(r casePaperRow) paperRow { return r.paperRow }))
	if err != nil {
		return nil, err
	}
	for i, r := range found {
		papers[i].Addressee = reading.SealedName{Person: r.Recipient, GivenName: r.GivenNameCT, FamilyName: r.FamilyNameCT, Name: r.NameCT}
	}
	return papers, nil
}

// Attorneys implements reading.CaseView.
func (v view) Attorneys(ctx context.Context, matter hub.ID, limit int) ([]hub.Attorney, error) {
	rows, _ := v.tx.Query(ctx, selectAttorneys, matter, limit)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[hub.Attorney])
	if err != nil {
		return nil, fmt.Errorf("attorneys: %w", err)
	}
	return list, nil
}

// Counsel implements reading.CaseView.
func (v view) Counsel(ctx context.Context, cases []hub.ID) (c reading.Counsel, err error) {
	if err := v.tx.QueryRow(ctx, `SELECT hub_now()`).Scan(&c.At); err != nil {
		return c, fmt.Errorf("counsel: %w", err)
	}
	rows, _ := v.tx.Query(ctx, selectCounsel, cases)
	if c.Attorneys, err = pgx.CollectRows(rows, pgx.RowToStructByPos[hub.Attorney]); err != nil {
		return c, fmt.Errorf("counsel: %w", err)
	}
	return c, nil
}

const noteAccess = `SELECT hub_note_access(u.receipt, u.notice, u.part, u.kind, u.ground)
	FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS u (receipt, notice, part, kind, ground)`

// NoteAccess implements reading.View.
func (v view) NoteAccess(ctx context.Context, parts []reading.Access) error {
	_, err := v.tx.Exec(ctx, noteAccess,
		column(parts, func(a reading.Access) hub.ID { return a.Receipt }),
		column(parts, func(a reading.Access) hub.ID { return a.Notice }),
		column(parts, func(a reading.Access) hub.ID { return a.Part }),
		column(parts, func(a reading.Access) string { return string(a.Kind) }),
		column(parts, func(a reading.Access) string { return a.Ground }))
	if err != nil {
		return fmt.Errorf("note access: %w", err)
	}
	return nil
}
