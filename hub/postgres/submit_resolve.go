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
	selectDocumentsOf = `SELECT d.id, d.submitter, sha256, size, media_type, file_name_ct, created_at
		FROM unnest($1::uuid[], $2::uuid[]) AS u (id, submitter) CROSS JOIN LATERAL (
			SELECT * FROM documents d WHERE d.id = u.id AND d.submitter = u.submitter OFFSET 0) d`
	selectReferences = `SELECT r.submitter, r.reference, notice, request
		FROM unnest($1::uuid[], $2::text[]) AS u (submitter, reference) CROSS JOIN LATERAL (
			SELECT * FROM notice_refs r WHERE r.submitter = u.submitter AND r.reference = u.reference OFFSET 0) r`
)

// Resolve implements dispatch.Submissions, in one round trip, which it shares with whoever asks at the same time.
func (db *DB) Resolve(ctx context.Context, l dispatch.Lookup) (dispatch.Resolved, error) {
	r, err := db.lookups.do(ctx, l)
	return r, translate(err)
}

// resolveAll gives each lookup what it may know: documents and references of its submitter, and of what is common to all
// perhaps more than it asked for.
func (db *DB) resolveAll(ctx context.Context, lookups []dispatch.Lookup) ([]dispatch.Resolved, error) {
	all := dispatch.Lookup{}
	common := dispatch.Resolved{
		Branches: map[hub.ID]hub.Organisation{}, NationalID: map[string]dispatch.Person{},
		Recipients: map[hub.ID]dispatch.Person{}, Cases: map[dispatch.CaseKey]dispatch.KnownCase{},
	}
	for _, l := range lookups {
		all.Branches = append(append(all.Branches, l.Submitter), l.Branches...)
		all.NationalID = append(all.NationalID, l.NationalID...)
		all.Recipients = append(all.Recipients, l.Recipients...)
		all.Cases = append(all.Cases, l.Cases...)
	}
	own := owned{map[hub.ID]map[hub.ID]dispatch.Document{}, map[reference]dispatch.Taken{}}
	b := &pgx.Batch{}
	b.Queue(`SELECT hub_now()`).QueryRow(func(row pgx.Row) error { return row.Scan(&common.Now) })
	queueOrganisations(b, all.Branches, common.Branches)
	queuePersons(b, all, &common)
	queueDocuments(b, lookups, own.documents)
	queueKnownCases(b, all.Cases, common.Cases)
	queueReferences(b, referencesOf(lookups), own.references)
	taken := map[idempotencyKey]bool{}
	queueTakenKeys(b, lookups, taken)
	if err := db.brief.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	return column(lookups, func(l dispatch.Lookup) dispatch.Resolved {
		r := own.resolved(l, common)
		r.KeyTaken = l.Key != nil && taken[idempotencyKey{l.Key.Owner, l.Key.Key}]
		return r
	}), nil
}

// reference is a submitter's own name of a paper.
type reference struct {
	submitter hub.ID
	text      string
}

func referencesOf(lookups []dispatch.Lookup) (all []reference) {
	for _, l := range lookups {
		for _, text := range l.References {
			all = append(all, reference{l.Submitter, text})
		}
	}
	return all
}

// owned is what was found that belongs to one submitter.
type owned struct {
	documents  map[hub.ID]map[hub.ID]dispatch.Document // by submitter
	references map[reference]dispatch.Taken
}

func (o owned) resolved(l dispatch.Lookup, common dispatch.Resolved) dispatch.Resolved {
	r := common
	r.Submitter = common.Branches[l.Submitter]
	r.Documents, r.References = o.documents[l.Submitter], map[string]dispatch.Taken{}
	for _, text := range l.References {
		if taken, ok := o.references[reference{l.Submitter, text}]; ok {
			r.References[text] = taken
		}
	}
	return r
}

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
