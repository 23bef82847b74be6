package access

import (
	"sync"

	"eblagh/hub"
)

// Look is one recorded look: who looked at what, in which role and on what ground. It names ids only.
type Look struct {
	ID           hub.ID
	Principal    hub.ID
	Kind         Kind
	For          hub.ID // the legal person that the principal acted for
	Role         hub.Role
	Organisation hub.ID // where the role is held
	Action       Action
	Object       hub.ID   // zero: a list, or something that is not there
	Objects      []hub.ID // what a list showed
	Ground       string
	Count        int // how many objects a list showed; 0 when nothing was found
}

// LookAt makes the record of a look at one object under a decision.
func LookAt(id hub.ID, p Principal, d Decision, action Action, object hub.ID) Look {
	return Look{ID: id, Principal: p.ID, Kind: p.Kind, For: p.For.LegalPerson, Role: d.Role, Organisation: d.Organisation,
		Action: action, Object: object, Ground: d.Ground(), Count: 1}
}

// Trace remembers what was decided in the course of one call, for the trail. A Principal that carries one leaves every
// decision in it. It is safe for concurrent use.
type Trace struct {
	mu      sync.Mutex
	decided []decided
}

// decided is the latest decision on one action.
type decided struct {
	action  Action
	what    Decision
	allowed bool
}

// note keeps a decision in the place of the one before on the same action.
func (t *Trace) note(action Action, d Decision, err error) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, before := range t.decided {
		if before.action == action {
			t.decided = append(t.decided[:i], t.decided[i+1:]...)
			break
		}
	}
	t.decided = append(t.decided, decided{action, d, err == nil})
}

// Of is the latest decision on an action; if there is none, or no action is named, the latest that allowed something, or
// else the latest of all. No decision is zero.
func (t *Trace) Of(action Action) (Action, Decision, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found decided
	for _, d := range t.decided {
		if d.action == action {
			return d.action, d.what, d.allowed
		}
		if d.allowed || !found.allowed {
			found = d
		}
	}
	return found.action, found.what, found.allowed
}

// Traced is the principal with a trace of its decisions; with nil, without one: for questions that do nothing, such as
// what to offer.
func (p Principal) Traced(t *Trace) Principal {
	p.trace = t
	return p
}
