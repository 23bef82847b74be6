package access_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
)

var update = flag.Bool("update", false, "write the golden files anew")

const golden = "testdata/policy.golden"

// TestPolicyCellByCell asks Decide about every cell: kind × role × action × relation × single scope, each against an
// object that stands in that relation and no other. What is allowed must be what the golden file lists: one cell more
// fails like one cell less. A change of policy is a change of that file, for a reviewer to read.
func TestPolicyCellByCell(t *testing.T) {
	var cells []string
	for _, role := range everyRole {
		for _, action := range access.Actions {
			for _, relation := range access.Relations {
				cells = append(cells, allowed(t, role, action, relation)...)
			}
		}
	}
	got := strings.Join(cells, "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Split(strings.TrimSpace(string(want)), "\n")
	for _, cell := range cells {
		if !slices.Contains(wanted, cell) {
			t.Errorf("allowed, and should not be: %s", cell)
		}
	}
	for _, cell := range wanted {
		if !slices.Contains(cells, cell) {
			t.Errorf("refused, and should not be: %s", cell)
		}
	}
}

// allowed lists the cells of one role, action and relation: for a person, and for a key with each scope alone.
func allowed(t *testing.T, role hub.Role, action access.Action, relation access.Relation) []string {
	t.Helper()
	var cells []string
	organisation := newID()
	ask := func(p access.Principal, cell string) {
		p.ID = newID()
		p.Grants = []access.Grant{{Role: role, Organisation: organisation}}
		if role == hub.RoleCitizen && p.Kind == access.Person {
			p.Grants = nil // what every person is
		}
		if slices.Contains(hub.RepresentativeRoles, role) && p.Kind == access.Person {
			p.Mandates = []access.Mandate{{LegalPerson: newID(), Role: role}}
			p, _ = p.ActFor(p.Mandates[0].LegalPerson)
		}
		object := standing(p, relation, organisation)
		d, err := access.Decide(p, action, object)
		if err == nil && d.Role == role && d.Relation == relation {
			cells = append(cells, cell)
		}
	}
	ask(access.Principal{Kind: access.Person}, fmt.Sprintf("person %s %s %s", role, action, relation))
	for _, scope := range access.Scopes {
		ask(access.Principal{Kind: access.Key, Scopes: []access.Scope{scope}},
			fmt.Sprintf("key %s %s %s with %s", role, action, relation, scope))
	}
	return cells
}

// standing is an object that stands to the principal in one relation, and in what that includes.
func standing(p access.Principal, relation access.Relation, organisation hub.ID) access.Object {
	object := access.Object{Organisation: newID(), Person: newID()}
	switch relation {
	case access.Addressee:
		object.Person = p.ID
	case access.Represented:
		object.Person = p.For.LegalPerson
	case access.Counsel, access.CounselReads:
		object.Attorney = hub.Attorney{ID: newID(), Lawyer: p.ID, Client: object.Person, Scope: hub.AttorneyService}
		if relation == access.CounselReads {
			object.Attorney.Scope, object.Opened = hub.AttorneyRead, true
		}
	case access.Same:
		object.Organisation = organisation
	case access.Author:
		object.Organisation, object.Author = organisation, p.ID
	case access.Colleague:
		object.Organisation, object.Author = organisation, newID()
	}
	return object
}

// Every scope that a key of a role can have lets it do something, and no other scope does.
func TestScopesOf(t *testing.T) {
	for _, role := range everyRole {
		for _, scope := range access.Scopes {
			useful := false
			for _, action := range access.Actions {
				key := access.Principal{Kind: access.Key, ID: newID(), Scopes: []access.Scope{scope},
					Grants: []access.Grant{{Role: role, Organisation: newID()}}}
				if _, err := access.May(key, action); err == nil {
					useful = true
				}
			}
			if listed := slices.Contains(access.ScopesOf(role), scope); listed != useful {
				t.Errorf("%s with %s: listed %v, useful %v", role, scope, listed, useful)
			}
		}
	}
}
