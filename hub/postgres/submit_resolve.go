package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// Resolve implements dispatch.Submissions, in one round trip, which it shares with whoever asks at the same time.
func (db *DB) Resolve(ctx context.Context, l dispatch.Lookup) (dispatch.Resolved, error) {
	if len(l.References) > few { // callers do not wait for it to be told who they are
		r, err := db.lookups.do(ctx, l)
		return r, translate(err)
	}
	r, err := db.questions.do(ctx, question{lookup: &l})
	return r.resolved, translate(err)
}

// resolveAll resolves the papers of calls with many.
func (db *DB) resolveAll(ctx context.Context, lookups []dispatch.Lookup) ([]dispatch.Resolved, error) {
	b := &pgx.Batch{}
	resolved := queueLookups(b, lookups)
	if err := db.brief.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("resolve: %w", err)
	}
	return resolved(), nil
}

// queueLookups gives each lookup what it may know: documents and references of its submitter, and of what is common to all
// perhaps more than it asked for.
func queueLookups(b *pgx.Batch, lookups []dispatch.Lookup) (resolved func() []dispatch.Resolved) {
	if len(lookups) == 0 {
		return func() []dispatch.Resolved { return nil }
	}
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
	b.Queue(`SELECT hub_now()`).QueryRow(func(row pgx.Row) error { return row.Scan(&common.Now) })
	queueOrganisations(b, all.Branches, common.Branches)
	queuePersons(b, all, &common)
	queueDocuments(b, lookups, own.documents)
	queueKnownCases(b, all.Cases, common.Cases)
	queueReferences(b, referencesOf(lookups), own.references)
	taken := map[idempotencyKey]bool{}
	queueTakenKeys(b, lookups, taken)
	return func() []dispatch.Resolved {
		return column(lookups, func(l dispatch.Lookup) dispatch.Resolved {
			r := own.resolved(l, common)
			r.KeyTaken = l.Key != nil && taken[idempotencyKey{l.Key.Owner, l.Key.Key}]
			return r
		})
	}
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
