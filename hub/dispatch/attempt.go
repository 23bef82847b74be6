package dispatch

import (
	"time"

	"eblagh/hub"
)

// Beginning is a slice of texts to begin, through one provider.
type Beginning struct {
	ID         hub.ID       // names this call
	Deliveries []hub.ID     // which were claimed; nil: whatever is due
	Priority   hub.Priority // of what is due
	Receipts   []hub.ID     // for those that close at once, one for each text that may begin
	Provider   string
	Lease      time.Duration // without an outcome by then, the attempt is unknown
	// Hush tells until when a text must not begin now, given its recipient's time zone. nil: it may begin.
	Hush func(p hub.Priority, zone string, now time.Time) (until time.Time, quiet bool)
}

// Started is one attempt that is committed and not yet sent. What is sealed is opened only to be sent.
type Started struct {
	Key       hub.AttemptKey
	Priority  hub.Priority
	Person    hub.ID // whose number it is
	About     About
	MobileCT  []byte
	Language  string
	Number    string      // of the notice
	ArrivedAt time.Time   // of the notice
	Challenge hub.ID      // a code instead of a notice
	Purpose   hub.Purpose // of the code
	Shared    bool        // somebody else who is enrolled has the number as well
}

// About is what evidence of a text says of its notice; zero: it was a code. None of it ever changes, so that it goes along from the
// beginning of an attempt to its end.
type About struct {
	Notice    hub.ID
	Submitter hub.ID
	Case      hub.ID
	Capacity  hub.Capacity
}

// Moved is a text that reached another state without a fresh outcome: it closed, became unknown, or waits for the end of
// quiet hours.
type Moved struct {
	Delivery hub.ID
	Priority hub.Priority
	Status   hub.DeliveryStatus
	Reason   hub.Reason
}

// Ended is the outcome of an attempt, and where its delivery goes by it.
type Ended struct {
	Key       hub.AttemptKey
	Priority  hub.Priority
	Person    hub.ID // whose number it was
	About     About
	Outcome   hub.Outcome
	Reason    hub.Reason
	MessageID string
	Message   string // normalised MessageID; empty for a text in parts, whose reports name the parts
	Parts     []Part
	Next      hub.DeliveryStatus
	Due       time.Duration // from now until somebody looks again; of no meaning for final states
	Closing   hub.Reason    // why the delivery closed, when that is more than the attempt's reason
	Receipt   hub.ID        // D.3 or D.4
	Delivered hub.ID        // NotificationDelivered
}

// Part is one part of a text that went in several.
type Part struct {
	MessageID string // empty: its answer never came
	Message   string // normalised
}
