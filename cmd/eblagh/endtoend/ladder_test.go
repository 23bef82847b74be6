package endtoend

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Timers fire once, whoever dies: unopened papers climb their ladder on two workers, one of which is killed while Redis
// forgets everything and Postgres restarts, and people open some of what climbs. A day of the ladder is a second here.
func TestLadderThroughAKillAWipeAndARestart(t *testing.T) {
	const notices, opened = 300, 40
	in := newInstance(t, "api,live", "EBLAGH_DELIVERY_LADDER_DAY=1s")
	first, _ := in.worker("worker-0.log"), in.worker("worker-1.log")
	people := in.dev.inRole("citizen")[:3]
	session := signIn(t, in.dev.BaseURL, people[0])
	var papers []map[string]any
	for i := range notices {
		p := paper(reference("ladder", i), people[i%3])
		p["kind"] = "summons"
		papers = append(papers, p)
	}
	var own []string // of who opens
	for _, r := range submitBatch(t, in.as("court"), "ladder", papers).Results {
		if r.Index%3 == 0 {
			own = append(own, r.Notice.ID)
		}
	}
	const climbed = `SELECT count(*) FROM rungs`
	in.reaches(climbed, 60)
	first.kill()
	in.must(in.stack.Redis.FlushAll(context.Background()))
	for _, id := range own[:opened/2] {
		session.want(200, "POST", "/v1/inbox/"+id+"/open", nil)
	}
	in.worker("worker-2.log")
	const tasks = `SELECT count(*) FROM officer_tasks`
	in.reaches(tasks, 30)
	in.must(in.stack.Postgres.Restart(context.Background()))
	for _, id := range own[opened/2 : opened] {
		eventually(t, time.Minute, func() bool {
			a, err := session.try("POST", "/v1/inbox/"+id+"/open", nil)
			return err == nil && a.status == 200
		}, func() string { return "a paper could not be opened" })
	}
	const waits = `SELECT count(*) FROM timers WHERE kind = 'ladder' AND fired_at IS NULL`
	eventually(t, 2*time.Minute, func() bool { return in.count(waits) == 0 },
		func() string { return fmt.Sprintf("%d rungs still wait", in.count(waits)) })
	in.drained(time.Minute)
	in.climbedOnce(notices, opened)
}

// reaches waits until a query gives at least so much.
func (in *instance) reaches(query string, least int64) {
	in.t.Helper()
	eventually(in.t, 90*time.Second, func() bool { return in.count(query) >= least },
		func() string { return fmt.Sprintf("%d: %s", in.count(query), query) })
}

// climbedOnce counts on both sides: what each rung did, what the handsets got, what the officers have, and what stopped.
func (in *instance) climbedOnce(notices, opened int64) {
	in.t.Helper()
	const ours = `(SELECT id FROM notices WHERE reference LIKE 'ladder-%')`
	for query, want := range map[string]int64{
		`SELECT count(*) FROM deliveries WHERE channel = 'sms' AND notice IN ` + ours + ` AND status <> 'delivered'
			AND NOT (status = 'failed' AND last_reason = 'no_outcome')`: 0,
		`SELECT count(*) FROM deliveries d WHERE channel = 'sms' AND notice IN ` + ours + ` AND NOT EXISTS
			(SELECT FROM rungs r WHERE r.delivery = d.id)`: notices,
		`SELECT count(*) FROM rungs r WHERE notice IN ` + ours + ` AND NOT EXISTS (SELECT FROM deliveries d WHERE d.id = r.delivery)
			AND NOT EXISTS (SELECT FROM officer_tasks t WHERE t.id = r.task)`: 0,
		`SELECT count(*) FROM rungs r JOIN opens o ON o.notice = r.notice WHERE r.at > o.opened_at`:       0,
		`SELECT count(*) FROM opens WHERE notice IN ` + ours:                                              opened,
		`SELECT count(*) FROM officer_tasks t JOIN opens o ON o.notice = t.notice WHERE t.state = 'open'`: 0,
		`SELECT count(*) FROM officer_tasks WHERE state = 'open' AND notice IN ` + ours:                   notices - opened,
		`SELECT count(*) FROM officer_tasks t LEFT JOIN receipts r ON r.notice = t.notice AND r.event = 'RelayToNonERDS' AND
			r.details ->> 'task' = t.id::text WHERE r.id IS NULL`: 0,
		`SELECT count(*) FROM (SELECT notice FROM receipts WHERE event = 'RelayToNonERDS' GROUP BY notice HAVING count(*) > 1) d`: 0,
		`SELECT count(*) FROM officer_tasks t WHERE state = 'withdrawn' AND (SELECT count(*) FROM receipts r
			WHERE r.notice = t.notice AND r.event = 'eblagh:RelayWithdrawn') <> 1`: 0,
	} {
		if got := in.count(query); got != want {
			in.t.Errorf("%d, want %d: %s", got, want, query)
		}
	}
	// What the worker that was killed had begun and not sent is never sent again, for nobody can know: a slice in each of its
	// hands at most, and it was killed while its rungs sent their texts.
	doubt := in.count(`SELECT count(*) FROM deliveries WHERE channel = 'sms' AND notice IN ` + ours + ` AND last_reason = 'no_outcome'`)
	if in.t.Logf("%d texts were in doubt", doubt); doubt > 150 {
		in.t.Errorf("%d texts were in doubt, want a few slices", doubt)
	}
	for attempt, times := range in.sentTexts() {
		if times != 1 {
			in.t.Errorf("attempt %s was sent %d times", attempt, times)
		}
	}
}
