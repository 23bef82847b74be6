package postgres

import (
	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/vault"
)

const (
	selectOrganisationsOf = `SELECT ` + organisationColumns + ` FROM organisations
		WHERE id = ANY ($1::uuid[])`
	selectByNationalID = `SELECT national_id_index, national_id_index_b, id, activated_at IS NOT NULL, residence, language FROM persons
		WHERE national_id_index = ANY ($1::bytea[]) OR national_id_index_b = ANY ($2::bytea[])`
	selectRecipientsOf = `SELECT national_id_index, national_id_index_b, id, activated_at IS NOT NULL, residence, language FROM persons
		WHERE id = ANY ($1::uuid[])`
	selectDocumentsOf = `SELECT d.id, d.submitter, sha256, size, media_type, file_name_ct, created_at
		FROM unnest($1::uuid[], $2::uuid[]) AS u (id, submitter) CROSS JOIN LATERAL (
			SELECT * FROM documents d WHERE d.id = u.id AND d.submitter = u.submitter OFFSET 0) d`
	selectReferences = `SELECT r.submitter, r.reference, notice, request
		FROM unnest($1::uuid[], $2::text[]) AS u (submitter, reference) CROSS JOIN LATERAL (
			SELECT * FROM notice_refs r WHERE r.submitter = u.submitter AND r.reference = u.reference OFFSET 0) r`
)

func queueOrganisations(b *pgx.Batch, ids []hub.ID, found map[hub.ID]hub.Organisation) {
	b.Queue(selectOrganisationsOf, ids).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[hub.Organisation])
		for _, o := range all {
			found[o.ID] = o
		}
		return err
	})
}

func queuePersons(b *pgx.Batch, l dispatch.Lookup, r *dispatch.Resolved) {
	scan := func(found func(index vault.Blind, p dispatch.Person)) func(pgx.Rows) error {
		return func(rows pgx.Rows) error {
			var index vault.Blind
			var p dispatch.Person
			_, err := pgx.ForEachRow(rows, []any{&index.A, &index.B, &p.ID, &p.Activated, &p.Residence, &p.Language}, func() error {
				found(index, p)
				return nil
			})
			return err
		}
	}
	if len(l.NationalID) > 0 {
		first, second := sides(l.NationalID)
		b.Queue(selectByNationalID, first, second).Query(scan(r.Found))
	}
	if len(l.Recipients) > 0 {
		b.Queue(selectRecipientsOf, l.Recipients).Query(scan(func(_ vault.Blind, p dispatch.Person) {
			r.Recipients[p.ID] = p
		}))
	}
}

func queueDocuments(b *pgx.Batch, lookups []dispatch.Lookup, found map[hub.ID]map[hub.ID]dispatch.Document) {
	var ids, submitters []hub.ID
	for _, l := range lookups {
		for _, id := range l.Documents {
			ids, submitters = append(ids, id), append(submitters, l.Submitter)
		}
	}
	if len(ids) == 0 {
		return
	}
	b.Queue(selectDocumentsOf, ids, submitters).Query(func(rows pgx.Rows) error {
		var d dispatch.Document
		var sum []byte
		fields := []any{&d.ID, &d.Submitter, &sum, &d.Size, &d.MediaType, &d.FileNameCT, &d.CreatedAt}
		_, err := pgx.ForEachRow(rows, fields, func() error {
			copy(d.SHA256[:], sum)
			if found[d.Submitter] == nil {
				found[d.Submitter] = map[hub.ID]dispatch.Document{}
			}
			found[d.Submitter][d.ID] = d
			return nil
		})
		return err
	})
}

func queueReferences(b *pgx.Batch, references []reference, found map[reference]dispatch.Taken) {
	submitters := column(references, func(r reference) hub.ID { return r.submitter })
	texts := column(references, func(r reference) string { return r.text })
	b.Queue(selectReferences, submitters, texts).Query(func(rows pgx.Rows) error {
		var r reference
		var t dispatch.Taken
		_, err := pgx.ForEachRow(rows, []any{&r.submitter, &r.text, &t.Notice, &t.Request}, func() error {
			found[r] = t
			return nil
		})
		return err
	})
}

// sides parts blind indexes by the column that keeps them.
func sides(list []vault.Blind) (a, b [][]byte) {
	for _, blind := range list {
		if blind.A != nil {
			a = append(a, blind.A)
		}
		if blind.B != nil {
			b = append(b, blind.B)
		}
	}
	return a, b
}
