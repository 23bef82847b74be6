package channels

import (
	"context"
	"testing"
	"time"

	"eblagh/hub"
)

func TestWhatAnAnswerTellsOfTheProvider(t *testing.T) {
	for _, c := range []struct {
		outcome hub.Outcome
		reason  hub.Reason
		want    verdict
	}{
		{hub.OutcomeAccepted, hub.ReasonNone, well},
		{hub.OutcomeDelivered, hub.ReasonNone, well},
		{hub.OutcomeDeferred, hub.ReasonProvider, faulty},
		{hub.OutcomeDeferred, hub.ReasonNoOutcome, faulty},
		{hub.OutcomeDeferred, hub.ReasonThrottled, neutral},
		{hub.OutcomeDeferred, hub.ReasonUnreachable, well},
		{hub.OutcomeRejected, hub.ReasonBadNumber, well},
		{hub.OutcomeRejected, hub.ReasonBlocked, well},
		{hub.OutcomeRejected, hub.ReasonProvider, faulty},
		{hub.OutcomeUnknown, hub.ReasonNoOutcome, faulty},
		{hub.OutcomeUnknown, hub.ReasonProvider, faulty},
		{hub.OutcomeUnknown, hub.ReasonNone, faulty},
	} {
		if got := tells(hub.Sent{Outcome: c.outcome, Reason: c.reason}); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.outcome, c.reason, got, c.want)
		}
	}
}

func TestWhatASliceTells(t *testing.T) {
	good, bad := hub.Sent{Outcome: hub.OutcomeAccepted}, hub.Sent{Outcome: hub.OutcomeUnknown}
	slow := hub.Sent{Outcome: hub.OutcomeDeferred, Reason: hub.ReasonThrottled}
	lost := hub.Sent{Outcome: hub.OutcomeUnknown, Reason: hub.ReasonProvider, Cut: true}
	for name, c := range map[string]struct {
		texts int
		sent  []hub.Sent
		want  verdict
		n     int
	}{
		"mostly faults, in any order": {3, []hub.Sent{bad, good, bad}, faulty, 2},
		"mostly well":                 {3, []hub.Sent{good, bad, good}, well, 2},
		"as many":                     {2, []hub.Sent{bad, good}, well, 1},
		"a slower pace is asked for":  {2, []hub.Sent{slow, slow}, neutral, 0},
		"a fault among slow ones":     {3, []hub.Sent{slow, bad, slow}, faulty, 1},
		"lost with a connection":      {4, []hub.Sent{lost, good, lost, lost}, cut, 3},
		"lost and not begun":          {3, []hub.Sent{lost, bad, bad}, cut, 3},
		"one lost, the others well":   {3, []hub.Sent{lost, good, good}, well, 2},
		"answers are missing":         {3, []hub.Sent{good}, faulty, 2},
		"nothing":                     {0, nil, neutral, 0},
	} {
		if got, n := weigh(c.texts, c.sent); got != c.want || n != c.n {
			t.Errorf("%s: %d of %d", name, got, n)
		}
	}
}

func TestStoppingIsNoFaultOfTheProvider(t *testing.T) {
	w := newWorld(t, map[string]int{"a": 1})
	w.broken["a"] = down
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		s, ok := w.Pick(hub.PriorityNormal, nil)
		if !ok {
			t.Fatal("the circuit opened")
		}
		s.Send(ctx, make([]hub.Text, 5))
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	s, _ := w.Pick(hub.PriorityNormal, nil)
	if s.Send(late, make([]hub.Text, 5)); w.States()[0].Phase != Open {
		t.Error("taking too long is no fault")
	}
}
