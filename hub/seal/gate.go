package seal

import (
	"context"
	"sync"
	"time"

	"eblagh/hub"
)

// Limit is how long a receipt may wait before acceptance pauses.
const Limit = 2 * time.Second

// gateAge is how long an answer of the gate holds: acceptance asks for each call.
const gateAge = 250 * time.Millisecond

// gateWait bounds how long a call waits for the gate.
const gateWait = 5 * time.Second

// Gate tells whether papers may be accepted: not while receipts wait longer than the limit, nor while the log is in
// doubt. Where no writer was ever started, there is nothing to wait for. It is safe for concurrent use.
type Gate struct {
	log   Log
	limit time.Duration
	clock hub.Clock

	mu sync.Mutex
	at time.Time
	is error
}

// NewGate makes a Gate; limit 0 means Limit.
func NewGate(log Log, limit time.Duration, clock hub.Clock) *Gate {
	if limit == 0 {
		limit = Limit
	}
	return &Gate{log: log, limit: limit, clock: clock}
}

// Accepting is nil when papers may be accepted. Errors: overloaded.
func (g *Gate) Accepting(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock()
	if age := now.Sub(g.at); age >= 0 && age < gateAge {
		return g.is
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), gateWait)
	defer cancel()
	standing, err := g.log.Standing(ctx)
	switch {
	case err != nil:
		g.is = &hub.Error{Code: hub.CodeOverloaded, Detail: "the store does not answer at the moment; try again", Cause: err}
	case standing.Doubt != "":
		g.is = hub.Refuse(hub.CodeOverloaded, "papers are not accepted at the moment: the log of receipts is being looked into")
	case standing.Sealing && standing.Oldest > g.limit:
		g.is = hub.Refuse(hub.CodeOverloaded, "papers are not accepted at the moment: receipts wait to be sealed; try again")
	default:
		g.is = nil
	}
	g.at = g.clock()
	return g.is
}
