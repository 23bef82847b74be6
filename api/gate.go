package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"eblagh/hub"
)

// GateOptions bound how much of what is expensive runs at once. Zero fields take the default.
type GateOptions struct {
	Units     int64         // in all; a call takes what its route weighs: a paper 1, a connection to the store 8, a batch 12; 48
	PerCaller int64         // of one key or person; 36
	Waiting   int           // calls of one key or person that run or wait; 256
	Wait      time.Duration // for a turn; 5 s
	// Busy reports whether so much waits for delivery that no more papers are taken in. nil: never.
	Busy func() bool
	// Refused is told of every call turned away, and why: caller, turn or backlog. nil: nobody is.
	Refused func(why string)
}

// gate stands before expensive routes, in front of their bodies: what waits there costs a connection and nothing more.
// A flood is turned away at the door rather than let in to slow everything down together, and one caller's flood leaves
// room for the others.
type gate struct {
	o     GateOptions
	turns *semaphore.Weighted

	mu      sync.Mutex
	callers map[hub.ID]*callerTurns // of those with a call that runs or waits
}

// callerTurns are one caller's part of the gate.
type callerTurns struct {
	calls int
	turns *semaphore.Weighted
}

func newGate(o GateOptions) *gate {
	o.Units, o.PerCaller, o.Waiting = cmp.Or(o.Units, 48), cmp.Or(o.PerCaller, 36), cmp.Or(o.Waiting, 256)
	o.Wait = cmp.Or(o.Wait, 5*time.Second)
	if o.Busy == nil {
		o.Busy = func() bool { return false }
	}
	if o.Refused == nil {
		o.Refused = func(string) {}
	}
	return &gate{o: o, turns: semaphore.NewWeighted(o.Units), callers: map[hub.ID]*callerTurns{}}
}

var errNoTurn = errors.New("no turn came in time")

// enter gives a call its turn, and what ends it. Errors: rate-limited for a caller who has too much under way,
// overloaded when no turn comes in time or too much waits for delivery.
func (g *gate) enter(ctx context.Context, rt route, caller hub.ID) (leave func(), err error) {
	if rt.weight == 0 {
		return func() {}, nil
	}
	if rt.accepts && g.o.Busy() {
		g.o.Refused("backlog")
		return nil, retryIn(10, hub.Refuse(hub.CodeOverloaded, "so much waits for delivery that no more is taken in; try again later"))
	}
	own := g.join(caller)
	if own == nil {
		return nil, g.tooMany()
	}
	limited, cancel := context.WithTimeoutCause(ctx, g.o.Wait, errNoTurn)
	defer cancel()
	weight := min(rt.weight, g.o.PerCaller, g.o.Units)
	if own.turns.Acquire(limited, weight) != nil {
		g.part(caller)
		return nil, g.tooMany()
	}
	if g.turns.Acquire(limited, weight) != nil {
		own.turns.Release(weight)
		g.part(caller)
		g.o.Refused("turn")
		return nil, &hub.Error{Code: hub.CodeOverloaded, Detail: "there is too much to do at the moment; try again",
			Cause: context.Cause(limited)}
	}
	return func() {
		g.turns.Release(weight)
		own.turns.Release(weight)
		g.part(caller)
	}, nil
}

func (g *gate) tooMany() error {
	g.o.Refused("caller")
	return &hub.Error{Code: hub.CodeRateLimited, Detail: "too many of your calls are under way at once", After: 2 * time.Second,
		Quota: g.quota().Name}
}

// quota is what one caller may have under way.
func (g *gate) quota() hub.Quota { return hub.Quota{Name: "caller", Most: g.o.Waiting} }

// left is how many more calls a caller may have under way.
func (g *gate) left(caller hub.ID) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if own := g.callers[caller]; own != nil {
		return g.o.Waiting - own.calls
	}
	return g.o.Waiting
}

// join counts a call of a caller; nil: there are too many.
func (g *gate) join(caller hub.ID) *callerTurns {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.callers[caller]
	if own == nil {
		own = &callerTurns{turns: semaphore.NewWeighted(g.o.PerCaller)}
		g.callers[caller] = own
	}
	if own.calls >= g.o.Waiting {
		return nil
	}
	own.calls++
	return own
}

// part forgets a call, and the caller with the last one.
func (g *gate) part(caller hub.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.callers[caller]
	if own.calls--; own.calls == 0 {
		delete(g.callers, caller)
	}
}

// retryIn is a refusal with its own time to come again, in seconds.
func retryIn(seconds int, refused *hub.Error) *Problem {
	p := *problemOf(refused)
	p.retryAfter = seconds
	return &p
}

// callLimit is how long a call may take: whoever waits for the database longer than that is told to come again. Routes
// that read their bodies as they go have the time of the body on top, as NewServer allows it.
const callLimit = time.Minute

var errCallLimit = errors.New("the call took too long")

// bounded is the request with the time that its call may take.
func (rt route) bounded(r *http.Request) (*http.Request, context.CancelFunc) {
	limit := callLimit
	if rt.payload != payloadNone && rt.payload != payloadJSON {
		limit += bodyLimit
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), limit, errCallLimit)
	return r.WithContext(ctx), cancel
}
