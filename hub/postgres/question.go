package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub/dispatch"
	"eblagh/hub/enrol"
)

// question is one of the two that each small call asks before it writes anything: whose key this is, and what its papers
// point at. Both kinds go together, for to begin a statement costs more than one more row of it.
type question struct {
	hash   string           // of a key
	lookup *dispatch.Lookup // nil: it is about a key
}

// reply answers a question.
type reply struct {
	key      enrol.StoredKey // zero: there is none
	resolved dispatch.Resolved
}

func (db *DB) answerAll(ctx context.Context, questions []question) ([]reply, error) {
	var hashes [][]byte
	var lookups []dispatch.Lookup
	for _, q := range questions {
		if q.lookup != nil {
			lookups = append(lookups, *q.lookup)
		} else {
			hashes = append(hashes, []byte(q.hash))
		}
	}
	b := &pgx.Batch{}
	keys, resolved := queueKeys(b, hashes), queueLookups(b, lookups)
	if err := db.brief.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("keys and papers: %w", err)
	}
	found := resolved()
	return column(questions, func(q question) (r reply) {
		if q.lookup == nil {
			return reply{key: keys[q.hash]}
		}
		r.resolved, found = found[0], found[1:]
		return r
	}), nil
}
