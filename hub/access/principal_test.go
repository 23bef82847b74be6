package access_test

import (
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
)

// EN 319 522-1 E.1: handed over to the addressee in person, whatever else that person is.
func TestActorUnder(t *testing.T) {
	org, person := newID(), newID()
	clerk := access.Principal{Kind: access.Person, ID: person, Grants: []access.Grant{
		{Role: hub.RoleCourtClerk, Organisation: org}, {Role: hub.RoleServiceOfficer, Organisation: org}, {Role: hub.RoleLawyer},
	}}
	key := access.Principal{Kind: access.Key, ID: newID(), Grants: clerk.Grants, Scopes: access.Scopes}
	for _, c := range []struct {
		name string
		p    access.Principal
		d    access.Decision
		want hub.Actor
	}{
		{"a clerk opens their own paper", clerk, access.Decision{Role: hub.RoleCitizen, Relation: access.Addressee},
			hub.Actor{Kind: hub.ActorSelf, ID: person, Auth: "session"}},
		{"a clerk at work", clerk, access.Decision{Role: hub.RoleCourtClerk, Relation: access.Same},
			hub.Actor{Kind: hub.ActorClerk, ID: person, Auth: "session"}},
		{"an officer at work", clerk, access.Decision{Role: hub.RoleServiceOfficer, Relation: access.Same},
			hub.Actor{Kind: hub.ActorOfficer, ID: person, Auth: "session"}},
		{"a lawyer at work", clerk, access.Decision{Role: hub.RoleLawyer, Relation: access.Same},
			hub.Actor{Kind: hub.ActorLawyer, ID: person, Auth: "session"}},
		{"a court's system", key, access.Decision{Role: hub.RoleCourtClerk, Relation: access.Same},
			hub.Actor{Kind: hub.ActorKey, ID: key.ID, Auth: "api_key"}},
	} {
		if got := c.p.ActorUnder(c.d); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}
