package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

const insertReferences = `INSERT INTO notice_refs (submitter, reference, notice, request)
	SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[]) AS u (submitter, reference, notice, request)
	ORDER BY submitter, reference ON CONFLICT DO NOTHING RETURNING notice`

const drawNumbers = `SELECT nextval('notice_numbers') FROM generate_series(1, $1)`

// papers are those of all calls, with the call of each.
func (a *acceptance) papers() (papers []*dispatch.AcceptPaper, calls []*intake) {
	for _, in := range a.calls {
		for i := range in.Papers {
			papers, calls = append(papers, &in.Papers[i]), append(calls, in)
		}
	}
	return papers, calls
}

// newCases are what the calls bring of cases. Of two calls that bring the same new one, the first does. Errors: errApart
// when two fill in one case.
func (a *acceptance) newCases() (all []dispatch.AcceptCase, err error) {
	seen := map[dispatch.CaseKey]bool{}
	for _, in := range a.calls {
		for _, c := range in.Cases {
			switch {
			case !seen[c.Key]:
				seen[c.Key] = true
				all = append(all, c)
			case c.Known:
				return nil, errApart
			}
		}
	}
	return all, nil
}

// claim makes cases exist, takes references and draws numbers, in one round trip.
func (a *acceptance) claim(ctx context.Context, tx pgx.Tx) error {
	papers, calls := a.papers()
	references := make([]reference, len(papers))
	for i, p := range papers {
		references[i] = reference{calls[i].Submitter, p.Paper.Reference}
	}
	cases, err := a.newCases()
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT hub_now()`).QueryRow(func(r pgx.Row) error { return r.Scan(&a.at) })
	queueCases(b, cases)
	a.cases = map[dispatch.CaseKey]dispatch.KnownCase{}
	queueKnownCases(b, casesOf(papers), a.cases)
	var retired bool
	b.Queue(`SELECT hub_sealed_retired(VARIADIC $1::bytea[])`, sealedUnder(papers)).QueryRow(func(r pgx.Row) error { return r.Scan(&retired) })
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
	b.Queue(drawNumbers, len(papers)).Query(func(rows pgx.Rows) (err error) {
		a.numbers, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("claim references: %w", err)
	}
	if retired {
		return byConstraint["vault_keys_held"]
	}
	return a.lookUpLost(ctx, tx, papers, references)
}

// casesOf are the cases of papers, each once.
func casesOf(papers []*dispatch.AcceptPaper) (keys []dispatch.CaseKey) {
	seen := make(map[dispatch.CaseKey]bool, len(papers))
	for _, p := range papers {
		if !seen[p.Case] {
			seen[p.Case], keys = true, append(keys, p.Case)
		}
	}
	return keys
}

// lookUpLost finds who has the references that others took before.
func (a *acceptance) lookUpLost(ctx context.Context, tx pgx.Tx, papers []*dispatch.AcceptPaper, references []reference) error {
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
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
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
			in.out[i] = dispatch.Accepted{Number: text, Case: a.cases[p.Case].ID, At: a.at}
			in.rows = append(in.rows, &row{AcceptPaper: p, Accepted: in.out[i], in: in, index: i,
				arrives: a.arrivesNow(in, p)})
		}
		a.rows = append(a.rows, in.rows...)
	}
	return nil
}

// involve makes the cases of other branches, in which the submitter hands papers in, the submitter's too.
func (a *acceptance) involve(ctx context.Context, tx pgx.Tx) error {
	var submitters, cases []hub.ID
	for _, r := range a.rows {
		if r.AcceptPaper.Case.Branch != r.in.Submitter {
			submitters, cases = append(submitters, r.in.Submitter), append(cases, r.Accepted.Case)
		}
	}
	for _, in := range a.calls {
		if err := in.assign(ctx, tx); err != nil {
			return err
		}
	}
	if len(cases) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, insertParties, submitters, cases); err != nil {
		return fmt.Errorf("involve the submitter: %w", err)
	}
	return nil
}

// Whoever brings a restricted case into being works on it; who only adds a paper to one does not by that.
const assignCreator = `INSERT INTO case_assignees (case_id, person, assigned_by)
	SELECT c.id, $2, $2 FROM cases c WHERE c.id = ANY ($1::uuid[]) AND c.restricted ORDER BY c.id ON CONFLICT DO NOTHING`

func (in *intake) assign(ctx context.Context, tx pgx.Tx) error {
	var made []hub.ID
	for _, c := range in.Cases {
		if c.Restricted && (!c.Known || c.Kind != "") {
			made = append(made, c.ID)
		}
	}
	if len(made) == 0 || in.Actor.Kind != hub.ActorClerk {
		return nil
	}
	if _, err := tx.Exec(ctx, assignCreator, made, in.Actor.ID); err != nil {
		return fmt.Errorf("assign who made the case: %w", err)
	}
	return nil
}
