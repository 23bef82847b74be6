package reading_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// crowd is how many notices there are besides those that a test looks for.
const crowd = 20_000

// transparent is a vault for papers whose content nobody reads.
type transparent struct{}

func (transparent) OpenText([]byte, string) (string, error) { return "", nil }

// fillCrowd gives the branch many notices for many people, each arrived, half of them in one case.
func (w *world) fillCrowd(branch hub.ID) {
	w.Helper()
	big := w.matter(paper{branch: branch, number: "9"})
	w.exec(`INSERT INTO cases (id, branch, number, number_typed)
		SELECT gen_random_uuid(), $1, 'c' || i, 'c' || i FROM generate_series(1, 2000) i`, branch)
	w.exec(`CREATE TABLE crowd AS SELECT i, (substr(hub_uuid_floor(now() - interval '1 day')::text, 1, 14) || '7' ||
			substr(gen_random_uuid()::text, 16))::uuid AS notice, gen_random_uuid() AS recipient FROM generate_series(1, $1) i`, crowd)
	w.exec(`INSERT INTO notices (id, number, reference, submitter, case_id, kind, capacity, recipient, subject_ct, channels,
			priority, created_at)
		SELECT notice, 'n' || i, 'c' || i, $1, CASE WHEN i % 2 = 0 THEN $2 ELSE
			(ARRAY(SELECT id FROM cases WHERE number LIKE 'c%'))[i % 2000 + 1] END, 'order', 'other', recipient, 'x',
			'{inbox,sms}', 'normal', hub_now() FROM crowd`, branch, big)
	w.exec(`INSERT INTO notice_refs (submitter, reference, notice) SELECT submitter, reference, id FROM notices`)
	w.exec(`INSERT INTO deliveries (id, notice, recipient, submitter, channel, priority, status, attempts, due_at)
		SELECT (substr(notice::text, 1, 24) || lpad(to_hex(i * 2 + CASE ch WHEN 'sms' THEN 1 ELSE 0 END), 12, '0'))::uuid, notice,
			recipient, $1, ch, 'normal', CASE ch WHEN 'sms' THEN 'sent' ELSE 'delivered' END, 1,
			CASE ch WHEN 'sms' THEN hub_now() + '1 hour' END FROM crowd, unnest('{inbox,sms}'::text[]) ch`, branch)
	w.exec(`INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at) SELECT recipient, 1, notice, $1, hub_now() FROM crowd`,
		branch)
	w.exec(`INSERT INTO receipts (id, event, at, notice, submitter, recipient, actor_kind)
		SELECT gen_random_uuid(), 'ContentConsignment', hub_now(), notice, $1, recipient, 'system' FROM crowd`, branch)
	w.exec(`ANALYZE`)
}

// Reading costs what is shown and not what is stored: no table is gone through from end to end.
func TestReadingGoesByIndex(t *testing.T) {
	w := newWorld(t)
	branch, office, person := w.organisation("branch"), w.organisation("office"), w.person()
	w.fillCrowd(branch)
	notice, document := w.submit(paper{submitter: branch, recipient: person.ID, number: "9"})
	opened, openedDocument := w.submit(paper{submitter: office, branch: branch, recipient: person.ID, number: "c7"})
	w.arrive(notice, opened)
	w.open(opened)
	w.setDelivery(notice, "sms", "failed")
	w.reader = w.newReader(transparent{})
	before := w.rowsGoneThrough()

	clerk := key(hub.RoleCourtClerk, branch)
	for _, q := range []reading.NoticeQuery{
		{Limit: 5}, {CaseNumber: "c7"}, {CaseNumber: "9", Limit: 5}, {Reference: "c77"},
		{DeliveryStatus: hub.DeliveryFailed}, {DeliveryStatus: hub.DeliveryHeld}, {ServiceStatus: hub.ServiceCancelled},
	} {
		w.timed(q, func() error { _, err := w.reader.Notices(t.Context(), clerk, q); return err })
	}
	w.timed("office", func() error {
		_, err := w.reader.Notices(t.Context(), key(hub.RoleOfficeClerk, office), reading.NoticeQuery{})
		return err
	})
	w.timed("notice", func() error { _, _, err := w.reader.Notice(t.Context(), clerk, notice); return err })
	w.timed("inbox", func() error { _, err := w.reader.Inbox(t.Context(), person, reading.InboxQuery{}); return err })
	w.timed("item", func() error { _, err := w.reader.Item(t.Context(), person, notice); return err })
	w.timed("covers", func() error { _, err := w.reader.Covers(t.Context(), person.ID, 0, 9); return err })
	w.timed("document", func() error {
		_, _, err := w.reader.Document(t.Context(), person, opened, openedDocument)
		return err
	})
	w.timed("no document", func() error {
		if _, _, err := w.reader.Document(t.Context(), person, notice, document); hub.CodeOf(err) != hub.CodeNotFound {
			return err
		}
		return nil
	})
	for _, p := range []access.Principal{person, clerk, key(hub.RoleAuditor)} {
		w.timed("receipts", func() error { _, err := w.reader.Receipts(t.Context(), p, notice); return err })
	}
	w.readCases(branch, office, person, clerk)
	for table, n := range w.rowsGoneThrough() {
		if gone := n - before[table]; gone > crowd/10 {
			t.Errorf("%d rows of %s were gone through", gone, table)
		}
	}
}

func (w *world) timed(what any, call func() error) {
	w.Helper()
	call()
	start := time.Now()
	if err := call(); err != nil {
		w.Errorf("%+v: %v", what, err)
	}
	w.Logf("%6.1f ms %+v", time.Since(start).Seconds()*1000, what)
}

// rowsGoneThrough tells, per table and partition, how many rows were read other than by an index. A connection reports
// its share at the latest when it ends, so all but the superuser's are ended first.
func (w *world) rowsGoneThrough() map[string]int {
	w.Helper()
	w.exec(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND usename IS NOT NULL
		AND pid <> pg_backend_pid()`)
	w.exec(`SELECT pg_stat_force_next_flush()`)
	rows, _ := w.sql.Query(w.Context(), `SELECT relname, seq_tup_read::int FROM pg_stat_user_tables`)
	read := map[string]int{}
	var table string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&table, &n}, func() error { read[table] = n; return nil }); err != nil {
		w.Fatal(err)
	}
	return read
}

// readCases reads lists of cases and their papers as everybody who has any: a branch with thousands of cases, one of which
// has half of all papers, an office, a party, and counsel in the large case and in a small one.
func (w *world) readCases(branch, office hub.ID, party, clerk access.Principal) {
	w.Helper()
	large, small := w.matter(paper{branch: branch, number: "9"}), w.matter(paper{branch: branch, number: "c7"})
	lawyer := w.lawyer()
	for _, matter := range []hub.ID{large, small} {
		w.counsel(lawyer.ID, party.ID, matter, office, "full", "-1 hour", "")
	}
	w.rowsGoneThrough() // the counts of what went before are in
	for name, p := range map[string]access.Principal{"the branch": clerk, "the office": key(hub.RoleOfficeClerk, office),
		"a party": party, "counsel": lawyer} {
		before := w.papersFetched()
		for _, q := range []reading.CaseQuery{{}, {Limit: 5}, {Number: "c7"}} {
			w.timed(name+"'s cases", func() error { _, err := w.reader.Cases(w.Context(), p, q); return err })
		}
		w.timed(name+"'s small case", func() error { _, err := w.reader.Case(w.Context(), p, small, reading.CaseQuery{}); return err })
		if name != "the office" { // which handed nothing in there
			w.timed(name+"'s large case", func() error { _, err := w.reader.Case(w.Context(), p, large, reading.CaseQuery{Limit: 5}); return err })
		}
		w.rowsGoneThrough()
		if n := w.papersFetched() - before; p.Kind == access.Person && n > crowd/20 {
			w.Errorf("%s: %d papers were looked at", name, n)
		}
	}
}

// papersFetched tells how many notices were fetched by an index so far.
func (w *world) papersFetched() (n int) {
	w.Helper()
	err := w.sql.QueryRow(w.Context(), `SELECT coalesce(sum(idx_tup_fetch), 0)::int FROM pg_stat_user_tables
		WHERE relname LIKE 'notices%'`).Scan(&n)
	if err != nil {
		w.Fatal(err)
	}
	return n
}
