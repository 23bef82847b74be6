package ladder

import (
	"slices"
	"time"

	"eblagh/hub"
)

// Due is a rung whose time has come, with all that decides on it.
type Due struct {
	Timer     hub.ID
	Notice    hub.ID
	Ladder    string // the edition
	Rung      string
	Kind      hub.Kind
	Channels  []hub.Channel
	Opened    bool // E.1
	Corrected bool // the correction has arrived
	Replaced  bool // a correction is on its way
	Done      bool // the notice has climbed this rung: somebody hastened it, long enough ago for its timer to be swept
	Expired   bool
	Texting   bool // a text about the notice is still under way, or unknown
	Address   bool // the recipient has one
	Abroad    bool // the recipient lives there
	Officer   bool // the branch has one
}

// Effect is what a rung does when its time has come.
type Effect string

// The effects.
const (
	Stop  Effect = "stop"  // nothing any more, and no rung after it
	Wait  Effect = "wait"  // not yet
	Text  Effect = "text"  // a new delivery
	Hand  Effect = "hand"  // an officer's task: F.1
	Fails Effect = "fails" // no task can be made: F.2
)

// Step is what one due rung does. The zero Next ends the ladder.
type Step struct {
	Due
	Effect  Effect
	Reason  hub.Reason    // stop, fails
	After   time.Duration // wait: how much longer; hand: when the return is expected
	Version string        // of the ladder, for the receipt
	ID      string        // of the ladder, the same
	Next    hub.Rung
}

// first gives the first rung that a paper waits for once it has arrived.
func (e edition) first(kind hub.Kind, channels []hub.Channel, day time.Duration) (hub.Rung, bool) {
	rungs := e.rungs(kind, channels)
	if len(rungs) == 0 {
		return hub.Rung{}, false
	}
	return e.rung(rungs[0], day), true
}

func (e edition) rung(r rung, day time.Duration) hub.Rung {
	return hub.Rung{Ladder: e.name(), Name: r.Name, After: time.Duration(r.AfterDays) * day}
}

// step decides what a due rung does. Whoever has opened the paper is told nothing more.
func (e edition) step(d Due, day time.Duration) Step {
	s := Step{Due: d, Effect: Stop, ID: e.ID, Version: e.Version}
	rungs := e.rungs(d.Kind, d.Channels)
	i := slices.IndexFunc(rungs, func(r rung) bool { return r.Name == d.Rung })
	switch {
	case d.Opened:
		s.Reason = hub.ReasonOpened
		return s
	case d.Corrected:
		s.Reason = hub.ReasonCorrected
		return s
	case d.Expired:
		s.Reason = hub.ReasonExpired
		return s
	case d.Done, i < 0: // no edition takes a rung away, but a timer may have been written by hand
		return s
	case d.Replaced, rungs[i].By == bySMS && d.Texting:
		// Until the correction arrives or is withdrawn; until the text before it got through, failed or was given up.
		s.Effect, s.After = Wait, day/24
		return s
	case rungs[i].By == bySMS:
		s.Effect = Text
	case d.Abroad:
		s.Effect, s.Reason = Fails, hub.ReasonAbroad
	case !d.Address:
		s.Effect, s.Reason = Fails, hub.ReasonNoAddress
	case !d.Officer:
		s.Effect, s.Reason = Fails, hub.ReasonNoOfficer
	default:
		s.Effect, s.After = Hand, time.Duration(rungs[i].ReturnDays)*day
	}
	if i+1 < len(rungs) {
		s.Next = e.rung(rungs[i+1], day)
	}
	return s
}
