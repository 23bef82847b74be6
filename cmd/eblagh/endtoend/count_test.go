package endtoend

import (
	"context"
	"fmt"
	"time"

	"eblagh/hub/postgres/pgtest"
)

func (in *instance) must(err error) {
	in.t.Helper()
	if err != nil {
		in.t.Fatal(err)
	}
}

// count runs a query that gives one number, as the superuser.
func (in *instance) count(query string) int64 {
	in.t.Helper()
	return pgtest.Count(in.t, in.stack.Postgres.URL(), query)
}

// drained waits until no paper is on its way. The text of a code may be: it is asked for after three minutes, when whoever
// sent it was killed over it.
func (in *instance) drained(limit time.Duration) {
	in.t.Helper()
	const open = `SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND notice IS NOT NULL`
	eventually(in.t, limit, func() bool { return in.count(open) == 0 },
		func() string {
			return fmt.Sprintf("%d deliveries still open, the first: %v", in.count(open), in.stillOpen())
		})
}

// stillOpen tells of the first deliveries on their way where they stand, and what was tried.
func (in *instance) stillOpen() [][]string {
	rows, err := pgtest.Rows(context.Background(), in.stack.Postgres.URL(), `SELECT to_jsonb(d)::text, (SELECT jsonb_agg(to_jsonb(a))::text FROM attempts a
		WHERE a.delivery = d.id) FROM deliveries d WHERE due_at IS NOT NULL AND notice IS NOT NULL ORDER BY due_at LIMIT 3`)
	in.must(err)
	return rows
}

// exactlyOnce counts in the database: as many arrivals and D.1 as notices of the test, none twice, nothing left over,
// attempts that were counted, cursors without a gap.
func (in *instance) exactlyOnce(notices int64) {
	in.t.Helper()
	const ours = `notices WHERE subject_ct IS NOT NULL AND reference LIKE 'away-%'`
	for query, want := range map[string]int64{
		`SELECT count(*) FROM ` + ours:                                                                                                                                                                             notices,
		`SELECT count(*) FROM inbox WHERE notice IN (SELECT id FROM ` + ours + `)`:                                                                                                                                 notices,
		`SELECT count(*) FROM receipts WHERE event = 'ContentConsignment' AND notice IN (SELECT id FROM ` + ours + `)`:                                                                                             notices,
		`SELECT count(*) FROM receipts WHERE event = 'SubmissionAcceptance' AND notice IN (SELECT id FROM ` + ours + `)`:                                                                                           notices,
		`SELECT count(*) FROM (SELECT notice FROM receipts WHERE event = 'ContentConsignment' GROUP BY notice HAVING count(*) > 1) d`:                                                                              0,
		`SELECT count(*) FROM deliveries WHERE channel = 'inbox' AND status <> 'delivered'`:                                                                                                                        0,
		`SELECT count(*) FROM deliveries d WHERE channel = 'sms' AND attempts <> (SELECT count(*) FROM attempts a WHERE a.delivery = d.id)`:                                                                        0,
		`SELECT count(*) FROM inbox_cursors c WHERE last <> (SELECT count(*) FROM inbox i WHERE i.recipient = c.recipient)`:                                                                                        0,
		`SELECT count(*) FROM receipts r WHERE NOT EXISTS (SELECT FROM (SELECT unnest(receipts) AS receipt FROM ledger_queue) q WHERE q.receipt = r.id UNION ALL SELECT FROM log_leaves l WHERE l.receipt = r.id)`: 0,
	} {
		if got := in.count(query); got != want {
			in.t.Errorf("%d, want %d: %s", got, want, query)
		}
	}
}
