package hub

import (
	"slices"
	"time"
)

// Cause says why a delivery stands where it is, out of a closed set.
type Cause string

// The causes.
const (
	CauseNotBefore  Cause = "not_before"  // the paper comes into force later
	CauseArrival    Cause = "arrival"     // a text waits for the arrival of its paper
	CauseQuietHours Cause = "quiet_hours" // of the recipient
	CauseRetry      Cause = "retry"       // an attempt was deferred, the next has its time
	CauseScheduled  Cause = "scheduled"   // the text has a later time
	CauseHeld       Cause = "held"        // a hold covers it
	CauseNoProvider Cause = "no_provider" // no provider takes texts now
	CauseTurn       Cause = "turn"        // it is due, and waits behind others
	CauseClaimed    Cause = "claimed"     // a worker has it; else it is taken again
	CauseSending    Cause = "sending"     // an attempt is under way
	CauseReport     Cause = "report"      // the provider took it and has not told of the handset
	CauseUnknown    Cause = "unknown"     // nobody knows whether the provider took it: it is never blindly sent again
	CauseDelivered  Cause = "delivered"
	CauseFailed     Cause = "failed"
	CauseCancelled  Cause = "cancelled"
	CauseExpired    Cause = "expired"
)

// Causes lists every cause.
var Causes = []Cause{CauseNotBefore, CauseArrival, CauseQuietHours, CauseRetry, CauseScheduled, CauseHeld, CauseNoProvider,
	CauseTurn, CauseClaimed, CauseSending, CauseReport, CauseUnknown, CauseDelivered, CauseFailed, CauseCancelled, CauseExpired}

// Tracked is a delivery with all that its explanation rests on. It holds nothing of the paper and nothing personal.
type Tracked struct {
	Delivery
	Notice    ID // zero: a one-time code
	Submitter ID
	Due       time.Time // when somebody looks again; zero: never, or Awaits
	Awaits    bool      // the arrival of its paper
	ExpiresAt time.Time // zero: never
	CreatedAt time.Time
	Provider  string // of the last attempt
	Tries     int    // attempts that its plan allows
	Replayed  ID     // the delivery that came in its place; zero: none
	At        time.Time
}

// ProviderState is how a provider of texts stands.
type ProviderState struct {
	Name      string
	OpenUntil time.Time // its circuit is open until a probe at about then; zero: it is not
}

// Explanation tells why a delivery stands where it is, and what happens next.
type Explanation struct {
	Cause     Cause
	Until     time.Time       // when that ends, or somebody looks again; zero: nothing is due
	Attempt   int             // the attempt that is meant: under way, made last, or next for CauseRetry; 0: none
	Of        int             // attempts that the plan allows; 0: none is made
	Reason    Reason          // of the last attempt, or of the end
	Provider  string          // of the attempt
	Hold      Hold            // CauseHeld
	Providers []ProviderState // CauseNoProvider: those whose circuits are open
	Then      DeliveryStatus  // what it becomes at Until if nothing comes; "": it is looked at again
}

// Explain is why a delivery stands where it is, given the holds in force and how the providers of texts stand (nil: not
// known here).
func Explain(d Tracked, holds []Hold, providers []ProviderState) Explanation {
	e := Explanation{Until: d.Due, Attempt: d.Attempts, Reason: d.LastReason, Provider: d.Provider}
	if d.Channel == ChannelSMS {
		e.Of = d.Tries
	}
	switch d.Status {
	case DeliverySending:
		e.Cause, e.Then, e.Reason = CauseSending, DeliveryUnknown, ""
	case DeliverySent:
		e.Cause, e.Then = CauseReport, DeliveryUnknown
	case DeliveryUnknown:
		e.Cause, e.Then = CauseUnknown, DeliveryFailed
	case DeliveryDelivered, DeliveryFailed, DeliveryCancelled, DeliveryExpired:
		e.Cause, e.Until = Cause(d.Status), time.Time{}
	default:
		e.waiting(d, holds, providers)
	}
	if expires := d.ExpiresAt; e.Then == "" && e.Until.After(expires) && !expires.IsZero() {
		e.Until, e.Then = expires, DeliveryExpired
	}
	return e
}

// waiting explains what no attempt has begun of. A hold is told even of what is not due yet: it is what must change.
func (e *Explanation) waiting(d Tracked, holds []Hold, providers []ProviderState) {
	if hold, held := covering(d, holds); held {
		e.Cause, e.Hold, e.Until = CauseHeld, hold, time.Time{}
		return
	}
	later := d.Status == DeliveryPending && d.Due.After(d.At)
	switch {
	case d.Awaits:
		e.Cause = CauseArrival
	case later && d.Channel == ChannelInbox:
		e.Cause = CauseNotBefore
	case later && d.LastReason == ReasonQuietHours:
		e.Cause = CauseQuietHours
	case later && d.Attempts > 0:
		e.Cause, e.Attempt = CauseRetry, d.Attempts+1
	case later:
		e.Cause = CauseScheduled
	case d.Channel == ChannelSMS && e.noneTakes(d, holds, providers):
		e.Cause = CauseNoProvider
	case d.Status == DeliveryQueued && d.Due.After(d.At):
		e.Cause = CauseClaimed
	default:
		e.Cause, e.Until = CauseTurn, time.Time{}
	}
}

// noneTakes reports whether no provider takes this text now, and keeps why.
func (e *Explanation) noneTakes(d Tracked, holds []Hold, providers []ProviderState) bool {
	var open []ProviderState
	for _, p := range providers {
		i := slices.IndexFunc(holds, func(h Hold) bool {
			return h.Provider == p.Name && d.Priority != PriorityCode && (h.Submitter.IsZero() || h.Submitter == d.Submitter)
		})
		switch {
		case i >= 0:
			e.Hold = holds[i]
		case !p.OpenUntil.IsZero():
			open = append(open, p)
		default:
			e.Hold = Hold{}
			return false
		}
	}
	if len(providers) == 0 {
		return false
	}
	e.Providers, e.Until = open, time.Time{}
	if len(open) > 0 {
		e.Until = open[0].OpenUntil
	}
	return true
}

// covering gives a hold, not of a provider, that keeps a delivery from starting.
func covering(d Tracked, holds []Hold) (Hold, bool) {
	for _, h := range holds {
		named := h.Channel == d.Channel || h.Channel == "" && d.Channel == ChannelSMS
		if h.Provider == "" && named && d.Priority != PriorityCode && (h.Submitter.IsZero() || h.Submitter == d.Submitter) {
			return h, true
		}
	}
	return Hold{}, false
}
