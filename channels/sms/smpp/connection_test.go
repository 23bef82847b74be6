package smpp_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"eblagh/channels/sms/smpp"
	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/hub"
)

func TestACentreThatIsAwayDefersAndIsFoundAgain(t *testing.T) {
	w := newWorld(t, nil, func(o *smpp.Options) { o.Patience = 50 * time.Millisecond })
	w.one("x", hub.OutcomeAccepted, "")
	w.centre.Stop()
	// Until the loss is noticed, a part may have left into a connection that nobody reads any more.
	w.until("deferred", func() bool { return w.send("x")[0].Outcome == hub.OutcomeDeferred })
	w.centre.Start()
	w.until("bound again", func() bool { return w.centre.Binds() > 1 })
	w.until("it goes on", func() bool { return w.send("x")[0].Outcome == hub.OutcomeAccepted })
}

func TestAWrongPasswordDefersAndIsTriedAgain(t *testing.T) {
	w := newWorld(t, nil, func(o *smpp.Options) { o.Password, o.Patience = "other", 50*time.Millisecond })
	w.one("x", hub.OutcomeDeferred, hub.ReasonProvider)
	w.until("the refusal is told", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return strings.Count(w.log.String(), "command_status 0x0000000e") > 1
	})
}

func TestADeafPeerIsGivenUp(t *testing.T) {
	centre := smsctest.New(t)
	centre.Deaf = true
	w := newWorldAt(t, centre, nil, func(o *smpp.Options) { o.Answer = 50 * time.Millisecond })
	w.until("bound anew", func() bool { return w.centre.Binds() > 2 })
}

func TestEnquireLinkKeepsTheBind(t *testing.T) {
	w := newWorld(t, nil, nil)
	w.until("asked", func() bool { return w.centre.Asked() > 2 })
	if n := w.centre.Binds(); n != 1 {
		t.Errorf("%d binds", n)
	}
}

func TestWhatIsUnderWayWhenTimeEndsIsUnknown(t *testing.T) {
	w := newWorld(t, smsctest.Always(smsctest.Reply{Silent: true}), func(o *smpp.Options) { o.Window, o.Answer = 2, time.Minute })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan []hub.Sent)
	go func() { done <- w.Send(ctx, make([]hub.Text, 5)) }()
	w.until("two are under way", func() bool { return len(w.centre.Parts()) == 2 })
	cancel()
	got := map[hub.Outcome]int{}
	for _, s := range <-done {
		got[s.Outcome]++
	}
	if got[hub.OutcomeUnknown] != 2 || got[hub.OutcomeDeferred] != 3 {
		t.Errorf("outcomes: %v", got)
	}
}

// TestEveryAttemptCountsOnBothSides cuts the connections in the middle of traffic.
func TestEveryAttemptCountsOnBothSides(t *testing.T) {
	w := newWorld(t, func(n int, _ smsctest.Part) smsctest.Reply {
		return smsctest.Reply{Drop: n%25 == 0, Delay: time.Duration(n%3) * time.Millisecond}
	}, func(o *smpp.Options) { o.Binds = 2 })
	got := map[hub.Outcome]int{}
	for range 20 {
		for _, s := range w.send(strings.Split(strings.Repeat("x ", 14)+"x", " ")...) {
			got[s.Outcome]++
		}
	}
	taken := len(w.centre.Parts())
	if got[hub.OutcomeUnknown] == 0 || got[hub.OutcomeRejected] > 0 || got[hub.OutcomeAccepted] > taken ||
		got[hub.OutcomeAccepted]+got[hub.OutcomeUnknown] < taken {
		t.Errorf("%d taken, outcomes: %v", taken, got)
	}
}

func TestTheWindowHolds(t *testing.T) {
	w := newWorld(t, smsctest.Always(smsctest.Reply{Delay: 30 * time.Millisecond}), func(o *smpp.Options) { o.Binds, o.Window = 2, 3 })
	w.until("two binds", func() bool { return w.centre.Binds() == 2 })
	if n := w.Window(); n != 6 {
		t.Errorf("a first slice of %d", n)
	}
	began := time.Now()
	for _, s := range w.send(strings.Split(strings.Repeat("x ", 17)+"x", " ")...) {
		if s.Outcome != hub.OutcomeAccepted {
			t.Errorf("%s %s", s.Outcome, s.Reason)
		}
	}
	if took := time.Since(began); took < 90*time.Millisecond { // 18 texts, 6 at a time
		t.Errorf("more were under way than the windows hold: %s", took)
	}
	byBind := map[int]int{}
	for _, part := range w.centre.Parts() {
		byBind[part.Bind]++
	}
	if byBind[1] == 0 || byBind[2] == 0 {
		t.Errorf("parts by bind: %v", byBind)
	}
}

// TestUrgentTextsGetTheNextPlace of a slow centre, however many wait.
func TestUrgentTextsGetTheNextPlace(t *testing.T) {
	w := newWorld(t, smsctest.Always(smsctest.Slow(20*time.Millisecond, smsctest.Reply{})), func(o *smpp.Options) { o.Window = 2 })
	var waiting sync.WaitGroup
	waiting.Go(func() { w.send(strings.Split(strings.Repeat("x ", 59)+"x", " ")...) })
	w.until("the window is full", func() bool { return len(w.centre.Parts()) > 2 })
	before := len(w.centre.Parts())
	sent := w.Urgent().Send(t.Context(), []hub.Text{{To: "+989120000001", Body: "urgent"}})
	if len(sent) != 1 || sent[0].Outcome != hub.OutcomeAccepted {
		t.Errorf("%+v", sent)
	}
	waiting.Wait()
	parts := w.centre.Parts()
	at := slices.IndexFunc(parts, func(p smsctest.Part) bool { return p.Text == "urgent" })
	// Between the count and the moment in which it began to wait a busy machine may let some pass, but not half of them.
	if len(parts) != 61 || at < before || at > before+20 {
		t.Errorf("it was number %d of %d, after %d when it came", at, len(parts), before)
	}
}
