package channels

import (
	"context"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/hubtest"
)

// world is a registry with fakes, a clock that is set, and seeded randomness.
type world struct {
	*Registry
	now    time.Time
	broken map[string]hub.Sent // what a provider answers instead of accepting
}

func newWorld(t *testing.T, weights map[string]int) *world {
	t.Helper()
	w := &world{now: began, broken: map[string]hub.Sent{}}
	var members []Member
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		members = append(members, Member{Weight: weights[name], Sender: &hubtest.Sender{Provider: name,
			Answer: func(context.Context, hub.Text) hub.Sent {
				if s, ok := w.broken[name]; ok {
					return s
				}
				return hub.Sent{Outcome: hub.OutcomeAccepted, MessageID: "1"}
			}}})
	}
	random := rand.New(rand.NewPCG(1, 2))
	r, err := NewRegistry(Options{Clock: func() time.Time { return w.now }, Random: random.Float64,
		Logger: slog.New(slog.DiscardHandler)}, members...)
	if err != nil {
		t.Fatal(err)
	}
	w.Registry = r
	return w
}

// send sends slices of one text and counts who took them.
func (w *world) send(t *testing.T, slices int, p hub.Priority) map[string]int {
	t.Helper()
	took := map[string]int{}
	for range slices {
		s, ok := w.Pick(p, nil)
		if !ok {
			took[""]++
			continue
		}
		took[s.Name()]++
		text := hub.Text{Attempt: hub.AttemptKey{Delivery: hub.NewID(w.now), N: 1}, To: "+989120000001"}
		if got := s.Send(t.Context(), []hub.Text{text}); len(got) != 1 || got[0].Attempt != text.Attempt {
			t.Fatalf("sent %+v", got)
		}
	}
	return took
}

var down = hub.Sent{Outcome: hub.OutcomeUnknown, Reason: hub.ReasonNoOutcome}

func TestTextsGoByWeight(t *testing.T) {
	took := newWorld(t, map[string]int{"a": 3, "b": 1}).send(t, 4000, hub.PriorityNormal)
	if took["a"]+took["b"] != 4000 || math.Abs(float64(took["a"])-3000) > 150 {
		t.Errorf("took %v", took)
	}
}

func TestAFailingProviderLosesItsTextsAndDriftsBack(t *testing.T) {
	w := newWorld(t, map[string]int{"a": 1, "b": 1})
	w.broken["a"] = down
	if took := w.send(t, 200, hub.PriorityNormal); took["a"] != 5 || took[""] != 0 {
		t.Fatalf("while it fails: %v", took)
	}
	if s := w.States(); s[0].Phase != Open || s[0].Share != 0 || !s[0].Probe.After(w.now) || s[1].Phase != Closed || s[1].Share != 1 {
		t.Fatalf("%+v", s)
	}
	w.now = w.now.Add(time.Minute)
	if took := w.send(t, 200, hub.PriorityNormal); took["a"] != 1 {
		t.Fatalf("more than one probe: %v", took)
	}
	delete(w.broken, "a")
	w.now = w.now.Add(time.Minute)
	if took := w.send(t, 3, hub.PriorityNormal); took["a"] != 3 || w.States()[0].Phase != Closed {
		t.Fatalf("probes: %v, %+v", took, w.States()[0])
	}
	last := 0
	for _, part := range []struct {
		after    time.Duration
		min, max int
	}{{0, 100, 300}, {time.Minute, 550, 800}, {time.Minute, 900, 1100}} { // of 2000
		w.now = w.now.Add(part.after)
		took := w.send(t, 2000, hub.PriorityNormal)["a"]
		if took < part.min || took > part.max || took <= last {
			t.Errorf("%v later it took %d of 2000", part.after, took)
		}
		last = took
	}
}

func TestWhoAwaitsACodeIsNoProbe(t *testing.T) {
	w := newWorld(t, map[string]int{"a": 1, "b": 1})
	w.broken["a"] = down
	w.send(t, 100, hub.PriorityNormal)
	w.now = w.States()[0].Probe
	if took := w.send(t, 100, hub.PriorityCode); took["a"] != 0 {
		t.Errorf("codes probed: %v", took)
	}
	w.now = w.now.Add(2 * DefaultRule().Pause)
	if took := w.send(t, 100, hub.PriorityCode); took["a"] != 1 {
		t.Errorf("with codes alone nobody probes: %v", took)
	}
}

func TestWithoutAHealthyProviderTextsWait(t *testing.T) {
	w := newWorld(t, map[string]int{"a": 1})
	w.broken["a"] = down
	if took := w.send(t, 100, hub.PriorityCode); took["a"] != 5 || took[""] != 95 {
		t.Errorf("took %v", took)
	}
	w.now = w.States()[0].Probe
	if took := w.send(t, 10, hub.PriorityCode); took["a"] != 1 {
		t.Errorf("the only provider is not probed by what there is: %v", took)
	}
	if _, ok := newWorld(t, nil).Pick(hub.PriorityNormal, nil); ok {
		t.Error("nobody was picked")
	}
}

func TestABarredProviderIsPassedOver(t *testing.T) {
	w := newWorld(t, map[string]int{"a": 9, "b": 1})
	for range 50 {
		if s, ok := w.Pick(hub.PriorityNormal, map[string]bool{"a": true}); !ok || s.Name() != "b" {
			t.Fatalf("picked %v", s)
		}
	}
	if _, ok := w.Pick(hub.PriorityNormal, map[string]bool{"a": true, "b": true}); ok {
		t.Error("a barred provider was picked")
	}
	w.broken["a"] = down
	w.send(t, 50, hub.PriorityNormal)
	w.now = w.now.Add(time.Minute)
	w.Pick(hub.PriorityNormal, map[string]bool{"a": true})
	if s, ok := w.Pick(hub.PriorityNormal, nil); !ok || s.Window() != 1 {
		t.Error("the probe was spent on a pick that barred its provider")
	}
}

func TestAProbeRisksOneText(t *testing.T) {
	w := newWorld(t, map[string]int{"a": 1})
	w.broken["a"] = down
	w.send(t, 5, hub.PriorityNormal)
	w.now = w.now.Add(time.Minute)
	if s, ok := w.Pick(hub.PriorityNormal, nil); !ok || s.Window() != 1 {
		t.Error("a probe has a wide window")
	}
}

func TestARegistryRefuses(t *testing.T) {
	o := Options{Clock: hub.SystemClock, Random: rand.Float64, Logger: slog.New(slog.DiscardHandler)}
	a := &hubtest.Sender{Provider: "a"}
	for name, members := range map[string][]Member{
		"a name that comes twice": {{a, 1}, {a, 1}}, "no weight": {{a, 0}}, "a negative weight": {{a, -1}},
	} {
		if _, err := NewRegistry(o, members...); err == nil {
			t.Errorf("not refused: %s", name)
		}
	}
}
