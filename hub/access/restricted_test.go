package access_test

import (
	"slices"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Of a restricted case (family, minors) each cell of the policy is asked again: what was refused stays refused, and what was
// allowed stays so for the addressee, their counsel, who is assigned to the case, the judges, and the organisations' own
// systems; not for the other people of the branch or office, nor for those who only read for a legal person.
func TestRestrictedCasesCellByCell(t *testing.T) {
	for _, role := range everyRole {
		for _, action := range access.Actions {
			for _, relation := range access.Relations {
				for _, kind := range []access.Kind{access.Person, access.Key} {
					for _, assigned := range []bool{false, true} {
						restrictedCell(t, kind, role, action, relation, assigned)
					}
				}
			}
		}
	}
}

func restrictedCell(t *testing.T, kind access.Kind, role hub.Role, action access.Action, relation access.Relation, assigned bool) {
	t.Helper()
	organisation := newID()
	p := access.Principal{Kind: kind, ID: newID(), Scopes: access.Scopes, Grants: []access.Grant{{Role: role, Organisation: organisation}}}
	if slices.Contains(hub.RepresentativeRoles, role) {
		if kind == access.Key {
			return
		}
		p.Mandates = []access.Mandate{{LegalPerson: newID(), Role: role}}
		p, _ = p.ActFor(p.Mandates[0].LegalPerson)
	}
	object := standing(p, relation, organisation)
	open, err := access.Decide(p, action, object)
	if err != nil || open.Relation != relation || open.Role != role {
		return // not a cell of the policy
	}
	object.Restricted, object.Assigned = true, assigned
	want := true
	switch {
	case (relation == access.Same || relation == access.Colleague) && kind == access.Person:
		want = assigned || role == hub.RoleJudge
	case relation == access.Represented:
		want = role != hub.RoleReader
	}
	d, err := access.Decide(p, action, object)
	if got := err == nil && d.Relation == relation; got != want {
		t.Errorf("%s %s %s %s, assigned %v: allowed %v, want %v", kind, role, action, relation, assigned, got, want)
	}
	if err != nil && hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("%s %s %s %s: refused by %v; a restricted case answers like none", kind, role, action, relation, err)
	}
}
