package hub

// IncidentKind tells what went wrong on our side or at the door.
type IncidentKind string

// The kinds of incident. They are kept so that the hub can attest them later (bylaw 13 n.1).
const (
	IncidentOutage          IncidentKind = "outage"
	IncidentFailedSignIn    IncidentKind = "failed_sign_in"
	IncidentCodeUndelivered IncidentKind = "code_undelivered"
)

// Incident is one such thing. Reason is a closed word, never a value that somebody sent.
type Incident struct {
	ID     ID
	Kind   IncidentKind
	Person ID     // zero: nobody in particular, or nobody we know
	Part   string // outage: what was away
	Reason string
}
