package hub

import "time"

// AttorneyScope is what a power of attorney covers.
type AttorneyScope string

// The scopes.
const (
	AttorneyService AttorneyScope = "service" // may be served for the client
	AttorneyRead    AttorneyScope = "read"    // may read what the client has opened
	AttorneyFull    AttorneyScope = "full"    // both
)

// Valid reports whether s is one of the scopes.
func (s AttorneyScope) Valid() bool {
	return s == AttorneyService || s == AttorneyRead || s == AttorneyFull
}

// Reads reports whether counsel may read the client's papers.
func (s AttorneyScope) Reads() bool { return s == AttorneyRead || s == AttorneyFull }

// Serves reports whether papers for the client may be served on counsel.
func (s AttorneyScope) Serves() bool { return s == AttorneyService || s == AttorneyFull }

// AttorneyEnd is why a power of attorney ended before its term (CPC 37–39: dismissal, resignation; Civil Code 678).
type AttorneyEnd string

// The reasons.
const (
	AttorneyDismissed AttorneyEnd = "dismissed"
	AttorneyResigned  AttorneyEnd = "resigned"
	AttorneyDied      AttorneyEnd = "lawyer_died"
	AttorneyOrphaned  AttorneyEnd = "client_died"
	AttorneyBarred    AttorneyEnd = "barred"   // may not practise any more
	AttorneyMistaken  AttorneyEnd = "mistaken" // should not have been registered
)

// AttorneyEnds lists every reason.
var AttorneyEnds = []AttorneyEnd{
	AttorneyDismissed, AttorneyResigned, AttorneyDied, AttorneyOrphaned, AttorneyBarred, AttorneyMistaken,
}

// Attorney is a power of attorney (وکالت) in one case: a lawyer acts for a client, within a scope and a term.
type Attorney struct {
	ID           ID
	Case         ID
	Lawyer       ID
	Client       ID
	Scope        AttorneyScope
	From         time.Time
	Until        time.Time // zero: open
	Organisation ID        // the office or court that registered it
	RegisteredBy ID        // person or key
	CreatedAt    time.Time
	Replaces     ID        // the power of attorney that this one took over from; zero: none
	EndedAt      time.Time // zero: not ended
	EndReason    AttorneyEnd
}

// InForce reports whether the lawyer is counsel at a moment.
func (a Attorney) InForce(at time.Time) bool {
	return !a.From.After(at) && (a.Until.IsZero() || a.Until.After(at)) && (a.EndedAt.IsZero() || a.EndedAt.After(at))
}
