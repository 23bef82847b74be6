package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// newWorldAtOnce is a world where papers arrive under the commit that accepts them.
func newWorldAtOnce(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(o *dispatch.Options) { o.Queued = false })
	w.climbWith(w.db)
	return w
}

// Bylaw 13: arrival is service. A paper in force has arrived when its submitter hears that it is accepted, with all that
// an arrival is, be it one of a few or of many.
func TestAtOnceIsWhole(t *testing.T) {
	for _, n := range []int{1, 7, 40} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorldAtOnce(t)
			quiet := paper("no live", w.someone())
			quiet.Channels = []hub.Channel{hub.ChannelInbox}
			notices := w.submit(append(papers("x", n, w.someone(), w.someone()), quiet)...)
			for _, notice := range notices {
				if notice.ArrivedAt.IsZero() || notice.Deliveries[0].Status != hub.DeliveryDelivered {
					t.Errorf("the answer: %+v", notice)
				}
				w.wantCount(1, `SELECT count(*) FROM inbox WHERE notice = $1 AND arrived_at = $2`, notice.ID.String(), notice.ArrivedAt)
			}
			w.wantCount(n+1, `SELECT count(*) FROM inbox`)
			w.wantCount(n+1, `SELECT count(*) FROM receipts d JOIN inbox i ON i.notice = d.notice AND i.arrived_at = d.at
				JOIN receipts a ON a.notice = d.notice AND a.event = 'SubmissionAcceptance' AND a.at < d.at
				WHERE d.event = 'ContentConsignment' AND d.actor_kind = 'system' AND d.actor IS NULL AND d.channel = 'inbox'
				AND d.details = jsonb_build_object('parts', a.details -> 'parts') AND d.case_id = a.case_id AND d.capacity = a.capacity`)
			w.wantCount(2*(n+1), `SELECT count(*) FROM (SELECT unnest(receipts) AS receipt FROM ledger_queue) q`)
			w.wantCount(n+1, `SELECT count(*) FROM deliveries WHERE channel = 'inbox' AND status = 'delivered' AND due_at IS NULL`)
			w.wantCount(n, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'pending' AND due_at <= hub_now()`)
			w.wantCount(n+1, `SELECT count(*) FROM timers t JOIN inbox i ON i.notice = t.notice WHERE t.kind = 'ladder' AND t.due_at > i.arrived_at`)
			w.wantCount(n+1, `SELECT count(*) FROM parties p JOIN notices n ON n.recipient = p.party AND n.case_id = p.case_id`)
			w.wantCursors()
			if nudges := w.nudger.Nudges(); len(nudges) != n {
				t.Errorf("%d nudges, want %d: live was left out once", len(nudges), n)
			}
			w.deliver()
			w.wantCount(n+1, `SELECT count(*) FROM inbox`)
			w.wantCount(n, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'sent'`)
		})
	}
}

// What is not in force, and what a hold covers, is left to the pump, and so is a correction.
func TestAtOnceLeavesToThePump(t *testing.T) {
	w := newWorldAtOnce(t)
	to := w.someone()
	first := w.submit(paper("first", to))[0]
	second := w.correct(first.ID, paper("second", to))
	later := paper("later", to)
	later.NotBefore = time.Now().Add(time.Hour)
	third := w.submit(later)[0]
	all := w.hold(dispatch.NewHold{Channel: hub.ChannelInbox})
	fourth := w.submit(paper("fourth", to))[0]
	w.release(all)
	own := w.hold(dispatch.NewHold{Channel: hub.ChannelInbox, Submitter: w.branch})
	fifth := w.submit(paper("fifth", to))[0]
	for i, n := range []hub.Notice{second, third, fourth, fifth} {
		if !n.ArrivedAt.IsZero() || n.Deliveries[0].Status != hub.DeliveryPending {
			t.Errorf("%d: %+v", i, n)
		}
	}
	w.wantCount(1, `SELECT count(*) FROM inbox`)
	w.release(own)
	w.deliver()
	w.wantCount(4, `SELECT count(*) FROM inbox`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'inbox' AND status = 'pending' AND notice = $1`, third.ID.String())
	w.wantCount(1, `SELECT count(*) FROM timers WHERE notice = $1 AND stopped = 'corrected'`, first.ID.String())
	w.wantCursors()
}

// Batches, single papers and the pump at once, all to the same people: no deadlock, each once, no gap.
func TestAtOnceBesideItselfAndThePump(t *testing.T) {
	w := newWorldAtOnce(t)
	var people []hub.ID
	for range 12 {
		people = append(people, w.someone())
	}
	queued := w.dispatcher(func(o *dispatch.Options) { o.Queued = true })
	if _, err := queued.Submit(context.Background(), w.court(), papers("queued", 300, people...), nil); err != nil {
		t.Fatal(err)
	}
	ids := w.claim(inboxNormal)
	var wg sync.WaitGroup
	for caller := range 4 {
		wg.Go(func() { w.submit(papers(fmt.Sprint("batch", caller), 200, people...)...) })
		wg.Go(func() {
			for i := range 40 {
				w.submit(papers(fmt.Sprint("single", caller, "-", i), 1, people[(caller+i)%len(people)])...)
			}
		})
		wg.Go(func() {
			if err := w.Arrive(context.Background(), ids[caller*75:(caller+1)*75]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.wantCount(300+800+160, `SELECT count(*) FROM inbox`)
	w.wantCount(300+800+160, `SELECT count(*) FROM receipts WHERE event = 'ContentConsignment'`)
	w.wantCursors()
}

// A reference that somebody else has moves nobody's cursor.
func TestAtOnceLeavesNoGapForWhatIsRefused(t *testing.T) {
	w := newWorldAtOnce(t)
	to := w.someone()
	w.submit(paper("taken", to))
	results, err := w.Submit(context.Background(), w.court(), papers("taken", 1, to), nil)
	if err != nil || results[0].Err != nil {
		t.Fatal(results, err)
	}
	results, err = w.Submit(context.Background(), w.court(), []dispatch.Paper{paper("taken", to), paper("free", to)}, nil)
	if err != nil || hub.CodeOf(results[0].Err) != hub.CodeDuplicateReference || results[1].Err != nil {
		t.Fatal(results, err)
	}
	w.wantCount(3, `SELECT count(*) FROM inbox`)
	w.wantCursors()
}

// The nudge of a paper that came by itself carries what the store has there, and that of one of many does not.
func TestTheCoverAtHandIsThatOfTheStore(t *testing.T) {
	w := newWorldAtOnce(t)
	to, ctx := w.someone(), context.Background()
	w.submit(papers("many", 2, to)...)
	w.submit(paper("alone", to))
	w.submit(paper("alone again", to))
	pages, err := w.db.LiveCovers(ctx, []hub.Span{{Recipient: to, After: 0, Through: 4}}, 10)
	if err != nil || len(pages[0]) != 4 {
		t.Fatalf("%+v, %v", pages, err)
	}
	for _, n := range w.nudger.Nudges() {
		switch stored := pages[0][n.Cursor-1]; {
		case (n.Cover != nil) != (n.Cursor > 2):
			t.Errorf("nudge %+v", n)
		case n.Cover != nil && *n.Cover != stored:
			t.Errorf("%+v is at hand, the store has %+v", *n.Cover, stored)
		}
	}
}
