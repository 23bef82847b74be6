package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

const insertReferences = `INSERT INTO notice_refs (submitter, reference, notice, request)
	SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[]) AS u (submitter, reference, notice, request)
	ORDER BY submitter, reference ON CONFLICT DO NOTHING RETURNING notice`

// papers are those of all calls, with the call of each.
func (a *acceptance) papers() (papers []*dispatch.AcceptPaper, calls []*intake) {
	for _, in := range a.calls {
		for i := range in.Papers {
			papers, calls = append(papers, &in.Papers[i]), append(calls, in)
		}
	}
	return papers, calls
}

// What every acceptance begins with: the time, whether a key that it sealed under is retired, and numbers.
const selectBeginning = `SELECT hub_now(), hub_sealed_retired(VARIADIC $1::bytea[]),
	ARRAY(SELECT nextval('notice_numbers') FROM generate_series(1, $2))`

// claim makes cases exist, takes references and draws numbers, in one round trip.
func (a *acceptance) claim(ctx context.Context, tx *transaction) error {
	papers, calls := a.papers()
	references := make([]reference, len(papers))
	for i, p := range papers {
		references[i] = reference{calls[i].Submitter, p.Paper.Reference}
	}
	cases, err := a.newCases()
	if err != nil {
		return err
	}
	var retired bool
	b := &pgx.Batch{}
	b.Queue(selectBeginning, sealedUnder(papers), len(papers)).QueryRow(func(r pgx.Row) error { return r.Scan(&a.at, &retired, &a.numbers) })
	a.cases = casesKnown(papers)
	queueCases(b, cases)
	made := map[dispatch.CaseKey]dispatch.KnownCase{}
	queueKnownCases(b, a.casesUnknown(papers), made)
	b.Queue(insertReferences, column(references, func(r reference) hub.ID { return r.submitter }),
		column(references, func(r reference) string { return r.text }),
		column(papers, func(p *dispatch.AcceptPaper) hub.ID { return p.Notice }),
		column(papers, func(p *dispatch.AcceptPaper) []byte { return p.Request })).Query(func(rows pgx.Rows) error {
		won, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
		a.won = make(map[hub.ID]bool, len(won))
		for _, notice := range won {
			a.won[notice] = true
		}
		return err
	})
	a.queueHeld(b)
	if a.early {
		a.queueEarlyHeads(b, papers)
	}
	if err := tx.send(ctx, b); err != nil {
		return fmt.Errorf("claim references: %w", err)
	}
	if retired {
		return byConstraint["vault_keys_held"]
	}
	for key, c := range made {
		a.cases[key] = c.ID
	}
	return a.lookUpLost(ctx, tx, papers, references)
}

// lookUpLost finds who has the references that others took before.
func (a *acceptance) lookUpLost(ctx context.Context, tx *transaction, papers []*dispatch.AcceptPaper, references []reference) error {
	var lost []reference
	for i, p := range papers {
		if !a.won[p.Notice] {
			lost = append(lost, references[i])
		}
	}
	a.taken = map[reference]dispatch.Taken{}
	if len(lost) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	queueReferences(b, lost, a.taken)
	if err := tx.send(ctx, b); err != nil {
		return fmt.Errorf("references of others: %w", err)
	}
	return nil
}

// sealedUnder gives how the papers' ciphertexts begin, each beginning once: with the name of their key.
func sealedUnder(papers []*dispatch.AcceptPaper) [][]byte {
	seen, out := map[string]bool{}, [][]byte{}
	for _, p := range papers {
		for _, ct := range [][]byte{p.SubjectCT, p.BodyCT} {
			if start := ct[:min(len(ct), 5)]; !seen[string(start)] {
				seen[string(start)], out = true, append(out, start)
			}
		}
	}
	return out
}

// decide tells the papers that won their reference from those that came too late.
func (a *acceptance) decide() error {
	n := 0
	a.rows = nil
	for _, in := range a.calls {
		in.out, in.rows = make([]dispatch.Accepted, len(in.Papers)), nil
		for i := range in.Papers {
			p := &in.Papers[i]
			drawn := a.numbers[n]
			n++
			if !a.won[p.Notice] {
				in.out[i] = dispatch.Accepted{Taken: a.taken[reference{in.Submitter, p.Paper.Reference}]}
				continue
			}
			text, err := in.number(a.at, drawn)
			if err != nil {
				return err
			}
			digests, err := json.Marshal(p.Parts)
			if err != nil {
				return err
			}
			in.out[i] = dispatch.Accepted{Number: text, Case: a.cases[p.Case], At: a.at}
			in.rows = append(in.rows, &row{AcceptPaper: p, Accepted: in.out[i], in: in, index: i,
				arrives: a.arrivesNow(in, p), digests: digests})
		}
		a.rows = append(a.rows, in.rows...)
	}
	return nil
}
