package dispatch

import (
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
			if n != 5 {
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
		"a retry at once":   {Notice: Waits{Retries: []time.Duration{0}}},
		"six retries":       {Code: Waits{Retries: []time.Duration{1, 1, 1, 1, 1, 1}}},
	} {
		if p.orDefault().check() == nil {
			t.Errorf("%s was taken", name)
		}
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
