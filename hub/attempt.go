package hub

import (
	"context"
	"time"
)

// Outcome is the closed result of one attempt.
type Outcome string

// The outcomes. Unknown means that the provider may or may not have taken it: never blindly sent again.
const (
	OutcomeAccepted  Outcome = "accepted"  // taken; a report will follow
	OutcomeDelivered Outcome = "delivered" // on the handset
	OutcomeDeferred  Outcome = "deferred"  // not taken; a later attempt may succeed
	OutcomeRejected  Outcome = "rejected"  // not taken, and never will be
	OutcomeUnknown   Outcome = "unknown"
)

// Valid reports whether o is one of the outcomes.
func (o Outcome) Valid() bool {
	switch o {
	case OutcomeAccepted, OutcomeDelivered, OutcomeDeferred, OutcomeRejected, OutcomeUnknown:
		return true
	}
	return false
}

// Reason says why, out of a closed set that metrics may use as a label.
type Reason string

// The reasons.
const (
	ReasonNone        Reason = ""
	ReasonNoOutcome   Reason = "no_outcome"  // nothing came back in the stated time
	ReasonBadNumber   Reason = "bad_number"  // the provider knows no such number
	ReasonUnreachable Reason = "unreachable" // handset off or out of reach
	ReasonThrottled   Reason = "throttled"   // the provider asks for a slower pace
	ReasonBlocked     Reason = "blocked"     // the person or operator refuses such texts
	ReasonProvider    Reason = "provider"    // a fault at the provider
	ReasonNoContact   Reason = "no_contact"  // the recipient has no number
	ReasonExpired     Reason = "expired"     // past the time it was useful
	ReasonCancelled   Reason = "cancelled"   // withdrawn before arrival
	ReasonTooMany     Reason = "too_many"    // the retry plan is used up
	ReasonQuietHours  Reason = "quiet_hours" // it would ring in the recipient's quiet hours
	ReasonOpened      Reason = "opened"      // the addressee opened it in the inbox
	ReasonCorrected   Reason = "corrected"   // a correction has arrived in its place
	ReasonNoAddress   Reason = "no_address"  // the recipient has no address for an officer to go to
	ReasonNoOfficer   Reason = "no_officer"  // the branch has no service officer
	ReasonAbroad      Reason = "abroad"      // the recipient lives abroad, where no officer goes (CPC 71)
)

// Valid reports whether r is one of the reasons.
func (r Reason) Valid() bool {
	switch r {
	case ReasonNone, ReasonNoOutcome, ReasonBadNumber, ReasonUnreachable, ReasonThrottled, ReasonBlocked, ReasonProvider,
		ReasonNoContact, ReasonExpired, ReasonCancelled, ReasonTooMany:
		return true
	}
	return false
}

// OrProvider is r, or, for a word that is none of ours, the provider's fault: so the set stays closed whoever sends.
func (r Reason) OrProvider() Reason {
	if r.Valid() {
		return r
	}
	return ReasonProvider
}

// Text is one SMS to send for one attempt. It names nobody and carries no case detail.
type Text struct {
	Attempt AttemptKey
	To      Mobile
	Body    string
}

// AttemptKey names an attempt: the delivery and its number, from 1. Outcomes are fenced by it.
type AttemptKey struct {
	Delivery ID
	N        int
}

// Sent is what a provider answered to one text.
type Sent struct {
	Attempt   AttemptKey
	Outcome   Outcome
	Reason    Reason
	Cut       bool     // unknown because the connection was lost: with it went whatever waited for an answer on it
	MessageID string   // the provider's, as given; empty unless accepted or delivered, and for a text in parts
	Parts     []string // of a text that went in several: the id of each, "" for an answer that never came; else nil
}

// Sender sends texts through one provider.
//
// Send MUST return exactly one Sent per text, in any order, and MUST say OutcomeUnknown when the provider may have
// taken the text. It is safe for concurrent use. When ctx ends, texts that have left are unknown, the others deferred.
type Sender interface {
	Name() string
	// Window is the size of an attempt slice: how many texts may be under way at once, or what leaves within a moment.
	Window() int
	Send(ctx context.Context, texts []Text) []Sent
}

// Report is what a provider tells of a text it took earlier. Reports come in any order, early, late and more than once.
type Report struct {
	Provider  string
	MessageID string // as given
	Outcome   Outcome
	Reason    Reason
	At        time.Time // the provider's time; zero when it gave none
	Raw       []byte
}
