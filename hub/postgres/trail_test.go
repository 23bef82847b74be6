package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/trail"
)

// note writes entries about things into the trail.
func (w *world) note(n int, about ...hub.ID) {
	w.Helper()
	var entries []trail.Entry
	for range n {
		entries = append(entries, trail.EntryOf(access.Look{ID: hub.NewID(time.Now()), Principal: w.branch, Kind: access.Key,
			Role: hub.RoleCourtClerk, Action: access.NoticeRead, Objects: about, Ground: "court_clerk/same", Count: 1}))
	}
	if err := w.db.AddTrail(w.Context(), entries); err != nil {
		w.Fatal(err)
	}
}

// A change and its entry are one transaction; what is refused leaves none of it behind.
func TestEntryRidesWithTheChange(t *testing.T) {
	w := newWorld(t)
	person := w.someone()
	call := trail.NewCall(time.Now, trail.From{Place: trail.Public, Address: [16]byte{1}, Device: "linux curl"}, true)
	call.Enter("submitNotice", access.NoticeSubmit)
	clerk := call.As(w.court())
	ctx := trail.With(w.Context(), call)
	results, err := w.Submit(ctx, clerk, []dispatch.Paper{paper("r-1", person)}, nil)
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results)
	}
	notice := results[0].Notice
	w.wantCount(1, `SELECT count(*) FROM trail WHERE call = $1 AND outcome = 'done' AND object = $2 AND persons = ARRAY[$3]::uuid[]
		AND ground = 'court_clerk/same' AND xmin = (SELECT xmin FROM notices WHERE id = $2)`, call.ID().String(), notice.ID.String(), notice.Recipient.String())
	if rest := call.Rest(201, false); len(rest) != 0 {
		t.Errorf("more is to be written: %v", rest)
	}

	// The same reference again is refused: nothing was changed, and that is what the trail will say.
	again := trail.NewCall(time.Now, trail.From{}, true)
	again.Enter("submitNotice", access.NoticeSubmit)
	if _, err := w.Submit(trail.With(w.Context(), again), again.As(w.court()), []dispatch.Paper{paper("r-1", person)}, nil); err != nil {
		t.Fatal(err)
	}
	w.wantCount(0, `SELECT count(*) FROM trail WHERE call = $1 AND outcome = 'done'`, again.ID().String())
	if rest := again.Rest(409, false); len(rest) != 1 || rest[0].Outcome != trail.Refused {
		t.Errorf("%+v", rest)
	}

	// 40 papers of one call are one entry.
	many := trail.NewCall(time.Now, trail.From{}, true)
	many.Enter("submitBatch", access.NoticeSubmit)
	if _, err := w.Submit(trail.With(w.Context(), many), many.As(w.court()), papers("b", 40, person), nil); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM trail WHERE call = $1 AND count = 40`, many.ID().String())
}

// An entry leads from a delivery to its paper, and from that to whose it is.
func TestEntryNamesWhomItConcerns(t *testing.T) {
	w := newWorld(t)
	n := w.submit(paper("r-1", w.someone()))[0]
	e := trail.EntryOf(access.Look{ID: hub.NewID(time.Now()), Kind: access.Key, Action: access.DeliveryRead, Object: n.Deliveries[0].ID,
		Ground: "operator/any", Count: 1})
	if err := w.db.AddTrail(w.Context(), []trail.Entry{e}); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM trail WHERE id = $1 AND objects @> ARRAY[$2]::uuid[] AND persons = ARRAY[$3]::uuid[]`,
		e.ID.String(), n.ID.String(), n.Recipient.String())
}

// Nobody rewrites the trail: not the owner without taking its triggers away, and no role of ours writes but by hub_trail.
func TestTrailIsAppendOnly(t *testing.T) {
	w := newWorld(t)
	w.note(1)
	w.later("2 hours")
	w.closeHours()
	partition := "trail" + time.Now().UTC().Format("_2006_01")
	for _, table := range []string{"trail", partition, "trail_hours", "trail_parts"} {
		for _, sql := range []string{"UPDATE %s SET hour = hour", "DELETE FROM %s", "TRUNCATE %s CASCADE"} {
			if code := w.refused("", fmt.Sprintf(sql, table)); code != privilege {
				t.Errorf("%s: SQLSTATE %q, want refused", fmt.Sprintf(sql, table), code)
			}
		}
		for _, role := range []string{"eblagh_app", "eblagh_worker"} {
			sql := fmt.Sprintf("INSERT INTO %s SELECT * FROM %[1]s", table)
			if code := w.refused(role, sql); code != privilege && (role == "eblagh_app" || table == "trail" || table == partition) {
				t.Errorf("%s may %s: %q", role, sql, code)
			}
		}
	}
	if code := w.refused("eblagh_app", "SELECT * FROM trail"); code != privilege {
		t.Errorf("the app role reads the trail: %q", code)
	}
}

// closeHours closes what has ended.
func (w *world) closeHours() {
	w.Helper()
	if err := trail.NewCloser(trail.CloserOptions{Hours: w.db, Logger: w.o.Logger, Grace: time.Second}).Close(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// ended is how many hours have ended since the first entry.
func (w *world) ended() int {
	w.Helper()
	return w.count(`SELECT (extract(epoch FROM date_trunc('hour', hub_now() - interval '1 s') - min(hour)) / 3600)::integer FROM trail`)
}

// Of several nodes that close at once one closes each hour, once, with one receipt; hours in which nothing happened too.
func TestHoursAreClosedOnce(t *testing.T) {
	w := newWorld(t)
	w.note(5_000) // more than a part of marks
	w.later("4 hours 30 seconds")
	other, err := postgres.Open(w.Context(), postgres.Options{URL: pgtest.URL(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	before := w.ended()
	var nodes sync.WaitGroup
	for i := range 6 {
		hours := trail.Hours(w.db)
		if i%2 == 1 {
			hours = other
		}
		nodes.Go(func() {
			c := trail.NewCloser(trail.CloserOptions{Hours: hours, Logger: w.o.Logger, Grace: time.Second})
			if err := c.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	w.closeHours() // whoever was not let in came too late for the last of them, at most
	want := w.count(`SELECT count(*) FROM trail_hours`)
	if want != before && want != w.ended() || want < 4 {
		t.Errorf("%d hours are closed, of %d", want, before)
	}
	w.wantCount(want, `SELECT count(*) FROM receipts r JOIN (SELECT unnest(receipts) AS receipt FROM ledger_queue) q ON q.receipt = r.id JOIN trail_hours h ON h.receipt = r.id
		WHERE event = 'eblagh:TrailDigest' AND details->>'digest' = encode(h.digest, 'hex') AND (details->>'entries')::bigint = h.entries`)
	w.wantCount(5_000, `SELECT sum(entries)::bigint FROM trail_hours`)
	w.wantCount(2, `SELECT count(*) FROM trail_parts`)
}

// Whoever writes into an hour that has ended is waited for: the digest has their entry.
func TestStragglerIsInTheDigest(t *testing.T) {
	w := newWorld(t)
	w.note(1)
	slow, err := w.sql.Begin(w.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Rollback(context.Background())
	straggler := hub.NewID(time.Now())
	_, err = slow.Exec(w.Context(), `SELECT hub_trail(jsonb_build_array(jsonb_build_object('id', $1::uuid, 'call', $1::uuid,
		'outcome', 'done', 'kind', 'nobody')))`, straggler.String())
	if err != nil {
		t.Fatal(err)
	}
	reader, name := superuser(t, pgtest.URL(t)), ""
	if err := reader.QueryRow(w.Context(), `SELECT current_database()`).Scan(&name); err != nil {
		t.Fatal(err)
	}
	later := func(by string) *postgres.DB {
		if _, err := reader.Exec(w.Context(), `ALTER DATABASE `+name+` SET eblagh.clock_offset = '`+by+`'`); err != nil {
			t.Fatal(err)
		}
		db, err := postgres.Open(w.Context(), postgres.Options{URL: pgtest.URL(t)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Close)
		return db
	}
	db := later("2 hours")
	closed := make(chan trail.Closed, 1)
	go func() {
		c, _, err := db.CloseHour(context.Background(), 0)
		if err != nil {
			t.Error(err)
		}
		closed <- c
	}()
	for waits := 0; waits == 0; { // until who closes is seen to wait
		if err := reader.QueryRow(w.Context(), `SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
			WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := slow.Commit(w.Context()); err != nil {
		t.Fatal(err)
	}
	if c := <-closed; c.Entries != 2 {
		t.Errorf("%d entries were sealed, want 2", c.Entries)
	}
	// The clock goes back into the hour that is closed: what is written then belongs to the next.
	back := later("0")
	if err := back.AddTrail(w.Context(), []trail.Entry{trail.EntryOf(access.Look{ID: hub.NewID(time.Now()), Kind: access.Key, Action: "x"})}); err != nil {
		t.Fatal(err)
	}
	var late int
	if err := reader.QueryRow(w.Context(), `SELECT count(*) FROM trail t WHERE t.hour > (SELECT max(hour) FROM trail_hours)
		AND t.at < t.hour`).Scan(&late); err != nil || late != 1 {
		t.Errorf("%d entries in the hour after, %v", late, err)
	}
}

// Months that ended long ago leave the trail, with a receipt, once their last hour is closed.
func TestOldMonthsAreDetached(t *testing.T) {
	w := newWorld(t)
	w.note(3)
	w.later("40 days")
	month := w.count(`SELECT extract(epoch FROM date_trunc('month', min(hour)))::integer FROM trail`)
	detach := func(want int) {
		t.Helper()
		names, err := w.db.DetachTrail(w.Context(), 24*time.Hour)
		if err != nil || len(names) != want {
			t.Errorf("%v, %v; want %d", names, err, want)
		}
	}
	detach(0) // nothing is closed yet
	w.exec(`INSERT INTO trail_hours (hour, entries, digest, receipt) SELECT to_timestamp($1) + interval '1 month' - interval '1 hour',
		0, sha256(''), gen_random_uuid()`, month)
	detach(2) // the month before was made, too
	detach(0)
	w.wantCount(0, `SELECT count(*) FROM trail`)
	w.wantCount(3, `SELECT sum((details->>'entries')::bigint)::bigint FROM receipts r JOIN trail_detached d ON d.receipt = r.id
		WHERE event = 'eblagh:TrailDetached'`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'eblagh:TrailDetached'
		AND details->>'from' = to_char(to_timestamp($1) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`, month)
}

// What was begun and has no end is noted, once, when nothing can be under way any more.
func TestChangesWithoutAnEndAreNoted(t *testing.T) {
	w := newWorld(t)
	begin := func(ended bool) trail.Entry {
		t.Helper()
		e := trail.EntryOf(access.Look{ID: hub.NewID(time.Now()), Kind: access.Key, Action: access.InboxOpen})
		e.Outcome = trail.Begun
		entries := []trail.Entry{e}
		if ended {
			end := e
			end.ID, end.Outcome = hub.NewID(time.Now()), trail.Refused
			entries = append(entries, end)
		}
		if err := w.db.AddTrail(w.Context(), entries); err != nil {
			t.Fatal(err)
		}
		return e
	}
	note := func(patience time.Duration, want int) {
		t.Helper()
		if noted, err := w.db.NoteUnended(w.Context(), patience, 10); err != nil || noted != want {
			t.Errorf("%d noted, %v, want %d", noted, err, want)
		}
	}
	lone := begin(false)
	for range 3 {
		begin(true)
	}
	note(time.Hour, 0) // it may still be under way
	note(0, 1)
	note(0, 0)
	var id, call hub.ID
	if err := w.sql.QueryRow(w.Context(), `SELECT entry, call FROM trail_unended`).Scan(&id, &call); err != nil || id != lone.ID || call != lone.Call {
		t.Errorf("%s %s, %v", id, call, err)
	}
	begin(false)
	begin(true)
	note(0, 1)
	if f, err := w.db.Figures(w.Context(), 100); err != nil || f.Unended != 2 {
		t.Errorf("the figures tell %d, %v", f.Unended, err)
	}
}
