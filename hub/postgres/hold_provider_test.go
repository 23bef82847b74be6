package postgres_test

import (
	"context"
	"errors"
	"testing"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
)

// twoProviders is a world whose texts go through a, and through b when a is barred.
func twoProviders(t *testing.T) (w *world, a, b *hubtest.Sender) {
	t.Helper()
	a, b = &hubtest.Sender{Provider: "a"}, &hubtest.Sender{Provider: "b"}
	w = newWorld(t, func(o *dispatch.Options) {
		o.Providers = []string{"a", "b"}
		o.Pick = func(_ hub.Priority, barred map[string]bool) (hub.Sender, bool) {
			for _, s := range []*hubtest.Sender{a, b} {
				if !barred[s.Provider] {
					return s, true
				}
			}
			return nil, false
		}
	})
	return w, a, b
}

// A held provider gets no new texts: others take them, else they wait. What is held for one submitter touches no other.
func TestWhatAHoldOfAProviderCovers(t *testing.T) {
	w, a, b := twoProviders(t)
	noisy, quiet := w.branch, w.organisation("branch")
	sent := func() (int, int) { return len(a.Received()), len(b.Received()) }
	for name, c := range map[string]struct {
		holds    []dispatch.NewHold
		toA, toB int // of 2 texts of each submitter
		thenA    int // once released
	}{
		"none":                  {nil, 4, 0, 0},
		"the first":             {[]dispatch.NewHold{{Provider: "a"}}, 0, 4, 0},
		"the second":            {[]dispatch.NewHold{{Provider: "b"}}, 4, 0, 0},
		"both":                  {[]dispatch.NewHold{{Provider: "a"}, {Provider: "b", Channel: hub.ChannelSMS}}, 0, 0, 4},
		"the first for one":     {[]dispatch.NewHold{{Provider: "a", Submitter: noisy}}, 2, 2, 0},
		"each for one":          {[]dispatch.NewHold{{Provider: "a", Submitter: noisy}, {Provider: "b", Submitter: quiet}}, 2, 2, 0},
		"both for one":          {[]dispatch.NewHold{{Provider: "a", Submitter: noisy}, {Provider: "b", Submitter: noisy}}, 2, 0, 2},
		"the first, and one":    {[]dispatch.NewHold{{Provider: "a"}, {Submitter: quiet}}, 0, 2, 2},
		"the first, twice over": {[]dispatch.NewHold{{Provider: "a"}, {Provider: "a", Submitter: noisy}}, 0, 4, 0},
	} {
		var holds []hub.Hold
		for _, n := range c.holds {
			holds = append(holds, w.hold(n))
		}
		wasA, wasB := sent()
		for _, branch := range []hub.ID{noisy, quiet} {
			w.branch = branch
			w.submit(papers(name+branch.String(), 2, w.someone())...)
		}
		w.deliver()
		if nowA, nowB := sent(); nowA-wasA != c.toA || nowB-wasB != c.toB {
			t.Errorf("%s: %d through a and %d through b, want %d and %d", name, nowA-wasA, nowB-wasB, c.toA, c.toB)
		}
		w.wantCount(4-c.toA-c.toB, `SELECT count(*) FROM deliveries WHERE status IN ('pending', 'queued')`)
		for _, h := range holds {
			w.release(h)
		}
		w.exec(`UPDATE deliveries SET due_at = hub_now() WHERE status = 'queued'`) // the claims have run out
		w.deliver()
		if nowA, nowB := sent(); nowA-wasA != c.toA+c.thenA || nowB-wasB != c.toB {
			t.Errorf("%s: %d through a and %d through b after the release", name, nowA-wasA, nowB-wasB)
		}
	}
	if twice := append(a.Twice(), b.Twice()...); len(twice) > 0 {
		t.Errorf("sent twice: %v", twice)
	}
}

// Whoever picked the provider before the hold was committed does not begin through it either.
func TestAHoldOfAProviderIsSeenWhereAttemptsBegin(t *testing.T) {
	w, a, _ := twoProviders(t)
	ids := w.texts(3)
	w.hold(dispatch.NewHold{Provider: "a"})
	started, closed, err := w.db.BeginAttempts(context.Background(), dispatch.Beginning{Deliveries: ids, Receipts: ids, Provider: "a", Lease: 1})
	if err != nil || len(started)+len(closed) > 0 {
		t.Errorf("began %v, closed %v: %v", started, closed, err)
	}
	w.wantCount(3, `SELECT count(*) FROM deliveries WHERE status = 'queued' AND attempts = 0`)
	if len(a.Received()) > 0 {
		t.Error("a text left")
	}
}

// Codes go past a held provider, for whoever releases it must be able to sign in.
func TestCodesGoPastAHeldProvider(t *testing.T) {
	w, a, b := twoProviders(t)
	w.hold(dispatch.NewHold{Provider: "a"})
	w.challenge("1 hour")
	w.deliver()
	if len(a.Received()) != 0 || len(b.Received()) != 1 {
		t.Errorf("%d through a, %d through b", len(a.Received()), len(b.Received()))
	}
	w.hold(dispatch.NewHold{Provider: "b"}) // with nobody left, a held one is better than none
	w.challenge("1 hour")
	w.deliver()
	if got := len(a.Received()) + len(b.Received()); got != 2 {
		t.Errorf("%d codes were sent, want 2", got)
	}
}

func TestAnUnknownProviderIsNamed(t *testing.T) {
	w, _, _ := twoProviders(t)
	_, err := w.Hold(context.Background(), operator(), dispatch.NewHold{Provider: "nobody", Reason: "demo"})
	var refused *hub.Error
	if !errors.As(err, &refused) || len(refused.Fields) != 1 || refused.Fields[0].Pointer != "/provider" || refused.Fields[0].Code != "unknown" {
		t.Errorf("refused with %+v", refused)
	}
}
