package dispatch

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"time"

	"eblagh/hub"
)

// Plan says how long each state of a delivery may last before somebody looks at it again, and when a deferred text is
// tried anew. Zero fields take the default.
type Plan struct {
	Claimed time.Duration // a claimed row whose task counts as lost; 20 s
	Sending time.Duration // an attempt without an outcome becomes unknown; 1 min
	Notice  Waits
	Code    Waits
}

// Waits are the times of one kind of text: of a notice, or of a one-time code, which is of no use after minutes.
type Waits struct {
	Report  time.Duration   // a sent text whose report is overdue becomes unknown
	Settle  time.Duration   // an unknown that nothing settled closes as failed, no_outcome
	Retries []time.Duration // before the second attempt, the third …; at most maxRetries
}

const maxRetries = 5

func (p Plan) orDefault() Plan {
	p.Claimed = cmp.Or(p.Claimed, 20*time.Second)
	p.Sending = cmp.Or(p.Sending, time.Minute)
	p.Notice = p.Notice.or(24*time.Hour, 48*time.Hour, 30*time.Second, 2*time.Minute, 10*time.Minute, time.Hour)
	p.Code = p.Code.or(3*time.Minute, 3*time.Minute, 2*time.Second, 5*time.Second, 15*time.Second)
	return p
}

func (w Waits) or(report, settle time.Duration, retries ...time.Duration) Waits {
	w.Report, w.Settle = cmp.Or(w.Report, report), cmp.Or(w.Settle, settle)
	if w.Retries == nil {
		w.Retries = retries
	}
	return w
}

func (p Plan) check() error {
	times := []time.Duration{p.Claimed, p.Sending, p.Notice.Report, p.Notice.Settle, p.Code.Report, p.Code.Settle}
	for _, t := range append(append(times, p.Notice.Retries...), p.Code.Retries...) {
		if t <= 0 {
			return errors.New("every time must be above zero")
		}
	}
	if len(p.Notice.Retries) > maxRetries || len(p.Code.Retries) > maxRetries {
		return errors.New("more than five retries")
	}
	return nil
}

func (p Plan) waits(priority hub.Priority) Waits {
	if priority == hub.PriorityCode {
		return p.Code
	}
	return p.Notice
}

// retry gives the wait after a deferred attempt n, spread by up to a fifth so that what failed together does not come
// back together. False: the plan is used up.
func (w Waits) retry(n int) (time.Duration, bool) {
	if n > len(w.Retries) {
		return 0, false
	}
	wait := w.Retries[n-1]
	return wait + rand.N(wait/5+1), true
}
