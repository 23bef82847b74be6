package smpp_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/channels/sms/smpp"
	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/hub"
)

func numbered(n int, body string) []hub.Text {
	texts := make([]hub.Text, n)
	for i := range texts {
		texts[i] = hub.Text{Attempt: hub.AttemptKey{Delivery: hub.NewID(time.Now()), N: 1}, To: "+989120000001", Body: fmt.Sprint(body, i)}
	}
	return texts
}

// A text that gets no answer holds one place, and not those of what left with it.
func TestATextWithoutAnAnswerHoldsUpNoOther(t *testing.T) {
	w := newWorld(t, func(n int, _ smsctest.Part) smsctest.Reply { return smsctest.Reply{Silent: n == 1} },
		func(o *smpp.Options) { o.Answer = time.Minute })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan []hub.Sent)
	go func() { done <- w.Send(ctx, numbered(40, "x")) }()
	w.until("all others are taken", func() bool { return len(w.centre.Parts()) == 40 })
	cancel()
	got := map[hub.Outcome]int{}
	for _, s := range <-done {
		got[s.Outcome]++
	}
	if got[hub.OutcomeUnknown] == 0 || got[hub.OutcomeUnknown]+got[hub.OutcomeAccepted] != 40 {
		t.Errorf("outcomes: %v", got)
	}
}

// Whatever a centre does with many at once, each text has an outcome, and no place is lost by it.
func TestManyAtOnceEachToItsOwnEnd(t *testing.T) {
	var even atomic.Bool
	w := newWorld(t, func(n int, _ smsctest.Part) smsctest.Reply {
		switch {
		case even.Load():
			return smsctest.Reply{}
		case n%17 == 0:
			return smsctest.Throttled()
		case n%29 == 0:
			return smsctest.QueueFull()
		case n%97 == 0:
			return smsctest.Reply{Drop: true}
		}
		return smsctest.Reply{Delay: time.Duration(n%3) * time.Millisecond}
	}, func(o *smpp.Options) {
		o.Binds, o.Window, o.Pause, o.Answer = 2, 20, time.Millisecond, time.Minute
	})
	texts := numbered(300, persian)
	got := map[hub.Outcome]int{}
	for i, s := range w.Send(t.Context(), texts) {
		if s.Attempt != texts[i].Attempt {
			t.Fatal("the outcome is another attempt's")
		}
		if got[s.Outcome]++; s.Outcome == hub.OutcomeAccepted && len(s.Parts) < 3 {
			t.Errorf("taken as %+v", s)
		}
	}
	if got[hub.OutcomeAccepted] == 0 || got[hub.OutcomeUnknown] == 0 || got[hub.OutcomeDeferred] == 0 {
		t.Errorf("outcomes: %v", got)
	}
	even.Store(true)
	w.until("bound", func() bool { return w.Send(t.Context(), numbered(1, "x"))[0].Outcome == hub.OutcomeAccepted })
	w.centre.Behave(smsctest.Always(smsctest.Silent()))
	ctx, cancel := context.WithCancel(t.Context())
	done, before := make(chan []hub.Sent), len(w.centre.Parts())
	go func() { done <- w.Send(ctx, numbered(41, "y")) }()
	w.until("every place is taken", func() bool { return len(w.centre.Parts()) == before+40 })
	cancel()
	<-done
}
