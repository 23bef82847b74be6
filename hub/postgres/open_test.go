package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Bylaw 13: viewing by the addressee is actual service. E.1 once, with the time of the first opening.
func TestOpenOnce(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	n := w.submit(paper("open", to))[0]
	if _, err := w.Open(context.Background(), citizen(to), n.ID); hub.CodeOf(err) != hub.CodeNotFound {
		t.Fatalf("before arrival: %v, want not-found", err)
	}
	w.deliver()
	var wg sync.WaitGroup
	times := make([]time.Time, 6)
	for i := range times {
		wg.Go(func() {
			opened, err := w.Open(context.Background(), citizen(to), n.ID)
			if err != nil {
				t.Error(err)
			}
			times[i] = opened.OpenedAt
		})
	}
	wg.Wait()
	for _, at := range times {
		if at.IsZero() || !at.Equal(times[0]) {
			t.Errorf("opened at %v", times)
		}
	}
	w.wantCount(1, `SELECT count(*) FROM opens o JOIN receipts r ON r.notice = o.notice AND r.at = o.opened_at
		WHERE r.event = 'ContentHandover' AND r.actor_kind = 'self' AND r.auth = 'session' AND r.actor = o.person
		AND length(r.details -> 'parts' ->> 'subject') = 64`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'ContentHandover'`)
	updates := 0
	for _, nudge := range w.nudger.Nudges() {
		if nudge.Update {
			updates++
		}
	}
	if updates != 1 {
		t.Errorf("%d updates, want one", updates)
	}
}

func TestOnlyTheAddresseeOpens(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	n := w.submit(paper("mine", to))[0]
	w.deliver()
	clerk := citizen(w.someone())
	clerk.Grants = []access.Grant{{Role: hub.RoleCourtClerk, Organisation: w.branch}}
	for name, c := range map[string]struct {
		p    access.Principal
		want hub.Code
	}{
		"another citizen":   {citizen(w.someone()), hub.CodeNotFound},
		"the court's clerk": {clerk, hub.CodeNotFound},
		"the court's key":   {w.court(), hub.CodeForbidden},
		"nobody":            {access.Principal{}, hub.CodeUnauthorized},
	} {
		if _, err := w.Open(context.Background(), c.p, n.ID); hub.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	w.wantCount(0, `SELECT count(*) FROM opens`)
	w.wantCount(0, `SELECT count(*) FROM receipts WHERE event = 'ContentHandover'`)
}

func TestCancelBeforeArrival(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	p := paper("cancel", to)
	p.ExpiresAt = time.Now().Add(time.Minute)
	n := w.submit(p)[0]
	ids := w.claim(inboxNormal)
	stranger := w.court()
	stranger.Grants[0].Organisation = w.organisation("branch")
	if err := w.Cancel(context.Background(), stranger, n.ID); hub.CodeOf(err) != hub.CodeNotFound {
		t.Fatalf("a stranger: %v", err)
	}
	if err := w.Cancel(context.Background(), w.court(), n.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Arrive(context.Background(), ids); err != nil { // its task was under way
		t.Fatal(err)
	}
	w.deliver()
	w.wantCount(0, `SELECT count(*) FROM inbox`)
	w.wantCount(2, `SELECT count(*) FROM deliveries WHERE status = 'cancelled'`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'eblagh:Cancelled' AND reason = 'cancelled' AND actor_kind = 'key'`)
	if err := w.Cancel(context.Background(), w.court(), n.ID); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("again: %v, want wrong-state", err)
	}
	w.wantCount(0, `SELECT count(*) FROM timers WHERE fired_at IS NULL`)
}

func TestCancelAfterArrival(t *testing.T) {
	w := newWorld(t)
	n := w.submit(paper("arrived", w.someone()))[0]
	w.deliver()
	if err := w.Cancel(context.Background(), w.court(), n.ID); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("%v, want wrong-state", err)
	}
	w.wantCount(0, `SELECT count(*) FROM receipts WHERE event = 'eblagh:Cancelled'`)
	if err := w.Cancel(context.Background(), w.court(), newID()); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("unknown: %v, want not-found", err)
	}
}

// Arrival and cancellation at once: one of them wins, never both, never none.
func TestCancelAgainstArrival(t *testing.T) {
	w := newWorld(t)
	notices := w.submit(papers("race", 100, w.someone(), w.someone())...)
	ids := w.claim(inboxNormal)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; i < len(ids); i += 10 {
			if err := w.Arrive(context.Background(), ids[i:i+10]); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for _, n := range notices {
			if err := w.Cancel(context.Background(), w.court(), n.ID); err != nil && hub.CodeOf(err) != hub.CodeWrongState {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	w.wantCount(100, `SELECT count(*) FROM receipts WHERE event IN ('ContentConsignment', 'eblagh:Cancelled')`)
	w.wantCount(0, `SELECT count(*) FROM inbox i JOIN receipts r ON r.notice = i.notice AND r.event = 'eblagh:Cancelled'`)
	w.wantCount(0, `SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND channel = 'inbox'`)
	w.wantCount(0, `SELECT count(*) FROM deliveries WHERE due_at = 'infinity'`)
}
