package endtoend

import "fmt"

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
		FROM rungs r JOIN opens o ON o.notice = r.notice WHERE r.at > o.opened_at
		AND age(r.xmin) <= age(o.xmin)`}, // written later, too: where a clock was put back the times alone say nothing
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
		WHERE NOT EXISTS (SELECT FROM (SELECT unnest(receipts) AS receipt FROM ledger_queue) q WHERE q.receipt = r.id)
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
