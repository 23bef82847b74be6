package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/vault"
)

const (
	selectOrganisationsOf = `SELECT ` + organisationColumns + ` FROM organisations
		WHERE id = ANY ($1::uuid[])`
	selectByNationalID = `SELECT national_id_index, national_id_index_b, id, activated_at IS NOT NULL, residence FROM persons
		WHERE national_id_index = ANY ($1::bytea[]) OR national_id_index_b = ANY ($2::bytea[])`
	selectRecipientsOf = `SELECT national_id_index, national_id_index_b, id, activated_at IS NOT NULL, residence FROM persons
		WHERE id = ANY ($1::uuid[])`
	selectDocumentsOf = `SELECT id, submitter, sha256, size, media_type, file_name_ct, created_at FROM documents
		WHERE id = ANY ($1::uuid[]) AND submitter = $2`
	selectReferences = `SELECT reference, notice, request FROM notice_refs
		WHERE submitter = $1 AND reference = ANY ($2::text[])`
)

// Resolve implements dispatch.Submissions, in one round trip.
func (db *DB) Resolve(ctx context.Context, l dispatch.Lookup) (dispatch.Resolved, error) {
	r := dispatch.Resolved{
		Branches: map[hub.ID]hub.Organisation{}, NationalID: map[string]dispatch.Person{},
		Recipients: map[hub.ID]dispatch.Person{}, Documents: map[hub.ID]dispatch.Document{},
		Cases: map[dispatch.CaseKey]dispatch.KnownCase{}, References: map[string]dispatch.Taken{},
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT hub_now()`).QueryRow(func(row pgx.Row) error { return row.Scan(&r.Now) })
	queueOrganisations(b, l, &r)
	queuePersons(b, l, &r)
	queueDocuments(b, l, r.Documents)
	queueKnownCases(b, l.Cases, r.Cases)
	queueReferences(b, l.Submitter, l.References, r.References)
	if err := db.worker.SendBatch(ctx, b).Close(); err != nil {
		return r, translate(fmt.Errorf("resolve: %w", err))
	}
	return r, nil
}

func queueOrganisations(b *pgx.Batch, l dispatch.Lookup, r *dispatch.Resolved) {
	b.Queue(selectOrganisationsOf, append(l.Branches, l.Submitter)).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[hub.Organisation])
		for _, o := range all {
			if o.ID == l.Submitter {
				r.Submitter = o
			}
			r.Branches[o.ID] = o
		}
		return err
	})
}

func queuePersons(b *pgx.Batch, l dispatch.Lookup, r *dispatch.Resolved) {
	scan := func(found func(index vault.Blind, p dispatch.Person)) func(pgx.Rows) error {
		return func(rows pgx.Rows) error {
			var index vault.Blind
			var p dispatch.Person
			_, err := pgx.ForEachRow(rows, []any{&index.A, &index.B, &p.ID, &p.Activated, &p.Residence}, func() error {
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

func queueDocuments(b *pgx.Batch, l dispatch.Lookup, found map[hub.ID]dispatch.Document) {
	if len(l.Documents) == 0 {
		return
	}
	b.Queue(selectDocumentsOf, l.Documents, l.Submitter).Query(func(rows pgx.Rows) error {
		var d dispatch.Document
		var sum []byte
		fields := []any{&d.ID, &d.Submitter, &sum, &d.Size, &d.MediaType, &d.FileNameCT, &d.CreatedAt}
		_, err := pgx.ForEachRow(rows, fields, func() error {
			copy(d.SHA256[:], sum)
			found[d.ID] = d
			return nil
		})
		return err
	})
}

func queueReferences(b *pgx.Batch, submitter hub.ID, references []string, found map[string]dispatch.Taken) {
	b.Queue(selectReferences, submitter, references).Query(func(rows pgx.Rows) error {
		var reference string
		var t dispatch.Taken
		_, err := pgx.ForEachRow(rows, []any{&reference, &t.Notice, &t.Request}, func() error {
			found[reference] = t
			return nil
		})
		return err
	})
}

const selectStands = `SELECT n.id, n.number, n.case_id, n.recipient, n.created_at, i.arrived_at, o.opened_at
	FROM notices n LEFT JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id
	LEFT JOIN opens o ON o.notice = n.id WHERE n.id = ANY ($1::uuid[])`

const selectDeliveryStands = `SELECT notice, id, channel, priority, status, attempts, last_reason, replays, updated_at
	FROM deliveries WHERE notice = ANY ($1::uuid[]) ORDER BY channel, id`

// Accepted implements dispatch.Submissions.
func (db *DB) Accepted(ctx context.Context, notices []hub.ID) (map[hub.ID]hub.Notice, error) {
	found := make(map[hub.ID]hub.Notice, len(notices))
	b := &pgx.Batch{}
	b.Queue(selectStands, notices).Query(func(rows pgx.Rows) error {
		var n hub.Notice
		fields := []any{&n.ID, &n.Number, &n.Case.ID, &n.Recipient, &n.CreatedAt, &n.ArrivedAt, &n.OpenedAt}
		_, err := pgx.ForEachRow(rows, fields, func() error { found[n.ID] = n; return nil })
		return err
	})
	b.Queue(selectDeliveryStands, notices).Query(func(rows pgx.Rows) error {
		var id hub.ID
		var d hub.Delivery
		fields := []any{&id, &d.ID, &d.Channel, &d.Priority, &d.Status, &d.Attempts, &d.LastReason, &d.Replays,
			&d.UpdatedAt}
		_, err := pgx.ForEachRow(rows, fields, func() error {
			n := found[id]
			n.Deliveries = append(n.Deliveries, d)
			found[id] = n
			return nil
		})
		return err
	})
	if err := db.worker.SendBatch(ctx, b).Close(); err != nil {
		return nil, translate(fmt.Errorf("stand of notices: %w", err))
	}
	return found, nil
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
