package dispatch

import (
	"context"
	"time"

	"eblagh/hub"
)

// Queue carries the ids of one lane to a worker somewhere, fast and expendable: what it loses becomes due again.
type Queue interface {
	// Enqueue hands over one task. An error means that it may or may not have been taken.
	Enqueue(ctx context.Context, lane hub.Lane, ids []hub.ID) error
	// Room is how many more tasks of each lane the queue may hold, 0 or nothing when it is full. What one lane fills MUST
	// leave the others their room. An error means that the queue is away.
	Room(ctx context.Context) (map[hub.Lane]int, error)
}

// Pick gives the provider for the next slice of texts of a priority, none of those that are barred. False: texts wait.
type Pick func(p hub.Priority, barred map[string]bool) (hub.Sender, bool)

// Querier asks a provider what became of texts that it took.
type Querier interface {
	// Query gives a report for each of these messages (ids as the provider gave them) that reached a final state, and
	// leaves the others out. It MUST end with ctx, and then gives what it knows. An error means that the provider did not
	// answer for some of them; the reports count all the same.
	Query(ctx context.Context, messages []string) ([]hub.Report, error)
}

// Nudger tells connected clients that their inbox changed. It is called after the commit, MUST NOT block for long, and
// may lose nudges: the cursor makes up for them.
type Nudger interface {
	Nudge(ctx context.Context, nudges []hub.Nudge)
}

// CaseKinds knows the kinds of case; "" is the general one.
type CaseKinds interface {
	Kind(name string) (restricted, known bool)
}

// generalCase is the kind of a case of which nobody said another.
const generalCase = "general"

// Waker tells the pumps, here and elsewhere, that something is due. It MUST NOT block and may be lost.
type Waker interface {
	Wake()
}

// Ladder informs people who do not open what has arrived.
type Ladder interface {
	// First gives the rung that a paper waits for once it arrives now, if there is one.
	First(kind hub.Kind, channels []hub.Channel) (hub.Rung, bool)
	// Fire does what is due. It is called every few seconds, on every node.
	Fire(ctx context.Context) error
}

// Gate says whether papers may be taken in now. It is asked for each call, and MUST be cheap. Arrivals and openings never
// ask: what was accepted goes on.
type Gate interface {
	// Accepting is nil when papers may be taken in. Errors: overloaded.
	Accepting(ctx context.Context) error
}

// Room keeps what waits for delivery within a limit.
type Room interface {
	// Take sets room for n papers aside before they are written. written MUST be called once, with how many were, or may have
	// been. It is asked for each call, and MUST be cheap. Errors: overloaded, while no more papers may be taken in.
	Take(n int) (written func(n int), err error)
}

// Meter counts for metrics. Its methods are called often, from many goroutines, and MUST NOT block.
type Meter interface {
	// Accepted counts papers that a submitter handed over.
	Accepted(priority hub.Priority, n int)
	// Moved counts deliveries that reached a state.
	Moved(channel hub.Channel, to hub.DeliveryStatus, n int)
	// Attempted counts outcomes of attempts.
	Attempted(provider string, outcome hub.Outcome, reason hub.Reason, n int)
	// Arrived tells how long after its paper was accepted (or came into force) an arrival happened.
	Arrived(priority hub.Priority, after time.Duration)
	// Retried counts attempts after which another one follows.
	Retried(priority hub.Priority, n int)
	// Reached tells how long after its text was made a handset confirmed it.
	Reached(priority hub.Priority, after time.Duration)
}

// silence is every optional port, filled by nobody.
type silence struct{}

func (silence) First(hub.Kind, []hub.Channel) (hub.Rung, bool) { return hub.Rung{}, false }
func (silence) Fire(context.Context) error                     { return nil }
func (silence) Nudge(context.Context, []hub.Nudge)             {}
func (silence) Accepting(context.Context) error                { return nil }
func (silence) Take(int) (func(int), error)                    { return func(int) {}, nil }
func (silence) Kind(name string) (bool, bool)                  { return false, name == "" || name == generalCase }
func (silence) Wake()                                          {}
func (silence) Accepted(hub.Priority, int)                     {}
func (silence) Moved(hub.Channel, hub.DeliveryStatus, int)     {}
func (silence) Attempted(string, hub.Outcome, hub.Reason, int) {}
func (silence) Arrived(hub.Priority, time.Duration)            {}
func (silence) Retried(hub.Priority, int)                      {}
func (silence) Reached(hub.Priority, time.Duration)            {}
