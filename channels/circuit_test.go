package channels

import (
	"math/rand/v2"
	"testing"
	"time"
)

var began = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// step is what happens to a circuit at a moment, and what it must be afterwards.
type step struct {
	at      time.Duration
	what    string // "slice" judges an ordinary slice, "probe" sends and judges one, "late" judges a ticket of the first epoch
	v       verdict
	n       int
	phase   Phase
	share   float64
	refused bool // no probe may go
}

func TestACircuit(t *testing.T) {
	const s = time.Second
	rule := Rule{Faults: 5, Cuts: 3, Probes: 2, Pause: 10 * s, MaxPause: 30 * s, ProbeWait: 60 * s, Drift: 100 * s}
	opened := step{0, "slice", faulty, 5, Open, 0, false}
	for name, steps := range map[string][]step{
		"a run of faults opens":             {{0, "slice", faulty, 4, Closed, 1, false}, {s, "slice", faulty, 1, Open, 0, false}},
		"a slice that went well ends a run": {{0, "slice", faulty, 4, Closed, 1, false}, {s, "slice", well, 1, Closed, 1, false}, {2 * s, "slice", faulty, 4, Closed, 1, false}},
		"a slower pace ends no run":         {{0, "slice", faulty, 4, Closed, 1, false}, {s, "slice", neutral, 9, Closed, 1, false}, {2 * s, "slice", faulty, 1, Open, 0, false}},
		"what one connection carried is one loss": {{0, "slice", cut, 50, Closed, 1, false}, {s / 2, "slice", cut, 50, Closed, 1, false},
			{s - 1, "slice", cut, 50, Closed, 1, false}, {s, "slice", cut, 1, Closed, 1, false}},
		"losses in a row open": {{0, "slice", cut, 50, Closed, 1, false}, {s, "slice", cut, 50, Closed, 1, false}, {3 * s, "slice", cut, 1, Open, 0, false}},
		"a slice that went well ends the losses": {{0, "slice", cut, 50, Closed, 1, false}, {s, "slice", cut, 50, Closed, 1, false}, {2 * s, "slice", well, 1, Closed, 1, false},
			{3 * s, "slice", cut, 1, Closed, 1, false}},
		"a loss while the clock is set back counts": {{time.Hour, "slice", cut, 50, Closed, 1, false}, {0, "slice", cut, 50, Closed, 1, false}, {s, "slice", cut, 1, Open, 0, false}},
		"a probe that is lost opens again":          {opened, {10 * s, "probe", cut, 1, Open, 0, false}},
		"no probe before the pause is over":         {opened, {9 * s, "probe", well, 1, Open, 0, true}, {10 * s, "probe", well, 1, HalfOpen, 0, false}},
		"several probes close":                      {opened, {10 * s, "probe", well, 1, HalfOpen, 0, false}, {10 * s, "probe", well, 1, Closed, 0.1, false}},
		"the share drifts back": {opened, {10 * s, "probe", well, 1, HalfOpen, 0, false}, {20 * s, "probe", well, 1, Closed, 0.1, false},
			{70 * s, "slice", well, 1, Closed, 0.5, false}, {120 * s, "slice", well, 1, Closed, 1, false}},
		"a failed probe doubles the pause, to a limit": {opened, {10 * s, "probe", faulty, 1, Open, 0, false}, {29 * s, "probe", well, 1, Open, 0, true},
			{30 * s, "probe", faulty, 1, Open, 0, false}, {59 * s, "probe", well, 1, Open, 0, true}, {60 * s, "probe", faulty, 1, Open, 0, false},
			{90 * s, "probe", well, 1, HalfOpen, 0, false}},
		"a fault after a good probe opens again": {opened, {10 * s, "probe", well, 1, HalfOpen, 0, false}, {11 * s, "probe", faulty, 1, Open, 0, false},
			{31 * s, "probe", well, 1, HalfOpen, 0, false}, {32 * s, "probe", well, 1, Closed, 0.1, false}},
		"a throttled probe waits": {opened, {10 * s, "probe", neutral, 0, HalfOpen, 0, false}, {19 * s, "probe", well, 1, HalfOpen, 0, true},
			{20 * s, "probe", well, 1, HalfOpen, 0, false}, {20 * s, "probe", well, 1, Closed, 0.1, false}},
		"failing while drifting doubles the pause": {opened, {10 * s, "probe", well, 1, HalfOpen, 0, false}, {10 * s, "probe", well, 1, Closed, 0.1, false},
			{50 * s, "slice", faulty, 5, Open, 0, false}, {69 * s, "probe", well, 1, Open, 0, true}, {70 * s, "probe", well, 1, HalfOpen, 0, false}},
		"failing after the drift starts anew": {opened, {10 * s, "probe", well, 1, HalfOpen, 0, false}, {10 * s, "probe", well, 1, Closed, 0.1, false},
			{200 * s, "slice", faulty, 5, Open, 0, false}, {210 * s, "probe", well, 1, HalfOpen, 0, false}},
		"what left before the opening changes nothing": {opened, {s, "late", well, 9, Open, 0, false}, {10 * s, "probe", well, 1, HalfOpen, 0, false},
			{11 * s, "late", faulty, 9, HalfOpen, 0, false}, {12 * s, "probe", well, 1, Closed, 0.1, false}, {13 * s, "late", faulty, 9, Closed, 0.1, false}},
		"a clock set back holds nothing up": {{time.Hour, "slice", faulty, 5, Open, 0, false}, {0, "probe", well, 1, HalfOpen, 0, false}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCircuit(rule)
			for i, st := range steps {
				follow(t, c, i, st)
			}
		})
	}
}

func follow(t *testing.T, c *circuit, i int, st step) {
	t.Helper()
	now := began.Add(st.at)
	switch st.what {
	case "slice":
		c.judge(now, ticket{epoch: c.epoch}, st.v, st.n, 1)
	case "late":
		c.judge(now, ticket{epoch: 0}, st.v, st.n, 1)
	case "probe":
		if due := c.probeDue(now, true); due == st.refused {
			t.Fatalf("step %d: probe due: %v", i, due)
		} else if due {
			c.judge(now, c.beginProbe(now), st.v, st.n, 1)
		}
	}
	if got := c.share(now); c.phase != st.phase || got != st.share {
		t.Fatalf("step %d: %s with %v of its weight, want %s with %v", i, c.phase, got, st.phase, st.share)
	}
}

func TestOneProbeAtATime(t *testing.T) {
	c := newCircuit(DefaultRule())
	c.judge(began, ticket{}, faulty, 5, 1)
	due := c.due
	lost := c.beginProbe(due)
	if c.probeDue(due.Add(59*time.Second), true) {
		t.Error("a second probe goes while the first is under way")
	}
	late := due.Add(time.Minute)
	if !c.probeDue(late, true) {
		t.Fatal("a probe that was never sent holds up the next")
	}
	next := c.beginProbe(late)
	if c.judge(late, lost, faulty, 1, 1); c.phase != HalfOpen || !c.out {
		t.Error("the answer of a probe that was given up counts")
	}
	if c.judge(late, next, well, 1, 1); c.good != 1 {
		t.Error("the probe does not count")
	}
}

// TestNoWalkBreaksACircuit walks at random and holds what must be true everywhere.
func TestNoWalkBreaksACircuit(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		c, now := newCircuit(DefaultRule()), began
		var tickets []ticket
		for range 500 {
			now = now.Add(time.Duration(random.IntN(20_000)-1000) * time.Millisecond)
			before, good := c.phase, c.good
			if c.probeDue(now, random.IntN(2) == 0) {
				tickets = append(tickets, c.beginProbe(now))
			} else {
				tickets = append(tickets, ticket{epoch: c.epoch})
			}
			k := random.IntN(len(tickets))
			c.judge(now, tickets[k], verdict(random.IntN(4)), 1+random.IntN(8), 0.8+0.4*random.Float64())
			switch share := c.share(now); {
			case share < 0 || share > 1 || (share > 0) != (c.phase == Closed):
				t.Fatalf("seed %d: %s with a share of %v", seed, c.phase, share)
			case before == Open && c.phase == Closed:
				t.Fatalf("seed %d: closed without being half open", seed)
			case before == HalfOpen && c.phase == Closed && good != c.rule.Probes-1:
				t.Fatalf("seed %d: closed after %d probes", seed, good+1)
			case c.phase == Open && c.due.Sub(c.since) > scaled(c.rule.MaxPause, 1.2):
				t.Fatalf("seed %d: a pause of %v", seed, c.due.Sub(c.since))
			}
			tickets = tickets[max(0, len(tickets)-20):]
		}
	}
}
