package postgres_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
)

// asked is a provider that can be asked, and what it was asked for.
type asked struct {
	knows func(id string) hub.Outcome
	err   error
	ids   []string
}

func (a *asked) Query(_ context.Context, ids []string) (reports []hub.Report, err error) {
	a.ids = append(a.ids, ids...)
	for _, id := range ids {
		if o := a.knows(id); o != "" {
			reports = append(reports, hub.Report{Provider: "fake", MessageID: id, Outcome: o, Raw: []byte("asked")})
		}
	}
	return reports, a.err
}

// SMPP 3.4 §4.8: who knows what became of a text whose report is overdue is asked before it is given up, by the ids as
// the provider gave them; and once more before it closes.
func TestOverdueTextsAreAskedFor(t *testing.T) {
	provider := &asked{}
	w := newWorld(t, func(o *dispatch.Options) { o.Queriers = map[string]dispatch.Querier{"fake": provider} })
	w.sender.Answer = func(_ context.Context, text hub.Text) hub.Sent {
		if len(w.sender.Received()) == 1 {
			return hub.Sent{Outcome: hub.OutcomeAccepted, Parts: partIDs(text.Attempt.Delivery)}
		}
		return hub.Sent{Outcome: hub.OutcomeAccepted, MessageID: hubtest.MessageID(text.Attempt)}
	}
	w.sender.Size = 1
	ids := w.texts(4)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	parts := partIDs(w.sender.Received()[0].Attempt.Delivery)
	w.report(hub.Report{Provider: "fake", MessageID: parts[1], Outcome: hub.OutcomeDelivered})
	id := func(i int) string { return hubtest.MessageID(w.sender.Received()[i].Attempt) }
	answers := map[string]hub.Outcome{parts[0]: hub.OutcomeDelivered, parts[2]: hub.OutcomeDelivered, id(1): hub.OutcomeRejected}
	provider.knows = func(id string) hub.Outcome { return answers[id] }
	reconcile := func(later string) {
		w.later(later)
		if err := w.Reconcile(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	reconcile("25 hours")
	want := []string{parts[0], parts[2], id(1), id(2), id(3)}
	if slices.Sort(provider.ids); !slices.Equal(provider.ids, slices.Sorted(slices.Values(want))) {
		t.Errorf("asked for %q, want %q", provider.ids, want)
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'delivered'`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'failed'`)
	w.wantCount(2, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'unknown'`)
	answers[id(2)], provider.ids, provider.err = hub.OutcomeDelivered, nil, errors.New("not for all")
	reconcile("80 hours")
	if len(provider.ids) != 2 {
		t.Errorf("asked for %q", provider.ids)
	}
	w.wantCount(2, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'delivered'`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'failed' AND last_reason = 'no_outcome'`)
	w.wantCount(2, `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered'`)
	if n := len(w.sender.Received()); n != 4 {
		t.Errorf("%d texts left, want none again", n)
	}
}

// Outcomes that come after the attempt was given up: before and after it is written down as unknown, and too late.
func TestLateOutcomesSettle(t *testing.T) {
	w := newWorld(t)
	w.sender.Answer = func(context.Context, hub.Text) hub.Sent {
		return hub.Sent{Outcome: hub.OutcomeUnknown, Reason: hub.ReasonNoOutcome}
	}
	ids := w.texts(5)
	started, _, err := w.db.BeginAttempts(context.Background(), dispatch.Beginning{
		Deliveries: ids[:1], Receipts: ids[:1], Provider: "fake", Lease: time.Minute})
	if err != nil || len(started) != 1 {
		t.Fatal(started, err)
	}
	if err := w.Attempt(context.Background(), ids[1:]); err != nil {
		t.Fatal(err)
	}
	key := func(i int) hub.AttemptKey { return hub.AttemptKey{Delivery: ids[i], N: 1} }
	w.report(hub.Report{Provider: "fake", MessageID: "m1", Outcome: hub.OutcomeDelivered}) // earlier than its answer
	late := []hub.Sent{
		{Attempt: key(0), Outcome: hub.OutcomeAccepted, MessageID: "m0"},
		{Attempt: key(1), Outcome: hub.OutcomeAccepted, MessageID: "m1"},
		{Attempt: key(2), Outcome: hub.OutcomeRejected, Reason: hub.ReasonBadNumber},
		{Attempt: key(3), Outcome: hub.OutcomeDeferred, Reason: hub.ReasonThrottled},
		{Attempt: hub.AttemptKey{Delivery: ids[4], N: 2}, Outcome: hub.OutcomeAccepted, MessageID: "m4"}, // there is no such
	}
	for range 2 { // it may come twice
		if err := w.Settle(context.Background(), "fake", late); err != nil {
			t.Fatal(err)
		}
		if err := w.Settle(context.Background(), "other", []hub.Sent{{Attempt: key(4), Outcome: hub.OutcomeRejected}}); err != nil {
			t.Fatal(err)
		}
	}
	for i, status := range []hub.DeliveryStatus{hub.DeliverySent, hub.DeliveryDelivered, hub.DeliveryFailed, hub.DeliveryPending, hub.DeliveryUnknown} {
		w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = $2`, ids[i].String(), string(status))
	}
	w.wantCount(2, `SELECT count(*) FROM receipts WHERE event = 'ConsignmentNotification' AND channel = 'sms'`)
	// What the sender says at last of the first changes nothing: it was late, and knew less.
	if _, err := w.db.EndAttempts(context.Background(), []dispatch.Ended{{Key: key(0), Outcome: hub.OutcomeUnknown,
		Next: hub.DeliveryUnknown, Due: time.Hour, Receipt: newID(), Delivered: newID()}}); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'sent'`, ids[0].String())
	w.report(hub.Report{Provider: "fake", MessageID: "m0", Outcome: hub.OutcomeDelivered})
	w.wantCount(2, `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered'`)
}

func TestUnreportedTextsAreRemembered(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(4)
	if err := w.Attempt(context.Background(), ids[:3]); err != nil {
		t.Fatal(err)
	}
	w.report(report(ids[1], hub.OutcomeDelivered, ""))
	got, err := w.db.Unreported(context.Background(), "fake", 10)
	want := []string{hubtest.MessageID(hub.AttemptKey{Delivery: ids[0], N: 1}), hubtest.MessageID(hub.AttemptKey{Delivery: ids[2], N: 1})}
	slices.Sort(got)
	if slices.Sort(want); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, want %q, %v", got, want, err)
	}
	if got, err := w.db.Unreported(context.Background(), "other", 10); err != nil || len(got) > 0 {
		t.Errorf("another provider's: %q, %v", got, err)
	}
	if got, err := w.db.Unreported(context.Background(), "fake", 1); err != nil || len(got) != 1 {
		t.Errorf("without a bound: %q, %v", got, err)
	}
}
