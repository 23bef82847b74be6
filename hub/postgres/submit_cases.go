package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

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

// casesKnown are the cases that were known before.
func casesKnown(papers []*dispatch.AcceptPaper) map[dispatch.CaseKey]hub.ID {
	known := make(map[dispatch.CaseKey]hub.ID, len(papers))
	for _, p := range papers {
		if !p.KnownCase.IsZero() {
			known[p.Case] = p.KnownCase
		}
	}
	return known
}

// casesUnknown are the cases that nobody had made when the papers were judged, each once.
func (a *acceptance) casesUnknown(papers []*dispatch.AcceptPaper) (keys []dispatch.CaseKey) {
	for _, p := range papers {
		if _, known := a.cases[p.Case]; !known {
			a.cases[p.Case], keys = hub.ID{}, append(keys, p.Case)
		}
	}
	return keys
}

// queueParties makes the cases those of the addressees whom a paper has reached, and of the submitters who hand papers in
// in a case of another branch.
func (a *acceptance) queueParties(b *pgx.Batch) {
	var parties, cases []hub.ID
	for _, v := range a.arrivals {
		parties, cases = append(parties, v.Recipient), append(cases, v.caseID)
	}
	for _, r := range a.rows {
		if r.AcceptPaper.Case.Branch != r.in.Submitter {
			parties, cases = append(parties, r.in.Submitter), append(cases, r.Accepted.Case)
		}
	}
	if len(cases) > 0 {
		b.Queue(insertParties, parties, cases)
	}
}

// Whoever brings a restricted case into being works on it; who only adds a paper to one does not by that.
const assignCreator = `INSERT INTO case_assignees (case_id, person, assigned_by)
	SELECT c.id, $2, $2 FROM cases c WHERE c.id = ANY ($1::uuid[]) AND c.restricted ORDER BY c.id ON CONFLICT DO NOTHING`

func (in *intake) assign(ctx context.Context, tx *transaction) error {
	var made []hub.ID
	for _, c := range in.Cases {
		if c.Restricted && (!c.Known || c.Kind != "") {
			made = append(made, c.ID)
		}
	}
	if len(made) == 0 || in.Actor.Kind != hub.ActorClerk {
		return nil
	}
	if _, err := tx.exec(ctx, assignCreator, made, in.Actor.ID); err != nil {
		return fmt.Errorf("assign who made the case: %w", err)
	}
	return nil
}
