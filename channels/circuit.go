package channels

import "time"

// Phase is where a circuit stands.
type Phase string

// The phases.
const (
	Closed   Phase = "closed"    // texts flow by weight
	Open     Phase = "open"      // none flow until the pause is over
	HalfOpen Phase = "half_open" // probes flow, one at a time
)

// leastShare is what a provider gets of its weight at once when its circuit closes.
const leastShare = 0.1

// Rule says when circuits open and close. Zero fields take the values of DefaultRule.
type Rule struct {
	Faults    int           // texts in a row, without a slice that went well between them, that open
	Cuts      int           // lost connections in a row that open; what one carried is lost at once and is no more than one
	Probes    int           // probes in a row that must go well to close
	Pause     time.Duration // before the first probe; doubles with each opening that follows soon
	MaxPause  time.Duration
	ProbeWait time.Duration // a probe without an answer counts as never sent after it
	Drift     time.Duration // from closing until the provider has its whole weight again
}

// DefaultRule is the rule that nobody gave.
func DefaultRule() Rule {
	return Rule{Faults: 5, Cuts: 3, Probes: 3, Pause: 5 * time.Second, MaxPause: 2 * time.Minute, ProbeWait: time.Minute,
		Drift: 2 * time.Minute}
}

// verdict is what a slice of texts tells of the provider.
type verdict int

const (
	neutral verdict = iota
	well
	faulty
	cut // faulty, and by the loss of a connection
)

// together is within which slices that were cut were cut by one loss: a connection carries texts of several.
const together = time.Second

// ticket names what was sent and under which opening, so that late answers change nothing.
type ticket struct {
	epoch int
	probe int // 0: no probe
}

// circuit is the health of one provider. It is pure: the time is passed in, and its owner locks.
type circuit struct {
	rule  Rule
	phase Phase
	since time.Time // of the phase; zero: from the start
	run   int       // faulty texts since a slice went well
	cuts  int       // lost connections since then
	cutAt time.Time // the last of them
	epoch int       // grows with every opening

	pause    time.Duration // of the last opening
	due      time.Time     // when the next probe may go
	probe    int           // the last one's number
	out      bool          // it is under way
	outSince time.Time
	good     int // probes in a row that went well
}

func newCircuit(rule Rule) *circuit { return &circuit{rule: rule, phase: Closed} }

// share is the part of its weight that the provider has now, 0 to 1.
func (c *circuit) share(now time.Time) float64 {
	switch {
	case c.phase != Closed:
		return 0
	case c.since.IsZero():
		return 1
	}
	return min(1, max(leastShare, float64(now.Sub(c.since))/float64(c.rule.Drift)))
}

// probeDue reports whether a probe may go, for texts that can wait from due on, for others one pause later: whoever
// awaits a code should not be the one to find out. A clock set back holds nothing up.
func (c *circuit) probeDue(now time.Time, patient bool) bool {
	if c.phase == Closed {
		return false
	}
	if c.out && !now.Before(c.outSince) && now.Sub(c.outSince) < c.rule.ProbeWait {
		return false
	}
	due := c.due
	if !patient {
		due = due.Add(c.pause)
	}
	return now.Before(c.since) || !now.Before(due)
}

func (c *circuit) beginProbe(now time.Time) ticket {
	if c.phase == Open {
		c.phase, c.since, c.good = HalfOpen, now, 0
	}
	c.probe++
	c.out, c.outSince = true, now
	return ticket{epoch: c.epoch, probe: c.probe}
}

// judge takes what a slice of n texts came to. Jitter, around 1, spreads the probes of several processes.
func (c *circuit) judge(now time.Time, t ticket, v verdict, n int, jitter float64) {
	switch {
	case t.epoch != c.epoch:
	case t.probe == 0 && c.phase == Closed:
		switch v {
		case well:
			c.run, c.cuts = 0, 0
		case cut:
			if now.Before(c.cutAt) || now.Sub(c.cutAt) >= together {
				c.cutAt = now
				if c.cuts++; c.cuts >= c.rule.Cuts {
					c.open(now, jitter)
				}
			}
		case faulty:
			if c.run += n; c.run >= c.rule.Faults {
				c.open(now, jitter)
			}
		}
	case t.probe == c.probe && c.phase == HalfOpen:
		c.out = false
		switch v {
		case neutral:
			c.due = now.Add(scaled(c.pause, jitter))
		case faulty, cut:
			c.open(now, jitter)
		case well:
			c.due = now
			if c.good++; c.good >= c.rule.Probes {
				c.phase, c.since = Closed, now
			}
		}
	}
}

// open starts a pause, twice as long as the last one unless the provider had its whole weight back in between.
func (c *circuit) open(now time.Time, jitter float64) {
	if c.phase == Closed && c.share(now) >= 1 || c.pause == 0 {
		c.pause = c.rule.Pause
	} else {
		c.pause = min(2*c.pause, c.rule.MaxPause)
	}
	c.phase, c.since, c.due = Open, now, now.Add(scaled(c.pause, jitter))
	c.epoch, c.run, c.cuts, c.good, c.out = c.epoch+1, 0, 0, 0, false
}

func scaled(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }
