package access

import (
	"slices"
	"time"

	"eblagh/hub"
)

// Object is what an action is about: whose it is. Zero fields relate to nobody. Who asks brings the facts along; deciding
// looks nothing up.
type Object struct {
	Organisation hub.ID       // the submitter, branch or office it belongs to
	Person       hub.ID       // the addressee, or the person it is; of a case, the party
	Attorney     hub.Attorney // by which the principal is counsel in the case
	At           time.Time    // the moment by which the attorney's term is judged
	Opened       bool         // the addressee has opened it (E.1)
	Restricted   bool         // it belongs to a restricted case
	Assigned     bool         // the principal is assigned to that case
	Author       hub.ID       // of a draft: the person or key that made it
}

// Decision is a permission and what it rests on.
type Decision struct {
	Role         hub.Role
	Organisation hub.ID // where the role is held, zero for roles without one
	Relation     Relation
}

// Ground is the decision in one word for the audit: role/relation.
func (d Decision) Ground() string { return string(d.Role) + "/" + string(d.Relation) }

// Port decides in the place of the policy. There is one reason to: to see what comes out when every check is forgotten.
// A principal brings it along, so that no check can be made without it.
type Port interface {
	Decide(p Principal, action Action, o Object) (Decision, error)
}

// Decide finds the first rule under which the principal may act on the object.
// Errors: unauthorized for nobody; forbidden when no role of the principal may ever do this; not-found when a role may,
// but not on this object: what is not yours answers like what does not exist.
// The principal's trace remembers it.
func Decide(p Principal, action Action, o Object) (Decision, error) {
	d, err := decide(p, action, o)
	p.trace.note(action, d, err)
	return d, err
}

func decide(p Principal, action Action, o Object) (Decision, error) {
	if err := known(p); err != nil {
		return Decision{}, err
	}
	if p.Port != nil {
		return p.Port.Decide(p, action, o)
	}
	possible := false
	for _, r := range policy {
		if r.action != action || (p.Kind == Key && (r.scope == "" || !slices.Contains(p.Scopes, r.scope))) {
			continue
		}
		for _, g := range grantsOf(p) {
			if g.Role != r.role {
				continue
			}
			possible = true
			if related(p, g, r.relation, o) && admitted(p, g, r.relation, o) {
				return Decision{Role: g.Role, Organisation: g.Organisation, Relation: r.relation}, nil
			}
		}
	}
	if possible {
		return Decision{}, hub.ErrNotFound
	}
	return Decision{}, hub.Refuse(hub.CodeForbidden, "your roles do not allow this")
}

// May decides on an action before there is an object: submitting, listing. The decision names the first organisation
// where the principal holds a role that may. Errors: unauthorized, forbidden.
func May(p Principal, action Action) (Decision, error) {
	d, err := may(p, action)
	p.trace.note(action, d, err)
	return d, err
}

func may(p Principal, action Action) (Decision, error) {
	if err := known(p); err != nil {
		return Decision{}, err
	}
	if p.Port != nil {
		return p.Port.Decide(p, action, Object{})
	}
	for _, g := range grantsOf(p) {
		for _, o := range ownObjects(p, g) {
			d, err := decide(p, action, o)
			if err == nil {
				return d, nil
			}
			if hub.CodeOf(err) != hub.CodeNotFound {
				return Decision{}, err
			}
		}
	}
	return Decision{}, hub.Refuse(hub.CodeForbidden, "your roles do not allow this")
}

// ownObjects stand to the principal in every relation that a role can have: made by the principal, and by somebody else.
func ownObjects(p Principal, g Grant) [2]Object {
	o := Object{Organisation: g.Organisation, Person: p.Addressee(), Opened: true, Author: p.ID,
		Attorney: hub.Attorney{ID: p.ID, Lawyer: p.PersonID(), Client: p.Addressee(), Scope: hub.AttorneyFull}}
	others := o
	others.Author = g.Organisation // nobody's id
	return [2]Object{o, others}
}

// Where lists the organisations in which the principal holds a role that may do the action on what belongs there.
func Where(p Principal, action Action) []hub.ID {
	var ids []hub.ID
	for _, id := range p.Organisations() {
		if d, err := decide(p, action, Object{Organisation: id}); err == nil && d.Relation == Same {
			ids = append(ids, id)
		}
	}
	return ids
}

// known refuses whoever is neither a person nor a key: a kind that the policy does not know must not slip past scopes.
func known(p Principal) error {
	if (p.Kind != Person && p.Kind != Key) || p.ID.IsZero() {
		return hub.Refuse(hub.CodeUnauthorized, "sign in, or send a valid key")
	}
	if p.Unready {
		return hub.Refuse(hub.CodeSecondFactor, "staff sign in with a second factor: take one into use first")
	}
	return nil
}

// grantsOf adds what every person is: a citizen, towards what is addressed to them. Who acts for a legal person is its
// representative and nothing else.
func grantsOf(p Principal) []Grant {
	if p.Kind == Person && !p.For.LegalPerson.IsZero() {
		return []Grant{{Role: p.For.Role}}
	}
	if p.Kind == Person {
		return append([]Grant{{Role: hub.RoleCitizen}}, p.Grants...)
	}
	return p.Grants
}

func related(p Principal, g Grant, rel Relation, o Object) bool {
	switch rel {
	case Any:
		return true
	case Addressee:
		return p.Kind == Person && !o.Person.IsZero() && o.Person == p.ID
	case Represented:
		return p.Kind == Person && !o.Person.IsZero() && o.Person == p.For.LegalPerson
	case Counsel:
		return counsel(p, o)
	case CounselReads:
		return counsel(p, o) && o.Attorney.Scope.Reads() && o.Opened
	case Same:
		return same(g, o)
	case Author:
		return same(g, o) && !o.Author.IsZero() && o.Author == p.ID
	case Colleague:
		return same(g, o) && !o.Author.IsZero() && o.Author != p.ID
	}
	return false
}

// admitted reports whether a restricted case (family, minors) is open to the principal, who stands in the relation. At its
// organisations it is to whoever is assigned to it, to the judges, and to their own systems, whose keys no person uses; for a
// legal person not to those who only read.
func admitted(p Principal, g Grant, rel Relation, o Object) bool {
	switch {
	case !o.Restricted:
		return true
	case rel == Same || rel == Colleague:
		return o.Assigned || g.Role == hub.RoleJudge || p.Kind == Key || !o.Author.IsZero() && o.Author == p.ID
	case rel == Represented:
		return g.Role != hub.RoleReader
	}
	return true
}

func same(g Grant, o Object) bool {
	return !o.Organisation.IsZero() && o.Organisation == g.Organisation
}

// counsel reports whether the principal is counsel of the person whose object it is, at its moment.
func counsel(p Principal, o Object) bool {
	a := o.Attorney
	return p.Kind == Person && !a.ID.IsZero() && a.Lawyer == p.ID && a.Client == o.Person && !o.Person.IsZero() && a.InForce(o.At)
}
