package endtoend

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/hub/postgres/pgtest"
)

// sound is the history of one notice as it should be: accepted, arrived, told by a text that reached the handset, shown
// live and acknowledged, opened. N stands for its ids.
const sound = `
INSERT INTO organisations (id, kind, code, name) VALUES (N'1', 'branch', '1', 'شعبه نمونه');
INSERT INTO persons (id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct, personal_code, activated_at)
	VALUES (N'2', 'natural', 'x', 'x', 'x', 'x', 'x', hub_now());
INSERT INTO cases (id, branch, number, number_typed) VALUES (N'3', N'1', '1', '1');
INSERT INTO notices (id, number, reference, submitter, case_id, kind, capacity, recipient, subject_ct, channels, priority, created_at)
	VALUES (N'4', '140500000000000001', 'fault-1', N'1', N'3', 'summons', 'defendant', N'2', 'x', '{inbox,sms,live}', 'normal', hub_now());
INSERT INTO notice_refs (submitter, reference, notice) VALUES (N'1', 'fault-1', N'4');
INSERT INTO timers (id, kind, notice, due_at, fired_at) VALUES (N'7', 'expire', N'4', hub_now() - interval '1 hour', hub_now());
INSERT INTO deliveries (id, notice, recipient, submitter, channel, priority, due_at) VALUES
	(N'5', N'4', N'2', N'1', 'inbox', 'normal', hub_now()), (N'6', N'4', N'2', N'1', 'sms', 'normal', 'infinity');
UPDATE deliveries SET status = 'queued' WHERE channel = 'inbox';
INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at) VALUES (N'2', 1, N'4', N'1', hub_now());
INSERT INTO inbox_cursors (recipient, last) VALUES (N'2', 1);
UPDATE deliveries SET status = 'delivered', due_at = NULL WHERE channel = 'inbox';
UPDATE deliveries SET status = 'sending', attempts = 1, due_at = hub_now() WHERE channel = 'sms';
INSERT INTO attempts (delivery, n, provider, outcome, ended_at, message_id, message_key)
	VALUES (N'6', 1, 'centre', 'delivered', hub_now(), 'A1', 'a1');
UPDATE deliveries SET status = 'sent' WHERE channel = 'sms';
UPDATE deliveries SET status = 'delivered', due_at = NULL WHERE channel = 'sms';
INSERT INTO opens (notice, recipient, submitter, person, opened_at) VALUES (N'4', N'2', N'1', N'2', hub_now());
INSERT INTO receipts (id, event, channel, at, notice, recipient, actor_kind)
	SELECT gen_random_uuid(), event, channel, hub_now(), N'4', N'2', 'system' FROM (VALUES ('SubmissionAcceptance', ''), ('ContentConsignment', 'inbox'),
		('ContentHandover', 'inbox'), ('ConsignmentNotification', 'sms'), ('NotificationDelivered', 'sms'),
		('ConsignmentNotification', 'live'), ('NotificationDelivered', 'live')) AS u (event, channel);`

const oneMoreReceipt = `INSERT INTO receipts (id, event, channel, at, notice, recipient, actor_kind)
	VALUES (gen_random_uuid(), $event, 'sms', hub_now(), N'4', N'2', 'system')`

// breaches breaks each rule by its name.
var breaches = map[string]string{
	"everything ends":                                    `UPDATE deliveries SET status = 'sent', due_at = hub_now() WHERE channel = 'sms'`,
	"states move forward":                                `INSERT INTO test_moves (delivery, channel, was, attempts_before, now, attempts) VALUES (N'6', 'sms', 'failed', 1, 'sent', 1)`,
	"attempts are counted one by one":                    `INSERT INTO test_moves (delivery, channel, was, attempts_before, now, attempts) VALUES (N'6', 'sms', 'queued', 1, 'sending', 3)`,
	"each attempt has a row and an outcome":              `DELETE FROM attempts`,
	"no attempt follows one that may have had an effect": `INSERT INTO attempts (delivery, n, provider) VALUES (N'6', 2, 'centre')`,
	"no cursor is missing":                               `UPDATE inbox SET cursor = 2`,
	"arrivals are in the order of time": `INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at)
		VALUES (N'2', 2, N'9', N'1', hub_now() - interval '1 minute')`,
	"a notice is in its inbox once if it was delivered, and else not": `DELETE FROM inbox`,
	"no rung follows the opening": `UPDATE opens SET opened_at = hub_now() - interval '1 minute';
		INSERT INTO rungs (notice, name, ladder, at, reason) VALUES (N'4', 'second_sms', 'x', hub_now(), 'x')`,
	"each rung that fired was climbed or says why not": `INSERT INTO timers (id, kind, notice, due_at, fired_at, ladder, rung)
		VALUES (N'9', 'ladder', N'4', hub_now(), hub_now(), 'x', 'second_sms')`,
	"each notice has one delivery to the inbox, one text, and one more for each rung that sends one": `INSERT INTO deliveries (id, notice, recipient,
		channel, priority, status) VALUES (N'9', N'4', N'2', 'sms', 'normal', 'failed')`,
	"a reference names a notice":                     `DELETE FROM notices`,
	"a text waits for no arrival that will not come": `DELETE FROM inbox`,
	"A.1 once":                      strings.Replace(oneMoreReceipt, "$event", "'SubmissionAcceptance'", 1),
	"D.1 once per arrival":          `DELETE FROM receipts WHERE event = 'ContentConsignment'`,
	"E.1 once per opening":          strings.Replace(oneMoreReceipt, "$event", "'ContentHandover'", 1),
	"expiry once":                   strings.Replace(oneMoreReceipt, "$event", "'eblagh:Expired'", 1),
	"withdrawal once":               `UPDATE deliveries SET status = 'cancelled' WHERE channel = 'inbox'`,
	"D.3 once per accepted attempt": strings.Replace(oneMoreReceipt, "$event", "'ConsignmentNotification'", 1),
	"NotificationDelivered once per text on a handset": strings.Replace(oneMoreReceipt, "$event", "'NotificationDelivered'", 1),
	"D.4 for every text that failed":                   `UPDATE deliveries SET status = 'failed' WHERE channel = 'sms'`,
	"live says D.3 and NotificationDelivered once":     `UPDATE receipts SET channel = 'live' WHERE channel = 'sms'`,
	"timers fire": `UPDATE timers SET fired_at = NULL`,
	"reports find their attempts": `INSERT INTO reports (id, provider, message_id, message_key, outcome, raw)
		VALUES (N'9', 'centre', 'A1', 'a1', 'delivered', '')`,
	"every receipt is in the log, or waits for it": `DELETE FROM ledger_queue`,
	"outages end": `INSERT INTO incidents (id, kind, part, reason) VALUES (N'9', 'outage', 'redis', 'no_answer')`,
}

// A checker that finds nothing proves nothing: each of its rules finds its own breach, and none in a sound history.
func TestTheHistoryCheckerFindsEveryBreach(t *testing.T) {
	pgtest.New(t)
	db, err := sql.Open("pgx", pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ids := strings.NewReplacer("N'", "'00000000-0000-7000-8000-00000000000")
	for _, statement := range append(recordMoves, ids.Replace(sound)) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	for _, r := range rules {
		if found := breachOf(t, db, "", r); len(found) > 0 {
			t.Errorf("%s: found in a sound history: %q", r.name, found)
		}
		if found := breachOf(t, db, ids.Replace(breaches[r.name]), r); len(found) == 0 {
			t.Errorf("%s: its breach is not found", r.name)
		}
	}
}

// breachOf runs a rule after a statement that no trigger hinders, and takes that back.
func breachOf(t *testing.T, db *sql.DB, statement string, r rule) (found []string) {
	t.Helper()
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`SET LOCAL session_replication_role = replica; ` + statement); err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	rows, err := tx.Query(r.query)
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var words string
		if err := rows.Scan(&words); err != nil {
			t.Fatal(err)
		}
		found = append(found, words)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// What the court and the message centre saw is compared with the database both ways.
func TestTheHistoryCheckerComparesBothSides(t *testing.T) {
	stands := [][]string{{"n1", "fault-1", "delivered"}, {"n2", "fault-2", "expired"}}
	for name, c := range map[string]struct {
		accepted map[string]string
		want     int
	}{
		"as promised":         {map[string]string{"n1": "fault-1", "n2": "fault-2"}, 0},
		"one was lost":        {map[string]string{"n1": "fault-1", "n2": "fault-2", "n3": "fault-3"}, 1},
		"one was never told":  {map[string]string{"n1": "fault-1"}, 1},
		"another than it was": {map[string]string{"n1": "fault-9", "n2": "fault-2"}, 1},
	} {
		if found := promised(c.accepted, stands, &tally{}); len(found) != c.want {
			t.Errorf("%s: %q", name, found)
		}
	}
	const one, two = "140500000000000001", "140500000000000002"
	attempted := [][]string{{one, "1", "1"}, {two, "0", "1"}} // one was accepted, of two nothing is known
	for name, c := range map[string]struct {
		counts map[string]int
		want   int
	}{
		"as often as accepted":           {map[string]int{one: 1}, 0},
		"the unknown one as well":        {map[string]int{one: 1, two: 1}, 0},
		"twice":                          {map[string]int{one: 2}, 1},
		"accepted and never taken":       {map[string]int{two: 1}, 1},
		"about a notice that is not one": {map[string]int{one: 1, "140500000000000003": 1}, 1},
	} {
		counts := map[smsctest.Addressed]int{{Body: "کد 123456"}: 5}
		for number, times := range c.counts {
			counts[smsctest.Addressed{Body: "ابلاغیه شماره " + number}] = times
		}
		if found := texted(counts, attempted, &tally{}); len(found) != c.want {
			t.Errorf("%s: %q", name, found)
		}
	}
}
