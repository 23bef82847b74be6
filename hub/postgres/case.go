package postgres

import (
	"cmp"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/retention"
)

const selectKnownCases = `SELECT DISTINCT c.branch, c.number, c.id, c.archive_number, c.subject_ct IS NOT NULL, c.kind
	FROM unnest($1::uuid[], $2::text[]) AS k (branch, number)
	CROSS JOIN LATERAL (SELECT * FROM cases c WHERE c.branch = k.branch AND c.number = k.number OFFSET 0) c`

// In the order of the key, so that two batches with the same new cases wait for each other in one direction.
const insertCases = `INSERT INTO cases (id, branch, number, number_typed, archive_number, subject_ct, kind, restricted)
	SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::boolean[])
		AS u (id, branch, number, number_typed, archive_number, subject_ct, kind, restricted)
	ORDER BY branch, number ON CONFLICT ON CONSTRAINT cases_number_key DO NOTHING`

// What a case lacked so far is filled in; what it has stays.
const fillCases = `
WITH u AS (
	SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::boolean[])
		AS u (id, archive_number, subject_ct, kind, restricted)
), held AS (
	SELECT c.id FROM cases c WHERE c.id = ANY ($1::uuid[]) ORDER BY c.id FOR UPDATE
)
UPDATE cases c SET archive_number = CASE WHEN c.archive_number = '' THEN u.archive_number ELSE c.archive_number END,
	subject_ct = coalesce(c.subject_ct, u.subject_ct), kind = CASE c.kind WHEN 'general' THEN u.kind ELSE c.kind END,
	restricted = c.restricted OR c.kind = 'general' AND u.restricted
FROM u JOIN held ON held.id = u.id WHERE c.id = u.id AND c.id = ANY ($1::uuid[])`

// queueKnownCases looks cases up by their keys.
func queueKnownCases(b *pgx.Batch, keys []dispatch.CaseKey, found map[dispatch.CaseKey]dispatch.KnownCase) {
	if len(keys) == 0 {
		return
	}
	branches := column(keys, func(k dispatch.CaseKey) hub.ID { return k.Branch })
	numbers := column(keys, func(k dispatch.CaseKey) string { return k.Number })
	b.Queue(selectKnownCases, branches, numbers).Query(func(rows pgx.Rows) error {
		var key dispatch.CaseKey
		var c dispatch.KnownCase
		_, err := pgx.ForEachRow(rows, []any{&key.Branch, &key.Number, &c.ID, &c.ArchiveNumber, &c.Subject, &c.Kind}, func() error {
			found[key] = c
			return nil
		})
		return err
	})
}

// queueCases makes cases exist, and fills in what known ones lacked.
func queueCases(b *pgx.Batch, cases []dispatch.AcceptCase) {
	var made, filled []dispatch.AcceptCase
	for _, c := range cases {
		if c.Known {
			filled = append(filled, c)
		} else {
			made = append(made, c)
		}
	}
	id := func(c dispatch.AcceptCase) hub.ID { return c.ID }
	archive := func(c dispatch.AcceptCase) string { return c.ArchiveNumber }
	subject := func(c dispatch.AcceptCase) []byte { return c.SubjectCT }
	kind := func(c dispatch.AcceptCase) string { return cmp.Or(c.Kind, retention.General) }
	restricted := func(c dispatch.AcceptCase) bool { return c.Restricted }
	if len(made) > 0 {
		b.Queue(insertCases, column(made, id),
			column(made, func(c dispatch.AcceptCase) hub.ID { return c.Key.Branch }),
			column(made, func(c dispatch.AcceptCase) string { return c.Key.Number }),
			column(made, func(c dispatch.AcceptCase) string { return c.Typed }),
			column(made, archive), column(made, subject), column(made, kind), column(made, restricted))
	}
	if len(filled) > 0 {
		b.Queue(fillCases, column(filled, id), column(filled, archive), column(filled, subject),
			column(filled, kind), column(filled, restricted))
	}
}
