package dispatch

import (
	"slices"
	"testing"
	"time"

	"eblagh/hub"
)

func TestPlanDefaultsAreSound(t *testing.T) {
	p := Plan{}.orDefault()
	if err := p.check(); err != nil {
		t.Fatal(err)
	}
	last := time.Duration(0)
	for n := 1; ; n++ {
		wait, again := p.waits(hub.PriorityNormal).retry(n)
		if !again {
			if n != 5 { // the plan of normal texts
				t.Errorf("the plan ended before attempt %d, want five attempts", n)
			}
			break
		}
		if wait <= last {
			t.Errorf("attempt %d after %v, not later than the one before", n+1, wait)
		}
		last = wait
	}
	if p.waits(hub.PriorityCode).Report > 10*time.Minute {
		t.Error("a code is of no use after that long")
	}
}

func TestPlansThatAreRefused(t *testing.T) {
	for name, p := range map[string]Plan{
		"a time below zero": {Claimed: -1},
		"a retry at once":   {Waits: plans(hub.PriorityUrgent, Waits{Retries: []time.Duration{0}})},
		"eleven retries":    {Waits: plans(hub.PriorityCode, Waits{Retries: slices.Repeat([]time.Duration{1}, MaxRetries+1)})},
		"a wait of weeks":   {Waits: plans(hub.PriorityBulk, Waits{Retries: []time.Duration{MaxWait + 1}})},
		"a report for ever": {Waits: plans(hub.PriorityBulk, Waits{Report: MaxWait + 1})},
		"a night too long":  {Quiet: Quiet{Hours: hub.QuietHours{From: 25 * time.Hour}}},
		"a spread of a day": {Quiet: Quiet{Spread: 24 * time.Hour}},
	} {
		if p.orDefault().check() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func plans(p hub.Priority, w Waits) map[hub.Lane]Waits {
	return map[hub.Lane]Waits{{Channel: hub.ChannelSMS, Priority: p}: w}
}

// Each priority has its own plan, what is given holds, and what is not keeps the default.
func TestPlansByPriority(t *testing.T) {
	p := Plan{Waits: plans(hub.PriorityBulk, Waits{Retries: []time.Duration{}, Report: time.Hour})}.orDefault()
	if _, again := p.waits(hub.PriorityBulk).retry(1); again || p.waits(hub.PriorityBulk).Report != time.Hour {
		t.Errorf("bulk: %+v", p.waits(hub.PriorityBulk))
	}
	first := map[hub.Priority]time.Duration{}
	for _, priority := range []hub.Priority{hub.PriorityCode, hub.PriorityUrgent, hub.PriorityNormal} {
		first[priority], _ = p.waits(priority).retry(1)
	}
	if !(first[hub.PriorityCode] < first[hub.PriorityUrgent] && first[hub.PriorityUrgent] < first[hub.PriorityNormal]) {
		t.Errorf("first waits %v: the more pressing comes later", first)
	}
}

func TestNormaliseMessageID(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "0": "0", "000": "0", " 00AbC ": "abc", "1020": "1020", "0x1F": "x1f", "abc0": "abc0",
	} {
		if got := NormaliseMessageID(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
