package endtoend

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"eblagh/channels/sms/smpp/smsctest"
)

// tally is what a round came to.
type tally struct {
	accepted, delivered, expired, withdrawn, lost, doubled, settled, retries, texts int64
}

func (t tally) String() string {
	return fmt.Sprintf("accepted %d, delivered %d, expired %d, withdrawn %d, lost %d, doubled %d, texts taken %d, unknown settled %d, retries of the court %d",
		t.accepted, t.delivered, t.expired, t.withdrawn, t.lost, t.doubled, t.texts, t.settled, t.retries)
}

// history compares what the court was promised, what the citizens and the message centre saw, and what the database
// says, and gives every violation in words that it has not given before.
func (c *cluster) history() (violations []string, sum tally) {
	c.t.Helper()
	const shown = 5  // of each rule
	c.run(`ANALYZE`) // a server that crashed has lost its counts, and then plans these queries badly
	for _, r := range rules {
		found := c.rows(r.query + fmt.Sprintf(" LIMIT %d", 1000))
		for i, row := range found {
			if i == shown {
				violations = append(violations, fmt.Sprintf("%s: … and %d more", r.name, len(found)-shown))
				break
			}
			violations = append(violations, r.name+": "+row[0])
		}
	}
	c.court.mu.Lock()
	violations = append(violations, c.court.wrong...)
	violations = append(violations, promised(c.court.accepted, c.rows(selectPromised), &sum)...)
	c.court.mu.Unlock()
	violations = append(violations, texted(c.centre.Counts(), c.rows(selectAttempted), &sum)...)
	for _, v := range c.viewers {
		violations = append(violations, v.verdict()...)
	}
	for _, n := range c.nodes {
		violations = append(violations, n.misdeeds()...)
	}
	violations = append(violations, c.audited()...)
	const settled = `SELECT count(*) FROM deliveries d WHERE status IN ('delivered', 'failed')
		AND EXISTS (SELECT FROM test_moves m WHERE m.delivery = d.id AND m.now = 'unknown')`
	sum.settled, sum.retries = c.count(settled), c.court.retries.Load()
	violations = slices.DeleteFunc(violations, func(v string) bool { return c.said[v] })
	for _, v := range violations {
		c.said[v] = true
	}
	return violations, sum.since(&c.before)
}

func (t tally) plus(u tally) tally {
	return tally{t.accepted + u.accepted, t.delivered + u.delivered, t.expired + u.expired, t.withdrawn + u.withdrawn, t.lost + u.lost,
		t.doubled + u.doubled, t.settled + u.settled, t.retries + u.retries, t.texts + u.texts}
}

// since gives what was added to a tally, and brings that up to date.
func (t tally) since(before *tally) tally {
	b := *before
	*before = t
	return tally{t.accepted - b.accepted, t.delivered - b.delivered, t.expired - b.expired, t.withdrawn - b.withdrawn, t.lost - b.lost,
		t.doubled - b.doubled, t.settled - b.settled, t.retries - b.retries, t.texts - b.texts}
}

// audited holds the whole database against the signed log, from outside, and the log against that of the last time.
func (c *cluster) audited() []string {
	c.t.Helper()
	cmd := exec.Command(program, "audit", "--quiet", "--key", c.dev.LogPublicKey, "--state", filepath.Join(c.dir, "audit.state"))
	cmd.Env = append(os.Environ(), c.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return []string{fmt.Sprintf("the audit of the log: %v: %s", err, tail(string(out), 2000))}
	}
	return nil
}

const selectPromised = `SELECT n.id, n.reference, d.status FROM notices n JOIN deliveries d ON d.notice = n.id AND d.channel = 'inbox'
	WHERE n.reference LIKE 'fault-%'`

// promised compares the court's list, references by notice, with the rows of selectPromised, both ways.
func promised(accepted map[string]string, rows [][]string, sum *tally) (violations []string) {
	stands := map[string]string{}
	for _, row := range rows {
		stands[row[0]] = row[2]
		if accepted[row[0]] != row[1] {
			violations = append(violations, fmt.Sprintf("notice %s (reference %s) is there, and the court was never told", row[0], row[1]))
		}
	}
	for notice, reference := range accepted {
		sum.accepted++
		switch stands[notice] {
		case "delivered":
			sum.delivered++
		case "expired":
			sum.expired++
		case "cancelled":
			sum.withdrawn++
		default:
			sum.lost++
			violations = append(violations, fmt.Sprintf("notice %s (reference %s) was promised and is %q", notice, reference, stands[notice]))
		}
	}
	return violations
}

// For each notice: its attempts that were accepted, and all that may have had an effect. One that was rejected by the
// report of a part may have left whole, though its last answer never came.
const selectAttempted = `SELECT n.number, count(a.n) FILTER (WHERE a.message_id IS NOT NULL),
	count(a.n) FILTER (WHERE a.message_id IS NOT NULL OR coalesce(a.outcome, 'unknown') IN ('unknown', 'delivered')
		OR a.outcome = 'rejected' AND EXISTS (SELECT FROM attempt_parts p WHERE p.delivery = a.delivery AND p.n = a.n AND p.outcome = 'rejected'))
	FROM notices n JOIN deliveries d ON d.notice = n.id AND d.channel = 'sms' LEFT JOIN attempts a ON a.delivery = d.id
	WHERE n.reference LIKE 'fault-%' GROUP BY n.number`

// numbered finds the number of a notice in its text.
var numbered = regexp.MustCompile(`\d{18}`)

// texted compares how often the message centre took the text of each notice with the rows of selectAttempted.
func texted(counts map[smsctest.Addressed]int, rows [][]string, sum *tally) (violations []string) {
	taken := map[string]int{}
	for text, times := range counts {
		if number := numbered.FindString(text.Body); number != "" {
			taken[number] += times
			sum.texts += int64(times)
		}
	}
	for _, row := range rows {
		least, _ := strconv.Atoi(row[1])
		most, _ := strconv.Atoi(row[2])
		times := taken[row[0]]
		delete(taken, row[0])
		if times > most {
			sum.doubled += int64(times - most)
			violations = append(violations, fmt.Sprintf("the text of notice %s was taken %d times, by at most %d attempts", row[0], times, most))
		}
		if times < least {
			violations = append(violations, fmt.Sprintf("the text of notice %s was taken %d times, and %d attempts were accepted", row[0], times, least))
		}
	}
	for number, times := range taken {
		violations = append(violations, fmt.Sprintf("a text about notice %s, which is not there, was taken %d times", number, times))
	}
	return violations
}

// verdict waits until the citizen has seen and acknowledged the whole inbox and that is on record, and gives what was wrong.
func (v *viewer) verdict() []string {
	v.c.t.Helper()
	v.opening.Wait()
	head := fmt.Sprintf(`SELECT last, acked FROM inbox_cursors WHERE recipient = '%s'`, v.id)
	var last, acked string
	eventually(v.c.t, time.Minute, func() bool {
		rows := v.c.rows(head)
		if len(rows) == 0 {
			return v.at() == 0
		}
		last, acked = rows[0][0], rows[0][1]
		return (acked == last || v.c.killed.Load()) && strconv.FormatInt(v.at(), 10) == last
	}, func() string {
		return fmt.Sprintf("inbox %s has %s notices; the citizen saw %d over %d connections, and %s are acknowledged", v.id, last, v.at(),
			v.came, acked)
	})
	v.mu.Lock()
	violations := slices.Clone(v.wrong)
	v.mu.Unlock()
	if v.c.killed.Load() {
		return violations
	}
	for _, row := range v.c.rows(fmt.Sprintf(`SELECT format('notice %%s was shown and acknowledged live, and there is no %%s', i.notice, e)
		FROM inbox i CROSS JOIN (VALUES ('ConsignmentNotification'), ('NotificationDelivered')) AS events (e)
		WHERE i.recipient = '%s' AND NOT EXISTS (SELECT FROM receipts r
			WHERE r.notice = i.notice AND r.event = e AND r.channel = 'live') LIMIT 20`, v.id)) {
		violations = append(violations, row[0])
	}
	return violations
}
