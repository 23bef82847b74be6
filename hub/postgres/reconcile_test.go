package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
)

// An attempt without an outcome becomes unknown, an unknown that nothing settles closes: once, on however many nodes.
func TestOverdueOnSeveralNodes(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(60)
	if _, _, err := w.db.BeginAttempts(context.Background(), dispatch.Beginning{
		Deliveries: ids[:30], Receipts: ids[:30], Provider: "fake", Lease: time.Minute}); err != nil {
		t.Fatal(err) // and dies
	}
	if err := w.Attempt(context.Background(), ids[30:]); err != nil {
		t.Fatal(err)
	}
	reconcile := func(later string) {
		w.later(later)
		var nodes sync.WaitGroup
		for range 3 {
			node := w.dispatcher(nil)
			nodes.Go(func() {
				if err := node.Reconcile(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		if err := w.Reconcile(context.Background()); err != nil { // what was skipped as locked
			t.Error(err)
		}
	}
	reconcile("2 minutes")
	w.wantCount(30, `SELECT count(*) FROM deliveries d JOIN attempts a ON a.delivery = d.id AND a.n = 1
		WHERE d.status = 'unknown' AND a.outcome = 'unknown'`)
	reconcile("25 hours")
	w.wantCount(60, `SELECT count(*) FROM deliveries WHERE status = 'unknown'`)
	w.wantCount(30, `SELECT count(*) FROM attempts WHERE outcome = 'accepted'`)
	reconcile("100 hours")
	w.wantCount(60, `SELECT count(*) FROM deliveries WHERE status = 'failed' AND last_reason = 'no_outcome' AND attempts = 1`)
	w.wantCount(60, `SELECT count(*) FROM receipts WHERE event = 'ConsignmentNotificationFailure' AND reason = 'no_outcome'`)
}

// An outcome that comes after the attempt was given up still settles it.
func TestLateOutcomeSettlesTheUnknown(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(2)
	started, _, err := w.db.BeginAttempts(context.Background(), dispatch.Beginning{
		Deliveries: ids, Receipts: ids, Provider: "fake", Lease: time.Minute})
	if err != nil || len(started) != 2 {
		t.Fatal(started, err)
	}
	w.later("2 minutes")
	if err := w.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	end := func(s dispatch.Started, o hub.Outcome, next hub.DeliveryStatus) int {
		n, err := w.db.EndAttempts(context.Background(), []dispatch.Ended{{Key: s.Key, Person: s.Person, About: s.About, Outcome: o, Next: next,
			Due: time.Hour, Receipt: newID(), Delivered: newID()}})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := end(started[0], hub.OutcomeAccepted, hub.DeliverySent); n != 1 {
		t.Errorf("%d moved, want the unknown one", n)
	}
	if n := end(started[0], hub.OutcomeRejected, hub.DeliveryFailed); n != 0 {
		t.Errorf("%d moved by a second outcome of one attempt", n)
	}
	wrong := started[1]
	wrong.Key.N++
	if n := end(wrong, hub.OutcomeRejected, hub.DeliveryFailed); n != 0 {
		t.Errorf("%d moved by the outcome of another attempt", n)
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE status = 'sent'`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE status = 'unknown'`)
}

func TestSweepRemovesWhatIsOver(t *testing.T) {
	w := newWorld(t)
	owner := w.someone()
	for _, age := range []string{"25 hours", "23 hours"} {
		w.exec(`INSERT INTO idempotency_keys (owner, key, request_hash, status, answer_ct, created_at)
			VALUES ($1, $2::text, 'x', 200, 'x', hub_now() - $2::text::interval)`, owner.String(), age)
		w.exec(`INSERT INTO sessions (token_hash, id, person, data, expires_at)
			VALUES (sha256($2::text::bytea), $3, $1, 'x', hub_now() + interval '24 hours' - $2::text::interval)`, owner.String(), age, newID().String())
	}
	for _, age := range []string{"25 hours", "23 hours"} {
		w.exec(`INSERT INTO outside_sign_ins (nonce, used_at) VALUES (sha256($1::text::bytea), hub_now() - $1::text::interval)`, age)
	}
	if err := w.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM outside_sign_ins`)
	w.wantCount(1, `SELECT count(*) FROM idempotency_keys`)
	w.wantCount(1, `SELECT count(*) FROM sessions`)
	w.wantCount(5, `SELECT count(*) FROM (VALUES ('notices'), ('deliveries'), ('attempts'), ('attempt_parts'), ('receipts')) AS p (name)
		WHERE to_regclass(name || to_char(now() + interval '5 months', '_YYYY_MM')) IS NOT NULL`)
}

// Bylaw 13 n.1: the hub records its own outages, also those of the store, with the time at which they were noticed.
func TestOutages(t *testing.T) {
	now := time.Now()
	storeAway := true
	w := newWorld(t, func(o *dispatch.Options) {
		o.Clock = func() time.Time { return now }
		o.Store = &hubtest.Store{Store: o.Store, At: func(step string) hubtest.Fault {
			if storeAway && step == "OpenOutage" {
				return hubtest.Fails
			}
			return hubtest.NoFault
		}}
	})
	ctx := context.Background()
	if err := w.RecordOutage(ctx, "postgres", "connection"); !errors.Is(err, hubtest.ErrFault) {
		t.Fatalf("got %v", err)
	}
	now = now.Add(10 * time.Minute)
	if err := w.EndOutage(ctx, "postgres"); !errors.Is(err, hubtest.ErrFault) {
		t.Fatalf("got %v", err)
	}
	now, storeAway = now.Add(5*time.Minute), false
	if err := w.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM incidents WHERE kind = 'outage' AND part = 'postgres' AND reason = 'connection'
		AND ended_at - started_at BETWEEN interval '9 minutes' AND interval '11 minutes'`)
	for range 3 {
		if err := w.RecordOutage(ctx, "queue", "connection"); err != nil {
			t.Fatal(err)
		}
	}
	w.wantCount(1, `SELECT count(*) FROM incidents WHERE part = 'queue' AND ended_at IS NULL`)
	for range 2 {
		if err := w.EndOutage(ctx, "queue"); err != nil {
			t.Fatal(err)
		}
	}
	w.wantCount(2, `SELECT count(*) FROM incidents WHERE ended_at IS NOT NULL`)
}

// A process that died during an outage does not know its end: the next one that finds the part there does. What others
// record later is theirs.
func TestAnOutageOutlivesTheProcessThatRecordedIt(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	died, next := w.dispatcher(nil), w.dispatcher(nil)
	if err := died.RecordOutage(ctx, "redis", "no_answer"); err != nil {
		t.Fatal(err)
	}
	const open = `SELECT count(*) FROM incidents WHERE part = 'redis' AND ended_at IS NULL`
	w.wantCount(1, open)
	if err := next.EndOutage(ctx, "redis"); err != nil {
		t.Fatal(err)
	}
	w.wantCount(0, open)
	other := w.dispatcher(nil)
	if err := other.RecordOutage(ctx, "redis", "no_answer"); err != nil {
		t.Fatal(err)
	}
	if err := next.EndOutage(ctx, "redis"); err != nil { // for next it was there all the time
		t.Fatal(err)
	}
	w.wantCount(1, open)
}

// A step that fails, or took effect and nobody was told, or hangs: repeated, it gives one arrival and one notice.
func TestSubmitAndArriveBroken(t *testing.T) {
	w := newWorld(t)
	for _, fault := range []hubtest.Fault{hubtest.Fails, hubtest.TookHold, hubtest.Hangs} {
		broken := w.dispatcher(func(o *dispatch.Options) {
			o.Store = &hubtest.Store{Store: w.db, At: func(string) hubtest.Fault { return fault }}
		})
		limited, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		one, request := papers(string(fault), 3, w.someone(), w.someone()), []byte(fault)
		if _, err := broken.Submit(limited, w.court(), one, request); err == nil {
			t.Errorf("%s: the caller was told that it worked", fault)
		}
		results, err := w.Submit(context.Background(), w.court(), one, request)
		if err != nil || results[0].Err != nil || results[2].Err != nil {
			t.Fatalf("%s: repeated: %+v, %v", fault, results, err)
		}
		ids := w.claim(inboxNormal)
		if err := broken.Arrive(limited, ids); err == nil {
			t.Errorf("%s: the worker was told that it worked", fault)
		}
		if err := w.Arrive(context.Background(), ids); err != nil {
			t.Fatal(err)
		}
	}
	w.wantCount(9, `SELECT count(*) FROM notices`)
	w.wantCount(9, `SELECT count(*) FROM inbox`)
	w.wantCount(9, `SELECT count(*) FROM receipts WHERE event = 'ContentConsignment'`)
	w.wantCount(9, `SELECT count(*) FROM receipts WHERE event = 'SubmissionAcceptance'`)
	w.wantCursors()
}
