package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

func strangers(from, n int) []hub.Report {
	out := make([]hub.Report, n)
	for i := range out {
		out[i] = hub.Report{Provider: "fake", MessageID: fmt.Sprintf("nobody-%d", from+i), Outcome: hub.OutcomeDelivered, Raw: []byte("r")}
	}
	return out
}

// A flood of reports on messages that nobody sent leaves delivery at 70 % of its rate. Most of it lies there already, and no
// statistics know of it; the rest comes meanwhile. Rounds with and without that take turns, and medians are compared, so
// that a busy machine slows both; where it is so busy that a few rounds tell nothing, more are made.
func TestDeliveryGoesOnInAFloodOfReports(t *testing.T) {
	w := newWorld(t)
	const perRound, before, least, most = 400, 45_000, 4, 15
	w.exec(`INSERT INTO reports (id, provider, message_id, message_key, outcome, raw)
		SELECT gen_random_uuid(), 'fake', 'before-' || i, 'before-' || i, 'delivered', 'r' FROM generate_series(1, $1) i`, before)
	var told atomic.Int64
	deliver := func(ids []hub.ID) time.Duration {
		began := time.Now()
		if err := w.Attempt(context.Background(), ids); err != nil {
			t.Fatal(err)
		}
		reports := make([]hub.Report, len(ids))
		for i, id := range ids {
			reports[i] = report(id, hub.OutcomeDelivered, "")
		}
		w.report(reports...)
		return time.Since(began)
	}
	flooded := func(ids []hub.ID) time.Duration {
		ctx, cancel := context.WithCancel(context.Background())
		var flood sync.WaitGroup
		for range 2 { // nodes that hear it, each the next batch when it has acknowledged one
			node := w.dispatcher(nil)
			flood.Go(func() {
				for ctx.Err() == nil {
					if err := node.Report(context.Background(), strangers(int(told.Add(200)), 200)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		defer flood.Wait()
		defer cancel()
		return deliver(ids)
	}
	deliver(w.texts(perRound)) // what is done for the first time is slow
	var calm, busy []time.Duration
	kept := 0.0
	for len(calm) < least || kept < 0.7 && len(calm) < most {
		calm, busy = append(calm, deliver(w.texts(perRound))), append(busy, flooded(w.texts(perRound)))
		slices.Sort(calm)
		slices.Sort(busy)
		kept = float64(calm[len(calm)/2]) / float64(busy[len(busy)/2])
	}
	t.Logf("%.0f %% of the rate beside %d strangers, %d rounds each", 100*kept, before+told.Load(), len(calm))
	if kept < 0.7 || told.Load() < 1000 {
		t.Errorf("in a flood of %d delivery keeps %.0f %% of its rate", told.Load(), 100*kept)
	}
	w.wantCount(0, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status <> 'delivered'`)
	w.wantCount(before+int(told.Load()), `SELECT count(*) FROM reports WHERE delivery IS NULL`)
}

// Beyond the bound only reports on messages that somebody sent are kept; the provider hears that it has to bring the
// others again.
func TestStrangersAreBounded(t *testing.T) {
	now := time.Now()
	w := newWorld(t, func(o *dispatch.Options) { o.Strangers, o.Clock = 100, func() time.Time { return now } })
	w.inParts()
	ids := w.texts(2)
	if err := w.Attempt(context.Background(), ids[:1]); err != nil {
		t.Fatal(err)
	}
	w.report(strangers(0, 150)...) // under the bound when they came
	now = now.Add(time.Minute)
	mixed := append(strangers(150, 50), partReport(ids[0], 0, hub.OutcomeDelivered), partReport(ids[0], 1, hub.OutcomeDelivered),
		partReport(ids[0], 2, hub.OutcomeDelivered))
	if err := w.Report(context.Background(), mixed); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("got %v, want overloaded", err)
	}
	w.wantCount(150, `SELECT count(*) FROM reports WHERE delivery IS NULL`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'delivered'`, ids[0].String())
	if err := w.Report(context.Background(), []hub.Report{partReport(ids[0], 0, hub.OutcomeDelivered)}); err != nil {
		t.Errorf("a report on a text of ours: %v", err)
	}
	// An early one is refused, and comes again when its attempt names the message.
	early := partReport(ids[1], 0, hub.OutcomeRejected)
	if err := w.Report(context.Background(), []hub.Report{early}); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("got %v, want overloaded", err)
	}
	if err := w.Attempt(context.Background(), ids[1:]); err != nil {
		t.Fatal(err)
	}
	w.report(early)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'failed'`, ids[1].String())
	// After a week they make room.
	w.exec(`UPDATE reports SET received_at = received_at - interval '8 days' WHERE delivery IS NOT NULL OR message_id <> 'nobody-0'`)
	now = now.Add(time.Hour)
	if err := w.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM reports WHERE delivery IS NULL`)
	w.wantCount(5, `SELECT count(*) FROM reports WHERE delivery IS NOT NULL`)
	w.report(strangers(500, 10)...)
	w.wantCount(11, `SELECT count(*) FROM reports WHERE delivery IS NULL`)
}

// What a provider's words may be is not ours to choose; what is stored is.
func TestWordsOfAProviderStayOutside(t *testing.T) {
	w := newWorld(t)
	w.sender.Answer = func(context.Context, hub.Text) hub.Sent {
		return hub.Sent{Outcome: hub.OutcomeRejected, Reason: "teapot"}
	}
	if err := w.Attempt(context.Background(), w.texts(1)); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'failed' AND last_reason = 'provider'`)
	w.report(hub.Report{Provider: "fake", MessageID: "x", Outcome: "teapot", Reason: "teapot"})
	w.wantCount(1, `SELECT count(*) FROM reports WHERE outcome = 'unknown' AND reason = 'provider'`)
}
