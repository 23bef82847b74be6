package hubtest

import (
	"context"
	"sync"

	"eblagh/hub"
)

// Nudger keeps every nudge.
type Nudger struct {
	mu     sync.Mutex
	nudges []hub.Nudge
}

// Nudge implements dispatch.Nudger.
func (n *Nudger) Nudge(_ context.Context, nudges []hub.Nudge) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.nudges = append(n.nudges, nudges...)
}

// Nudges is every nudge so far.
func (n *Nudger) Nudges() []hub.Nudge {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]hub.Nudge(nil), n.nudges...)
}
