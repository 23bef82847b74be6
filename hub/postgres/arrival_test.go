package postgres_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/postgres/pgtest"
)

// Bylaw 13: arrival is service. It happens once, with all that it is.
func TestArrivalIsWhole(t *testing.T) {
	w := newWorld(t)
	a, b := w.someone(), w.someone()
	quiet := paper("no live", a)
	quiet.Channels = []hub.Channel{hub.ChannelInbox}
	notices := append(w.submit(papers("x", 9, a, b)...), w.submit(quiet)...)
	ids := w.claim(inboxNormal)
	for range 2 { // the second time nothing is left to do
		if err := w.Arrive(context.Background(), ids); err != nil {
			t.Fatal(err)
		}
	}
	w.wantCount(10, `SELECT count(*) FROM inbox`)
	w.wantCount(10, `SELECT count(*) FROM receipts r JOIN inbox i ON i.notice = r.notice AND i.arrived_at = r.at
		WHERE r.event = 'ContentConsignment' AND r.actor_kind = 'system' AND r.channel = 'inbox'
		AND r.details -> 'parts' ->> 'subject' <> '' AND r.rule = ''`)
	w.wantCount(10, `SELECT count(*) FROM deliveries WHERE channel = 'inbox' AND status = 'delivered' AND due_at IS NULL`)
	w.wantCount(9, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'pending' AND due_at <= hub_now()`)
	w.wantCursors()
	nudges := w.nudger.Nudges()
	if len(nudges) != 9 {
		t.Errorf("%d nudges, want 9: live was left out once", len(nudges))
	}
	for _, n := range nudges {
		w.wantCount(1, `SELECT count(*) FROM inbox WHERE recipient = $1 AND cursor = $2 AND notice = $3`,
			n.Recipient.String(), n.Cursor, n.Notice.String())
		if n.Update || n.Notice == notices[9].ID {
			t.Errorf("nudge %+v", n)
		}
	}
}

// wantCursors checks that every inbox counts 1, 2, 3 … and that its times never go back.
func (w *world) wantCursors() {
	w.Helper()
	w.wantCount(0, `SELECT count(*) FROM (SELECT cursor <> row_number() OVER o AS gap, arrived_at < lag(arrived_at) OVER o AS back
		FROM inbox WINDOW o AS (PARTITION BY recipient ORDER BY cursor)) i WHERE gap OR back`)
	w.wantCount(0, `SELECT count(*) FROM inbox_cursors c WHERE last <> (SELECT count(*) FROM inbox i WHERE i.recipient = c.recipient)`)
}

// Whoever claims at the same moment locks for an instant what was claimed before them. An arrival and a text wait for that
// instant; left out, they would wait for the end of their lease.
func TestWhatIsHeldForAnInstantIsWaitedFor(t *testing.T) {
	for lane, work := range map[hub.Lane]func(*world, []hub.ID) error{
		inboxNormal: func(w *world, ids []hub.ID) error { return w.Arrive(context.Background(), ids) },
		smsNormal:   func(w *world, ids []hub.ID) error { return w.Attempt(context.Background(), ids) },
	} {
		t.Run(lane.String(), func(t *testing.T) { heldForAnInstant(t, lane, work) })
	}
}

func heldForAnInstant(t *testing.T, lane hub.Lane, work func(*world, []hub.ID) error) {
	w := newWorld(t)
	w.submit(papers("held", 3, w.someone())...)
	ids := w.claim(inboxNormal)
	if lane == smsNormal {
		if err := w.Arrive(context.Background(), ids); err != nil {
			t.Fatal(err)
		}
		ids = w.claim(smsNormal)
	}
	other, err := superuser(t, pgtest.URL(t)).Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(context.Background(), `SELECT FROM deliveries WHERE id = $1 FOR UPDATE`, ids[1].String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Rollback(context.Background()) })
	done := make(chan error, 1)
	go func() { done <- work(w, ids) }()
	w.awaitLock()
	if err := other.Rollback(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.wantCount(0, `SELECT count(*) FROM deliveries WHERE channel = $1 AND status IN ('pending', 'queued')`, string(lane.Channel))
}

// awaitLock waits until some session of the database waits for another.
func (w *world) awaitLock() {
	w.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); w.count(`SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
		AND datname = current_database()`) == 0; {
		select {
		case <-tick.C:
		case <-end:
			w.Fatal("nobody waits for anybody")
		}
	}
}

func TestCursorsFollowTheOrderOfSubmission(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	w.submit(papers("order", 40, to)...)
	w.deliver()
	w.wantCount(0, `SELECT count(*) FROM (SELECT number < lag(number) OVER (ORDER BY cursor) AS back
		FROM inbox i JOIN notices n ON n.id = i.notice) o WHERE back`)
}

// Overlapping batches in any order, at once: no deadlock, each once, no gap.
func TestOverlappingArrivalsAtOnce(t *testing.T) {
	w := newWorld(t)
	var people []hub.ID
	for range 12 {
		people = append(people, w.someone())
	}
	w.submit(papers("overlap", 1200, people...)...)
	ids := w.claim(inboxNormal)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var wg sync.WaitGroup
	for worker := range 6 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(worker)))
			for range 30 {
				batch := make([]hub.ID, 100)
				for i := range batch {
					batch[i] = ids[random.IntN(len(ids))]
				}
				if err := w.Arrive(context.Background(), batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := w.Arrive(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1200, `SELECT count(*) FROM inbox`)
	w.wantCount(1200, `SELECT count(*) FROM receipts WHERE event = 'ContentConsignment'`)
	w.wantCursors()
	if n := len(w.nudger.Nudges()); n != 1200 {
		t.Errorf("%d nudges, want 1200", n)
	}
}

// The store's clock may go back by a minute: an inbox's times do not.
func TestArrivalTimesNeverGoBack(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	w.submit(paper("first", to))
	w.deliver()
	w.later("-1 minute")
	w.submit(paper("second", to))
	w.deliver()
	w.wantCount(2, `SELECT count(*) FROM inbox`)
	w.wantCursors()
}

func TestExpiredNeverArrives(t *testing.T) {
	for name, reconcileFirst := range map[string]bool{"found by its timer": true, "found by its task": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := paper("short", w.someone())
			p.ExpiresAt = time.Now().Add(time.Minute)
			n := w.submit(p)[0]
			w.later("2 minutes")
			if reconcileFirst {
				if err := w.Reconcile(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			w.deliver()
			for range 2 {
				if err := w.Reconcile(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			w.wantCount(0, `SELECT count(*) FROM inbox`)
			w.wantCount(2, `SELECT count(*) FROM deliveries WHERE status = 'expired' AND last_reason = 'expired'`)
			w.wantCount(1, `SELECT count(*) FROM receipts WHERE notice = $1 AND event = 'eblagh:Expired' AND reason = 'expired'`, n.ID.String())
			w.wantCount(2, `SELECT count(*) FROM receipts`)
			w.wantCount(1, `SELECT count(*) FROM timers WHERE fired_at IS NOT NULL`)
		})
	}
}

func TestTextThatComesTooLateIsNotSent(t *testing.T) {
	w := newWorld(t)
	p := paper("late text", w.someone())
	p.ExpiresAt = time.Now().Add(time.Minute)
	w.submit(p)
	if err := w.Arrive(context.Background(), w.claim(inboxNormal)); err != nil {
		t.Fatal(err)
	}
	w.later("2 minutes")
	w.deliver()
	if err := w.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(w.sender.Received()) != 0 {
		t.Error("a text was sent after its time")
	}
	w.wantCount(1, `SELECT count(*) FROM inbox`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'ConsignmentNotificationFailure' AND reason = 'expired'`)
	w.wantCount(0, `SELECT count(*) FROM receipts WHERE event = 'eblagh:Expired'`)
	w.wantCount(1, `SELECT count(*) FROM timers WHERE fired_at IS NOT NULL`)
}

func TestTimersFireOnceOnSeveralNodes(t *testing.T) {
	w := newWorld(t)
	all := papers("timer", 300, w.someone(), w.someone())
	for i := range all {
		all[i].ExpiresAt = time.Now().Add(time.Minute)
	}
	w.submit(all...)
	w.later("2 minutes")
	var wg sync.WaitGroup
	for range 4 {
		node := w.dispatcher(nil)
		wg.Go(func() {
			if err := node.Reconcile(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := w.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(300, `SELECT count(*) FROM receipts WHERE event = 'eblagh:Expired'`)
	w.wantCount(600, `SELECT count(*) FROM deliveries WHERE status = 'expired'`)
	w.wantCount(300, `SELECT count(*) FROM timers WHERE fired_at IS NOT NULL`)
}
