package dispatch

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"eblagh/hub"
)

// Plan says how long each state of a delivery may last before somebody looks at it again, and when a deferred text is
// tried anew. Zero fields take the default.
type Plan struct {
	Claimed time.Duration // a claimed row whose task counts as lost; 20 s
	Sending time.Duration // an attempt without an outcome becomes unknown; 1 min
	// Waits are the plans by channel and priority; a lane without one, and a zero field of one, has the default. Arrivals
	// need none: an arrival that did not commit becomes due again with its claim, for as long as it is not too late.
	Waits map[hub.Lane]Waits
	Quiet Quiet // zero: no hour is quiet
}

// Waits are the times of one lane of texts.
type Waits struct {
	Report  time.Duration   // a sent text whose report is overdue becomes unknown
	Settle  time.Duration   // an unknown that nothing settled closes as failed, no_outcome
	Retries []time.Duration // before the second attempt, the third …; empty, not nil: one attempt
}

// What a plan may ask at most.
const (
	MaxRetries = 10
	MaxWait    = 7 * 24 * time.Hour // of any one time
)

// DefaultWaits is the plan of a lane that nobody gave: urgent texts are tried again soon, bulk ones get out of the way,
// and a one-time code is of no use after minutes.
func DefaultWaits(lane hub.Lane) Waits {
	w := Waits{Report: 24 * time.Hour, Settle: 48 * time.Hour}
	switch lane.Priority {
	case hub.PriorityCode:
		return Waits{3 * time.Minute, 3 * time.Minute, []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second}}
	case hub.PriorityUrgent:
		w.Retries = []time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute}
	case hub.PriorityBulk:
		w.Retries = []time.Duration{2 * time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour}
	default:
		w.Retries = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}
	}
	return w
}

func (p Plan) orDefault() Plan {
	p.Claimed = cmp.Or(p.Claimed, 20*time.Second)
	p.Sending = cmp.Or(p.Sending, time.Minute)
	given := p.Waits
	p.Waits = map[hub.Lane]Waits{}
	for _, lane := range hub.Lanes {
		w, d := given[lane], DefaultWaits(lane)
		w.Report, w.Settle = cmp.Or(w.Report, d.Report), cmp.Or(w.Settle, d.Settle)
		if w.Retries == nil {
			w.Retries = d.Retries
		}
		p.Waits[lane] = w
	}
	return p
}

func (p Plan) check() error {
	if p.Claimed <= 0 || p.Sending <= 0 {
		return errors.New("every time must be above zero")
	}
	for lane, w := range p.Waits {
		if len(w.Retries) > MaxRetries {
			return fmt.Errorf("%s: more than %d retries", lane, MaxRetries)
		}
		for _, t := range append([]time.Duration{w.Report, w.Settle}, w.Retries...) {
			if t <= 0 || t > MaxWait {
				return fmt.Errorf("%s: every time must be above zero and not above %v", lane, MaxWait)
			}
		}
	}
	return p.Quiet.check()
}

func (p Plan) waits(priority hub.Priority) Waits {
	return p.Waits[hub.Lane{Channel: hub.ChannelSMS, Priority: priority}]
}

// Tries is how many attempts the plan of a lane allows.
func (d *Dispatcher) Tries(lane hub.Lane) int { return 1 + len(d.plan.Waits[lane].Retries) }

// retry gives the wait after a deferred attempt n, spread by up to a fifth so that what failed together does not come
// back together. False: the plan is used up.
func (w Waits) retry(n int) (time.Duration, bool) {
	if n > len(w.Retries) {
		return 0, false
	}
	wait := w.Retries[n-1]
	return wait + rand.N(wait/5+1), true
}
