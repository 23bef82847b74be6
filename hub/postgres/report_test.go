package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/hubtest"
	"eblagh/hub/postgres/pgtest"
)

func report(delivery hub.ID, outcome hub.Outcome, reason hub.Reason) hub.Report {
	return hub.Report{Provider: "fake", MessageID: hubtest.MessageID(hub.AttemptKey{Delivery: delivery, N: 1}),
		Outcome: outcome, Reason: reason, Raw: []byte("raw")}
}

func (w *world) report(all ...hub.Report) {
	w.Helper()
	if err := w.Report(context.Background(), all); err != nil {
		w.Fatal(err)
	}
}

// Reports come early, late, twice, out of order, and spell ids in other ways. States only move forward.
func TestReportsInEveryManner(t *testing.T) {
	w := newWorld(t)
	w.sender.Answer = func(_ context.Context, text hub.Text) hub.Sent {
		return hub.Sent{Outcome: hub.OutcomeAccepted, MessageID: "0" + hubtest.MessageID(text.Attempt)}
	}
	delivered := func(id hub.ID) hub.Report { return report(id, hub.OutcomeDelivered, "") }
	rejected := func(id hub.ID) hub.Report { return report(id, hub.OutcomeRejected, hub.ReasonUnreachable) }
	enroute := func(id hub.ID) hub.Report { return report(id, hub.OutcomeAccepted, "") }
	spelt := func(id hub.ID) hub.Report {
		r := delivered(id)
		r.MessageID = " 000" + strings.ToUpper(r.MessageID) + " "
		return r
	}
	for _, c := range []struct {
		name          string
		before, after []func(hub.ID) hub.Report
		status        hub.DeliveryStatus
		delivered     int // receipts NotificationDelivered
		failed        int // receipts D.4
	}{
		{"delivered", nil, []func(hub.ID) hub.Report{delivered}, hub.DeliveryDelivered, 1, 0},
		{"twice", nil, []func(hub.ID) hub.Report{delivered, delivered}, hub.DeliveryDelivered, 1, 0},
		{"early", []func(hub.ID) hub.Report{delivered}, nil, hub.DeliveryDelivered, 1, 0},
		{"early and late", []func(hub.ID) hub.Report{delivered}, []func(hub.ID) hub.Report{delivered}, hub.DeliveryDelivered, 1, 0},
		{"out of order", nil, []func(hub.ID) hub.Report{delivered, enroute}, hub.DeliveryDelivered, 1, 0},
		{"under way", nil, []func(hub.ID) hub.Report{enroute}, hub.DeliverySent, 0, 0},
		{"failed", nil, []func(hub.ID) hub.Report{rejected, rejected}, hub.DeliveryFailed, 0, 1},
		{"failed, then delivered after all", nil, []func(hub.ID) hub.Report{rejected, delivered}, hub.DeliveryFailed, 1, 1},
		{"spelt otherwise", nil, []func(hub.ID) hub.Report{spelt}, hub.DeliveryDelivered, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.T = t
			ids := w.texts(1)
			for _, early := range c.before {
				w.report(early(ids[0]))
			}
			if err := w.Attempt(context.Background(), ids); err != nil {
				t.Fatal(err)
			}
			for _, late := range c.after {
				w.report(late(ids[0]))
			}
			w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = $2`, ids[0].String(), string(c.status))
			events := w.textEvents(ids[0])
			if n := strings.Count(events, "NotificationDelivered"); n != c.delivered {
				t.Errorf("receipts %q: want %d of its delivery", events, c.delivered)
			}
			if n := strings.Count(events, "ConsignmentNotificationFailure"); n != c.failed {
				t.Errorf("receipts %q: want %d of its failure", events, c.failed)
			}
			w.wantCount(len(c.before)+len(c.after), `SELECT count(*) FROM reports WHERE delivery = $1 AND raw = 'raw'`, ids[0].String())
		})
	}
}

func TestReportForNothingIsKept(t *testing.T) {
	w := newWorld(t)
	w.report(hub.Report{Provider: "fake", MessageID: "nobody\x00\xff", Outcome: hub.OutcomeDelivered, Raw: make([]byte, 1<<20)})
	w.wantCount(1, `SELECT count(*) FROM reports WHERE delivery IS NULL AND length(raw) = 4096`)
	w.wantCount(0, `SELECT count(*) FROM receipts`)
}

func TestProviderSaysWhenItHappened(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(2)
	w.exec(`SELECT pg_sleep(0.01)`)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	now, err := w.db.Now(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	told, absurd := report(ids[0], hub.OutcomeDelivered, ""), report(ids[1], hub.OutcomeDelivered, "")
	told.At, absurd.At = now, now.Add(-24*time.Hour)
	w.report(told, absurd)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered' AND at = $1`, now)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered' AND at > $1`, now)
}

func TestReportForAClosedDeliveryIsEvidenceOnly(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(1)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	for _, later := range []string{"25 hours", "80 hours"} {
		w.later(later)
		if err := w.Reconcile(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'failed' AND last_reason = 'no_outcome'`)
	for range 2 {
		w.report(report(ids[0], hub.OutcomeDelivered, ""))
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'failed'`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered'`)
	w.wantCount(1, `SELECT count(*) FROM attempts WHERE outcome = 'delivered'`)
}

func TestReportSettlesTheUnknown(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(1)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	w.later("25 hours")
	if err := w.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE status = 'unknown'`)
	w.report(report(ids[0], hub.OutcomeDelivered, ""))
	w.wantCount(2, `SELECT count(*) FROM deliveries WHERE status = 'delivered'`)
}

// The process died between keeping a report and matching it: the report is found before the delivery is given up.
func TestKeptReportIsFoundWhenOverdue(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(1)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	r := report(ids[0], hub.OutcomeDelivered, "")
	w.exec(`INSERT INTO reports (id, provider, message_id, message_key, outcome, raw) VALUES ($1, 'fake', $2, lower($2), 'delivered', '')`,
		newID().String(), r.MessageID)
	w.later("25 hours")
	if err := w.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'delivered'`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered'`)
}

// Outcomes and their reports at once, from several binds: none is lost, whichever commits last.
func TestReportsRaceWithOutcomes(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(200)
	arrived := make(chan hub.ID, 400)
	w.sender.Answer = func(_ context.Context, text hub.Text) hub.Sent {
		arrived <- text.Attempt.Delivery
		return hub.Sent{Outcome: hub.OutcomeAccepted, MessageID: hubtest.MessageID(text.Attempt)}
	}
	var senders, reporters sync.WaitGroup
	for i := range 2 {
		senders.Go(func() {
			if err := w.Attempt(context.Background(), ids[i*100:i*100+100]); err != nil {
				t.Error(err)
			}
		})
	}
	for range 3 {
		reporters.Go(func() {
			for id := range arrived {
				batch := []hub.Report{report(id, hub.OutcomeDelivered, "")}
				for range rand.IntN(3) {
					batch = append(batch, batch[0])
				}
				if err := w.Report(context.Background(), batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	senders.Wait()
	close(arrived)
	reporters.Wait()
	w.wantCount(200, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'delivered'`)
	w.wantCount(200, `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered'`)
	w.wantCount(0, `SELECT count(*) FROM reports WHERE delivery IS NULL`)
}

// A flood of reports for unknown ids leaves those that matter quick to find.
func TestReportFlood(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(1)
	flood := make([]hub.Report, 5000)
	for i := range flood {
		flood[i] = hub.Report{Provider: "fake", MessageID: fmt.Sprint(i), Outcome: hub.OutcomeDelivered, Raw: []byte("r")}
	}
	w.report(flood...)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	w.report(report(ids[0], hub.OutcomeDelivered, ""))
	w.wantCount(5000, `SELECT count(*) FROM reports WHERE delivery IS NULL`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'delivered'`)
}

// Two nodes hear two reports of one text at once: the second waits for the delivery while the first moves it, and is
// matched all the same.
func TestReportThatWaitsForAnotherIsMatched(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(1)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	first := superuser(t, pgtest.URL(t))
	tx, err := first.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(context.Background(), `UPDATE deliveries SET status = 'delivered', due_at = NULL WHERE id = $1`, ids[0].String()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		done <- w.Report(context.Background(), []hub.Report{
			report(ids[0], hub.OutcomeDelivered, ""), report(ids[0], hub.OutcomeDelivered, "")})
	}()
	w.awaitLock()
	if err := tx.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.wantCount(0, `SELECT count(*) FROM reports WHERE delivery IS NULL`)
}
