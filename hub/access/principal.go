// Package access decides who may do what. The policy is one table (policy.go), pure and deny by default: a principal
// acts in one of its roles, on an object to which it stands in some relation; a system's key needs the scope as well.
// Each decision names the ground it was taken on, which is what the audit records of a look.
package access

import (
	"slices"
	"time"

	"eblagh/hub"
)

// Kind tells people from systems' keys.
type Kind string

// The kinds of principal; the zero Kind is nobody, who may do nothing.
const (
	Nobody Kind = ""
	Person Kind = "person"
	Key    Kind = "key"
)

// Scope is what an API key may be used for.
type Scope string

// The scopes, as API.md fixes them.
const (
	ScopeRecipientsRead     Scope = "recipients:read"
	ScopeRecipientsWrite    Scope = "recipients:write"
	ScopeDocumentsWrite     Scope = "documents:write"
	ScopeNoticesRead        Scope = "notices:read"
	ScopeNoticesWrite       Scope = "notices:write"
	ScopeReceiptsRead       Scope = "receipts:read"
	ScopeCasesRead          Scope = "cases:read"
	ScopeCasesWrite         Scope = "cases:write"
	ScopeOrganisationsWrite Scope = "organisations:write"
	ScopeOperationsWrite    Scope = "operations:write"
	ScopeAuditRead          Scope = "audit:read"
)

// Scopes lists every scope.
var Scopes = []Scope{
	ScopeRecipientsRead, ScopeRecipientsWrite, ScopeDocumentsWrite, ScopeNoticesRead, ScopeNoticesWrite,
	ScopeReceiptsRead, ScopeCasesRead, ScopeCasesWrite, ScopeOrganisationsWrite, ScopeOperationsWrite, ScopeAuditRead,
}

// Grant is a role that the principal holds, at an organisation where the role has one.
type Grant struct {
	Role         hub.Role
	Organisation hub.ID
}

// Mandate is a legal person that somebody represents, and in which role.
type Mandate struct {
	LegalPerson hub.ID
	Role        hub.Role
}

// Principal is who asks.
type Principal struct {
	Kind       Kind
	ID         hub.ID // the person or the key
	Grants     []Grant
	Mandates   []Mandate // people only: whom they may act for
	For        Mandate   // people only: whom they act for now; zero: themselves
	Scopes     []Scope   // keys only
	Expires    time.Time // keys only: when what they showed ends to hold
	Session    hub.ID    // people only
	SignedInAt time.Time // people only: when they last proved who they are
	PersonalAt time.Time // people only: when they gave the personal code again in this session; zero: not since signing in
	Factor     hub.Factor
	Unready    bool // staff who have yet to take a second factor into use: they may do nothing else
	Port       Port // decides in the policy's place; nil, as everywhere outside of tests: the policy decides

	trace *Trace
}

// Staff reports whether the principal holds a role of the desks.
func (p Principal) Staff() bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role.Staff() })
}

// ActFor gives the principal acting for a legal person, and nothing else meanwhile: the roles of their own rest. false
// when they do not represent it.
func (p Principal) ActFor(legalPerson hub.ID) (Principal, bool) {
	for _, m := range p.Mandates {
		if p.Kind == Person && m.LegalPerson == legalPerson && !legalPerson.IsZero() {
			p.For, p.Grants = m, nil
			return p, true
		}
	}
	return p, false
}

// Addressee is whose papers are meant: those of the legal person that the principal acts for, else their own. Zero for
// keys.
func (p Principal) Addressee() hub.ID {
	if p.Kind == Person && !p.For.LegalPerson.IsZero() {
		return p.For.LegalPerson
	}
	return p.PersonID()
}

// PersonID is the id of the person who asks, zero for keys.
func (p Principal) PersonID() hub.ID {
	if p.Kind == Person {
		return p.ID
	}
	return hub.ID{}
}

// Organisations lists where the principal holds a role.
func (p Principal) Organisations() []hub.ID {
	var ids []hub.ID
	for _, g := range p.Grants {
		if !g.Organisation.IsZero() && !slices.Contains(ids, g.Organisation) {
			ids = append(ids, g.Organisation)
		}
	}
	return ids
}

// Holds reports whether the principal holds a role anywhere.
func (p Principal) Holds(r hub.Role) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role == r })
}

// Actor is the principal as receipts name it when there is no decision to tell in which role they act.
func (p Principal) Actor() hub.Actor {
	switch {
	case p.Kind == Key:
		return hub.Actor{Kind: hub.ActorKey, ID: p.ID, Auth: "api_key"}
	case slices.ContainsFunc(p.Grants, func(g Grant) bool {
		return g.Role.Organisation() != "" && g.Role != hub.RoleServiceOfficer
	}):
		return hub.Actor{Kind: hub.ActorClerk, ID: p.ID, Auth: "session"}
	case !p.For.LegalPerson.IsZero():
		return hub.Actor{Kind: hub.ActorDelegate, ID: p.ID, Auth: "session"}
	case p.Kind == Person:
		return hub.Actor{Kind: hub.ActorSelf, ID: p.ID, Auth: "session"}
	}
	return hub.Actor{Kind: hub.ActorSystem}
}

// ActorUnder is the principal as receipts name it, acting under a decision. A clerk who opens a paper of their own acts
// as themselves, and an addressee who works at the court does not become its clerk by it.
func (p Principal) ActorUnder(d Decision) hub.Actor {
	if p.Kind != Person {
		return p.Actor()
	}
	actor := hub.Actor{Kind: hub.ActorClerk, ID: p.ID, Auth: "session"}
	switch {
	case d.Relation == Addressee:
		actor.Kind = hub.ActorSelf
	case d.Relation == Represented:
		actor.Kind = hub.ActorDelegate
	case d.Role == hub.RoleLawyer:
		actor.Kind = hub.ActorLawyer
	case d.Role == hub.RoleServiceOfficer:
		actor.Kind = hub.ActorOfficer
	}
	return actor
}
