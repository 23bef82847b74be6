package postgres_test

import (
	"context"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// A report that was kept, and whose process ended before it matched it, is matched by whoever looks next, though its text
// is closed and never due again.
func TestAReportThatNobodyMatchedIsFound(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(2)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	w.report(report(ids[0], hub.OutcomeRejected, hub.ReasonUnreachable))
	late := report(ids[0], hub.OutcomeDelivered, "")
	late.Raw = []byte{}
	parked := []dispatch.Parked{
		{ID: newID(), Key: dispatch.MessageKey{Provider: late.Provider, Message: dispatch.NormaliseMessageID(late.MessageID)}, Report: late},
		{ID: newID(), Key: dispatch.MessageKey{Provider: late.Provider, Message: "a stranger's"}, Report: hub.Report{
			Provider: late.Provider, MessageID: "a stranger's", Outcome: hub.OutcomeDelivered, Raw: []byte{}}},
	}
	if _, err := w.db.ParkReports(context.Background(), parked, false); err != nil {
		t.Fatal(err)
	}
	reconcile := func() {
		t.Helper()
		if err := w.dispatcher(nil).Reconcile(context.Background()); err != nil { // another process
			t.Fatal(err)
		}
	}
	const told = `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered'`
	reconcile() // it may still be in the hands of who kept it
	w.wantCount(0, told)
	w.exec(`UPDATE reports SET received_at = received_at - interval '5 seconds'`)
	reconcile()
	w.wantCount(1, told)
	w.wantCount(1, `SELECT count(*) FROM reports WHERE delivery IS NULL`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'failed'`, ids[0].String())
}

// One look is bounded, and the next goes on where it ended; a clock that was set back is looked behind.
func TestStraysAreLookedForInTurns(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO reports (id, provider, message_id, message_key, outcome, received_at, raw)
		SELECT gen_random_uuid(), 'fake', n::text, n::text, 'delivered', hub_now() - n * interval '10 seconds', ''
		FROM generate_series(1, 25) n`)
	var since time.Time
	for turn, more := range []bool{true, true, false} {
		found, err := w.db.Strays(context.Background(), since, 10)
		if err != nil || found.More != more || len(found.Keys) > 0 || found.Now.Before(found.Until) {
			t.Fatalf("turn %d: %+v, %v", turn, found, err)
		}
		if !found.Until.After(since) {
			t.Fatalf("turn %d does not get on: %v", turn, found.Until)
		}
		since = found.Until
	}
}
