package access

import "eblagh/hub"

// Look is one recorded look: who looked at what, in which role and on what ground. It names ids only.
type Look struct {
	ID        hub.ID
	Principal hub.ID
	Kind      Kind
	Role      hub.Role
	Action    Action
	Object    hub.ID // zero: a list, or something that is not there
	Ground    string
	Count     int // how many objects a list showed; 0 when nothing was found
}

// LookAt makes the record of a look at one object under a decision.
func LookAt(id hub.ID, p Principal, d Decision, action Action, object hub.ID) Look {
	return Look{ID: id, Principal: p.ID, Kind: p.Kind, Role: d.Role, Action: action, Object: object, Ground: d.Ground(), Count: 1}
}
