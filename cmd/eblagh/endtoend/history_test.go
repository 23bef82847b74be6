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

// rule is something that must be true of the whole database once everything has ended. Its query finds each breach of
// it, and says it in words.
type rule struct{ name, query string }

// Every rule counts in the database alone; what the court, the citizens and the message centre saw is compared below.
var rules = []rule{
	{"everything ends", `SELECT format('%s delivery %s is still %s, due %s', channel, id, status, due_at) FROM deliveries
		WHERE due_at IS NOT NULL`},
	{"states move forward", `SELECT format('%s delivery %s went from %s to %s', channel, delivery, was, now) FROM test_moves
		WHERE was <> now AND NOT EXISTS (SELECT FROM ` + drawnMachine + `
			WHERE drawn.channel = test_moves.channel AND drawn.was = test_moves.was AND test_moves.now = ANY (drawn.may))`},
	{"attempts are counted one by one", `SELECT format('delivery %s went from %s attempts to %s while it became %s', delivery,
		attempts_before, attempts, now) FROM test_moves
		WHERE attempts <> attempts_before + CASE WHEN now = 'sending' AND was <> now THEN 1 ELSE 0 END`},
	{"each attempt has a row and an outcome", `SELECT format('delivery %s has %s attempts and %s rows, of which %s without outcome',
		d.id, d.attempts, count(a), count(a) FILTER (WHERE a.outcome IS NULL))
		FROM deliveries d LEFT JOIN attempts a ON a.delivery = d.id GROUP BY d.id, d.attempts
		HAVING count(a) <> d.attempts OR count(a) FILTER (WHERE a.outcome IS NULL) > 0`},
	{"no attempt follows one that may have had an effect", `SELECT format('delivery %s was tried again after attempt %s: %s', delivery, n,
		outcome) FROM attempts a WHERE outcome IN ('accepted', 'delivered', 'unknown')
		AND EXISTS (SELECT FROM attempts b WHERE b.delivery = a.delivery AND b.n > a.n)`},
	{"no cursor is missing", `SELECT format('inbox %s has %s notices and cursors %s to %s; its head says %s', i.recipient, count(*),
		min(i.cursor), max(i.cursor), c.last) FROM inbox i LEFT JOIN inbox_cursors c ON c.recipient = i.recipient
		GROUP BY i.recipient, c.last HAVING min(i.cursor) <> 1 OR max(i.cursor) <> count(*) OR c.last IS DISTINCT FROM count(*)`},
	{"arrivals are in the order of time", `SELECT format('inbox %s: cursor %s arrived before the one below it', recipient, cursor) FROM
		(SELECT *, lag(arrived_at) OVER (PARTITION BY recipient ORDER BY cursor) AS former FROM inbox) i WHERE arrived_at < former`},
	{"a notice is in its inbox once if it was delivered, and else not", `SELECT format('notice %s is %s and %s times in the inbox',
		d.notice, d.status, count(i)) FROM deliveries d LEFT JOIN inbox i ON i.recipient = d.recipient AND i.notice = d.notice
		WHERE d.channel = 'inbox' GROUP BY d.notice, d.status HAVING count(i) <> (d.status = 'delivered')::int`},
	{"each notice has one delivery to the inbox, one text, and one more for each rung that sends one",
		`SELECT format('notice %s has %s deliveries to the inbox and %s texts', id, inbox, texts) FROM (SELECT n.id, n.channels,
			count(d) FILTER (WHERE channel = 'inbox') AS inbox, count(d) FILTER (WHERE channel = 'sms') AS texts,
			(SELECT count(delivery) FROM rungs r WHERE r.notice = n.id) AS rungs
			FROM notices n LEFT JOIN deliveries d ON d.notice = n.id AND d.replays IS NULL GROUP BY n.id, n.channels) counted
		WHERE inbox <> 1 OR texts <> ('sms' = ANY (channels))::int + rungs`},
	{"no rung follows the opening", `SELECT format('notice %s was open when rung %s was climbed', r.notice, r.name)
		FROM rungs r JOIN opens o ON o.notice = r.notice WHERE r.at > o.opened_at`},
	{"each rung that fired was climbed or says why not", `SELECT format('rung %s of notice %s fired into nothing', t.rung, t.notice)
		FROM timers t WHERE t.kind = 'ladder' AND t.fired_at IS NOT NULL AND t.stopped IS NULL
		AND NOT EXISTS (SELECT FROM rungs r WHERE r.notice = t.notice AND r.name = t.rung)`},
	{"a reference names a notice", `SELECT format('reference %s names notice %s, which is not there', reference, notice) FROM notice_refs r
		WHERE NOT EXISTS (SELECT FROM notices n WHERE n.id = r.notice AND n.reference = r.reference)`},
	{"a text waits for no arrival that will not come", `SELECT format('text %s of notice %s was sent, and the notice never arrived', a.delivery,
		d.notice) FROM attempts a JOIN deliveries d ON d.id = a.delivery WHERE d.notice IS NOT NULL
		AND NOT EXISTS (SELECT FROM inbox i WHERE i.recipient = d.recipient AND i.notice = d.notice)`},
	{"A.1 once", countReceipts(`n.id`, `event = 'SubmissionAcceptance'`, `1`)},
	{"D.1 once per arrival", countReceipts(`n.id`, `event = 'ContentConsignment'`,
		`(SELECT count(*) FROM inbox i WHERE i.recipient = n.recipient AND i.notice = n.id)`)},
	{"E.1 once per opening", countReceipts(`n.id`, `event = 'ContentHandover'`, `(SELECT count(*) FROM opens o WHERE o.notice = n.id)`)},
	{"expiry once", countReceipts(`n.id`, `event = 'eblagh:Expired'`,
		`(SELECT count(*) FROM deliveries d WHERE d.notice = n.id AND d.channel = 'inbox' AND d.status = 'expired')`)},
	{"withdrawal once", countReceipts(`n.id`, `event = 'eblagh:Cancelled'`,
		`(SELECT count(*) FROM deliveries d WHERE d.notice = n.id AND d.channel = 'inbox' AND d.status = 'cancelled')`)},
	{"D.3 once per accepted attempt", countReceipts(`n.id`, `event = 'ConsignmentNotification' AND channel = 'sms'`,
		`(SELECT count(*) FROM attempts a JOIN deliveries d ON d.id = a.delivery WHERE d.notice = n.id AND a.message_id IS NOT NULL)`)},
	{"NotificationDelivered once per text on a handset", countReceipts(`n.id`, `event = 'NotificationDelivered' AND channel = 'sms'`,
		`(SELECT count(*) FROM attempts a JOIN deliveries d ON d.id = a.delivery WHERE d.notice = n.id AND a.outcome = 'delivered')`)},
	{"D.4 for every text that failed", `SELECT format('text %s failed (%s) and there is no D.4', d.id, d.last_reason) FROM deliveries d
		WHERE d.channel = 'sms' AND d.notice IS NOT NULL AND d.status = 'failed' AND NOT EXISTS (SELECT FROM receipts r
			WHERE r.notice = d.notice AND r.channel = 'sms' AND r.event = 'ConsignmentNotificationFailure')`},
	{"live says D.3 and NotificationDelivered once", `SELECT format('notice %s has %s receipts %s of live', notice, count(*), event)
		FROM receipts WHERE channel = 'live' GROUP BY notice, event HAVING count(*) > 1`},
	{"timers fire", `SELECT format('the timer of notice %s was due %s and has not fired', notice, due_at) FROM timers
		WHERE fired_at IS NULL`},
	{"reports find their attempts", `SELECT format('report %s is parked, and belongs to attempt %s of delivery %s', r.id, a.n, a.delivery)
		FROM reports r JOIN attempts a ON a.provider = r.provider AND a.message_key = r.message_key WHERE r.delivery IS NULL`},
	{"every receipt is in the log, or waits for it", `SELECT format('receipt %s is neither in the log nor in its queue', id) FROM receipts r
		WHERE NOT EXISTS (SELECT FROM ledger_queue q WHERE q.receipt = r.id)
		AND NOT EXISTS (SELECT FROM log_leaves l WHERE l.receipt = r.id)`},
	{"outages end", `SELECT format('an outage of %s began %s and has no end', part, started_at) FROM incidents
		WHERE kind = 'outage' AND ended_at IS NULL`},
}

// countReceipts finds notices whose receipts of a kind are not as many as they should be.
func countReceipts(notice, which, want string) string {
	return fmt.Sprintf(`SELECT format('notice %%s has %%s such receipts, not %%s', id, has, want) FROM (
		SELECT %s, count(r.id) AS has, (%s) AS want FROM notices n LEFT JOIN receipts r ON r.notice = n.id AND %s
		GROUP BY n.id, n.recipient) counted WHERE has <> want`, notice, want, which)
}

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
	const shown = 5 // of each rule
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
