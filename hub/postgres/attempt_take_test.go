package postgres_test

import (
	"context"
	"sync"
	"testing"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
)

// due are n notices of the branch that have arrived; their texts are due, and nobody has claimed them.
func (w *world) due(name string, n int) {
	w.Helper()
	w.submit(papers(name+newID().String(), n, w.someone(), w.someone())...)
	if err := w.Arrive(context.Background(), w.claim(inboxNormal)); err != nil {
		w.Fatal(err)
	}
}

// send takes and sends slices until nothing moves.
func (w *world) send(d *dispatch.Dispatcher) (slices int) {
	w.Helper()
	for {
		n, err := d.Texts(context.Background(), smsNormal, func() {})
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return slices
		}
		slices++
	}
}

// A slice has an equal part of every submitter, and says whether there is more.
func TestSlicesAreFairOverSubmitters(t *testing.T) {
	w := newWorld(t)
	w.sender.Size = 20
	w.due("noisy", 100)
	w.exec(`UPDATE deliveries SET due_at = due_at - interval '1 hour' WHERE channel = 'sms'`) // and earlier than all others
	quiet := w.organisation("branch")
	w.branch = quiet
	w.due("quiet", 12)
	more := 0
	n, err := w.Texts(context.Background(), smsNormal, func() { more++ })
	if err != nil || n != 20 || more != 1 {
		t.Fatalf("%d texts moved, %d times more: %v", n, more, err)
	}
	w.wantCount(10, `SELECT count(*) FROM deliveries WHERE status = 'sent' AND submitter = $1`, quiet.String())
	if n := w.send(w.Dispatcher); n != 5 { // 12, of which 2 of the quiet one, then 20 each
		t.Errorf("%d slices", n)
	}
	w.wantCount(112, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'sent' AND attempts = 1`)
	if n := len(w.sender.Received()); n != 112 {
		t.Errorf("%d texts left", n)
	}
}

func TestTextsThatAreNotDueAreNotTaken(t *testing.T) {
	w := newWorld(t)
	w.submit(paper("waits", w.someone()))
	if n := w.send(w.Dispatcher); n != 0 {
		t.Error("a text left before its notice arrived")
	}
	w.due("claimed", 2)
	w.claim(smsNormal)
	if n := w.send(w.Dispatcher); n != 0 {
		t.Error("what somebody has claimed was taken")
	}
	w.wantCount(0, `SELECT count(*) FROM attempts`)
}

func TestManyHandsSendEachTextOnce(t *testing.T) {
	w := newWorld(t)
	w.sender.Size = 7
	w.due("many", 300)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { w.send(w.Dispatcher) })
	}
	wg.Wait()
	w.send(w.Dispatcher)
	if n, twice := len(w.sender.Received()), w.sender.Twice(); n != 300 || len(twice) > 0 {
		t.Errorf("%d texts, %d of them twice; want 300 once", n, len(twice))
	}
	w.wantCount(300, `SELECT count(*) FROM attempts WHERE n = 1 AND outcome = 'accepted'`)
}

// What a provider must not take of one submitter goes on past it; what every provider must not take stays.
func TestTakenTextsGoPastAHeldProvider(t *testing.T) {
	w, a, b := twoProviders(t)
	noisy := w.branch
	w.due("noisy", 3)
	w.branch = w.organisation("branch")
	w.due("quiet", 2)
	hold := w.hold(dispatch.NewHold{Provider: "a", Submitter: noisy})
	w.send(w.Dispatcher)
	if x, y := len(a.Received()), len(b.Received()); x != 2 || y != 3 {
		t.Errorf("%d through a and %d through b, want 2 and 3", x, y)
	}
	w.release(hold)
	w.hold(dispatch.NewHold{Channel: hub.ChannelSMS})
	w.due("held", 4)
	w.send(w.Dispatcher)
	w.challenge("1 hour")
	if n, err := w.Texts(context.Background(), hub.Lane{Channel: hub.ChannelSMS, Priority: hub.PriorityCode}, func() {}); n != 1 || err != nil {
		t.Errorf("%d codes moved: %v", n, err)
	}
	w.wantCount(4, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'pending' AND attempts = 0`)
}

// As TestAttemptsWhoseBeginningWasNotToldAreDisowned, of texts that were taken: whoever took them knows which.
func TestTakenTextsWhoseBeginningWasNotToldAreDisowned(t *testing.T) {
	w := newWorld(t)
	w.due("untold", 4)
	once := sync.Once{}
	broken := w.dispatcher(func(o *dispatch.Options) {
		o.Store = &hubtest.Store{Store: w.db, At: func(at string) (fault hubtest.Fault) {
			if at == "BeginAttempts" {
				once.Do(func() { fault = hubtest.TookHold })
			}
			return fault
		}}
	})
	if n, err := broken.Texts(context.Background(), smsNormal, func() {}); err == nil || n != 0 {
		t.Fatal("the caller was told that it worked")
	}
	w.wantCount(4, `SELECT count(*) FROM deliveries d JOIN attempts a ON a.delivery = d.id WHERE d.status = 'pending'
		AND d.due_at <= hub_now() AND d.attempts = 1 AND a.outcome = 'deferred'`)
	w.send(w.Dispatcher)
	w.wantCount(4, `SELECT count(*) FROM deliveries WHERE status = 'sent' AND attempts = 2`)
	if n, twice := len(w.sender.Received()), w.sender.Twice(); n != 4 || len(twice) > 0 {
		t.Errorf("%d texts left, twice: %v", n, twice)
	}
}

// A hand that dies while it sends leaves a slice in doubt, and the rest as it was.
func TestADyingHandLeavesASliceInDoubt(t *testing.T) {
	w := newWorld(t)
	w.due("dying", 10)
	dying, life := w.dying()
	if _, err := dying.Texts(life, smsNormal, func() {}); err == nil {
		t.Fatal("its outcomes were written")
	}
	w.wantCount(4, `SELECT count(*) FROM attempts WHERE outcome IS NULL`)
	w.wantCount(6, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'pending' AND attempts = 0`)
	w.send(w.Dispatcher)
	w.wantCount(6, `SELECT count(*) FROM deliveries WHERE status = 'sent'`)
	if twice := w.sender.Twice(); len(twice) > 0 || len(w.sender.Received()) != 10 {
		t.Errorf("%d texts left, twice: %v", len(w.sender.Received()), twice)
	}
}
