package endtoend

import (
	"context"
	"fmt"
	"testing"
	"time"

	"eblagh/hub/postgres/pgtest"
)

// Promises 1, 2 and 3: accepted is durable, the inbox is exactly once, an SMS at most once per attempt — while the
// worker dies five times, Redis forgets everything twice and Postgres restarts once.
func TestTenThousandNoticesThroughKillsWipesAndARestart(t *testing.T) {
	const notices, perBatch, people = 10_000, 500, 25
	in := newInstance(t, "api,live")
	worker := in.worker("worker-0.log")
	citizens := enrol(t, in.dev.BaseURL, in.dev.Keys["office"], people)

	faults := map[int]func(){}
	for i := range 5 {
		faults[2+i*4] = func() { worker.kill(); worker = in.worker(fmt.Sprintf("worker-%d.log", i+1)) }
	}
	for _, at := range []int{5, 13} {
		faults[at] = func() { in.must(in.stack.Redis.FlushAll(context.Background())) }
	}
	faults[9] = func() { in.must(in.stack.Postgres.Restart(context.Background())) }

	accepted := map[string]map[string]bool{} // notices by national id
	court := in.as("court")
	for b := range notices / perBatch {
		var papers []map[string]any
		var to []demoPerson
		for j := range perBatch {
			p := citizens[(b*perBatch+j)%people]
			papers, to = append(papers, paper(reference("kill", b*perBatch+j), p)), append(to, p)
		}
		for _, r := range submitBatch(t, court, fmt.Sprint("kill-", b), papers).Results {
			id := to[r.Index].NationalID
			if accepted[id] == nil {
				accepted[id] = map[string]bool{}
			}
			accepted[id][r.Notice.ID] = true
		}
		if fault := faults[b]; fault != nil {
			fault()
		}
	}

	in.drained(3 * time.Minute)
	in.exactlyOnce(notices)
	each(citizens, 4, func(_ int, p demoPerson) {
		oncePerNotice(t, inbox(t, signIn(t, in.dev.BaseURL, p)), accepted[p.NationalID])
	})
	for attempt, times := range in.sentTexts() {
		if times != 1 {
			t.Errorf("attempt %s was sent %d times", attempt, times)
		}
	}
}

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

// drained waits until no delivery is on its way.
func (in *instance) drained(limit time.Duration) {
	in.t.Helper()
	const open = `SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL`
	eventually(in.t, limit, func() bool { return in.count(open) == 0 },
		func() string { return fmt.Sprintf("%d deliveries still open", in.count(open)) })
}

// exactlyOnce counts in the database: as many arrivals and D.1 as notices of the test, none twice, nothing left over,
// attempts that were counted, cursors without a gap.
func (in *instance) exactlyOnce(notices int64) {
	in.t.Helper()
	const ours = `notices WHERE subject_ct IS NOT NULL AND (reference LIKE 'kill-%' OR reference LIKE 'away-%')`
	for query, want := range map[string]int64{
		`SELECT count(*) FROM ` + ours:                                                                                                                                   notices,
		`SELECT count(*) FROM inbox WHERE notice IN (SELECT id FROM ` + ours + `)`:                                                                                       notices,
		`SELECT count(*) FROM receipts WHERE event = 'ContentConsignment' AND notice IN (SELECT id FROM ` + ours + `)`:                                                   notices,
		`SELECT count(*) FROM receipts WHERE event = 'SubmissionAcceptance' AND notice IN (SELECT id FROM ` + ours + `)`:                                                 notices,
		`SELECT count(*) FROM (SELECT notice FROM receipts WHERE event = 'ContentConsignment' GROUP BY notice HAVING count(*) > 1) d`:                                    0,
		`SELECT count(*) FROM deliveries WHERE channel = 'inbox' AND status <> 'delivered'`:                                                                              0,
		`SELECT count(*) FROM deliveries d WHERE channel = 'sms' AND attempts <> (SELECT count(*) FROM attempts a WHERE a.delivery = d.id)`:                              0,
		`SELECT count(*) FROM inbox_cursors c WHERE last <> (SELECT count(*) FROM inbox i WHERE i.recipient = c.recipient)`:                                              0,
		`SELECT count(*) FROM receipts r WHERE NOT EXISTS (SELECT FROM ledger_queue q WHERE q.receipt = r.id UNION ALL SELECT FROM log_leaves l WHERE l.receipt = r.id)`: 0,
	} {
		if got := in.count(query); got != want {
			in.t.Errorf("%d, want %d: %s", got, want, query)
		}
	}
}
