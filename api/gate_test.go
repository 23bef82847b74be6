package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"eblagh/hub"
)

var heavy = route{id: "heavy", weight: 2, accepts: true}

// A caller who floods waits, and is told so; the others come in; when everything is taken, everybody is told to come again.
func TestTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		whys := map[string]int{}
		g := newGate(GateOptions{Units: 6, PerCaller: 4, Waiting: 5, Refused: func(why string) {
			mu.Lock()
			defer mu.Unlock()
			whys[why]++
		}})
		noisy, quiet, third := hub.NewID(time.Now()), hub.NewID(time.Now()), hub.NewID(time.Now())
		enter := func(caller hub.ID) func() {
			leave, err := g.enter(t.Context(), heavy, caller)
			if err != nil {
				t.Fatal(err)
			}
			return leave
		}
		first := enter(noisy)
		second := enter(noisy)
		begun := time.Now()
		_, err := g.enter(t.Context(), heavy, noisy)
		wantRefusal(t, err, http.StatusTooManyRequests)
		if waited := time.Since(begun); waited != 5*time.Second {
			t.Errorf("waited %v for a turn", waited)
		}
		last := enter(quiet) // there is room for others
		_, err = g.enter(t.Context(), heavy, third)
		wantRefusal(t, err, http.StatusServiceUnavailable)
		time.AfterFunc(time.Second, first)
		leave := enter(third) // a turn that comes in time
		for range 4 {
			go func() { _, _ = g.enter(t.Context(), heavy, quiet) }()
		}
		synctest.Wait()
		begun = time.Now()
		_, err = g.enter(t.Context(), heavy, quiet)
		wantRefusal(t, err, http.StatusTooManyRequests)
		if time.Since(begun) > 0 {
			t.Error("a caller may have any number of calls waiting")
		}
		time.Sleep(6 * time.Second)
		for _, leave := range []func(){second, last, leave} {
			leave()
		}
		if len(g.callers) > 0 || !g.turns.TryAcquire(6) {
			t.Errorf("%d callers are remembered", len(g.callers))
		}
		mu.Lock()
		defer mu.Unlock()
		if whys["caller"] < 2 || whys["turn"] < 1 {
			t.Errorf("refused: %v", whys)
		}
	})
}

// A call that was given up while it waited takes nothing with it.
func TestWhoLeavesTheGateTakesNothing(t *testing.T) {
	g := newGate(GateOptions{Units: 2, PerCaller: 2})
	leave, err := g.enter(t.Context(), heavy, hub.NewID(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.enter(ctx, heavy, hub.NewID(time.Now())); err == nil {
		t.Error("a call that nobody waits for was let in")
	}
	leave()
	if len(g.callers) > 0 || !g.turns.TryAcquire(2) {
		t.Error("something is still taken")
	}
}

// While too much waits for delivery no papers are taken in; everything else goes on.
func TestABacklogClosesTheGateToPapers(t *testing.T) {
	g := newGate(GateOptions{Busy: func() bool { return true }})
	_, err := g.enter(t.Context(), heavy, hub.NewID(time.Now()))
	wantRefusal(t, err, http.StatusServiceUnavailable)
	for _, rt := range []route{{}, {weight: 1}} {
		if leave, err := g.enter(t.Context(), rt, hub.NewID(time.Now())); err != nil {
			t.Error(err)
		} else {
			leave()
		}
	}
}

// wantRefusal holds a refusal to its status and to telling when to come again.
func wantRefusal(t *testing.T, err error, status int) {
	t.Helper()
	p := problemOf(err)
	if err == nil || p.Status != status || p.GetHeaders().Get("Retry-After") == "" {
		t.Errorf("refused with %v, %d, come again in %q; want %d", err, p.Status, p.GetHeaders().Get("Retry-After"), status)
	}
}

// Never more units run than there are, whoever comes.
func TestTheGateHoldsUnderLoad(t *testing.T) {
	g := newGate(GateOptions{Units: 6, PerCaller: 4, Wait: time.Minute})
	var under, most atomic.Int64
	var group sync.WaitGroup
	for range 4 {
		caller := hub.NewID(time.Now())
		for range 50 {
			group.Go(func() {
				leave, err := g.enter(context.Background(), heavy, caller)
				if err != nil {
					t.Error(errors.Unwrap(err))
					return
				}
				n := under.Add(heavy.weight)
				for {
					m := most.Load()
					if n <= m || most.CompareAndSwap(m, n) {
						break
					}
				}
				under.Add(-heavy.weight)
				leave()
			})
		}
	}
	group.Wait()
	if most.Load() > 6 || len(g.callers) > 0 {
		t.Errorf("%d units at once, %d callers remembered", most.Load(), len(g.callers))
	}
}
