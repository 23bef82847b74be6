package access_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"eblagh/hub"
	"eblagh/hub/access"
)

var everyRole = slices.Concat([]hub.Role{hub.RoleCitizen}, hub.RepresentativeRoles, hub.GrantedRoles)

func newID() hub.ID { return hub.NewID(time.Unix(1_780_000_000, 0)) }

// anyPrincipal draws a person or key with any grants at the given organisations, and any scopes.
func anyPrincipal(t *rapid.T, organisations []hub.ID) access.Principal {
	p := access.Principal{ID: newID(), Kind: rapid.SampledFrom([]access.Kind{access.Person, access.Key}).Draw(t, "kind")}
	p.Grants = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) access.Grant {
		return access.Grant{
			Role:         rapid.SampledFrom(everyRole).Draw(t, "role"),
			Organisation: rapid.SampledFrom(organisations).Draw(t, "organisation"),
		}
	}), 0, 4).Draw(t, "grants")
	if p.Kind == access.Person && rapid.Bool().Draw(t, "acting") {
		role := rapid.SampledFrom(hub.RepresentativeRoles).Draw(t, "representative")
		p.Mandates = []access.Mandate{{LegalPerson: newID(), Role: role}}
		p, _ = p.ActFor(p.Mandates[0].LegalPerson)
	}
	if p.Kind == access.Key {
		p.Scopes = rapid.SliceOfDistinct(rapid.SampledFrom(access.Scopes),
			func(s access.Scope) access.Scope { return s }).Draw(t, "scopes")
	}
	return p
}

// own is an object that stands to the principal in every relation, at an organisation, made by themselves.
func own(p access.Principal, organisation hub.ID) access.Object {
	return access.Object{Organisation: organisation, Person: p.Addressee(), Opened: true, Author: p.ID,
		Attorney: hub.Attorney{ID: newID(), Lawyer: p.ID, Client: p.Addressee(), Scope: hub.AttorneyFull}}
}

func anyAction(t *rapid.T) access.Action { return rapid.SampledFrom(access.Actions).Draw(t, "action") }

func TestNobodyMayNothing(t *testing.T) {
	at := newID()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPrincipal(t, []hub.ID{at})
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			p.Kind = access.Nobody
		case 1:
			p.Kind = "robot"
		case 2:
			p.ID = hub.ID{}
		}
		action := anyAction(t)
		_, decided := access.Decide(p, action, own(p, at))
		_, may := access.May(p, action)
		if hub.CodeOf(decided) != hub.CodeUnauthorized || hub.CodeOf(may) != hub.CodeUnauthorized {
			t.Fatalf("%s: Decide %v, May %v; want unauthorized", action, decided, may)
		}
	})
}

func TestKeyWithoutScopeMayNothing(t *testing.T) {
	at := newID()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPrincipal(t, []hub.ID{at})
		p.Kind, p.Scopes = access.Key, nil
		_, err := access.Decide(p, anyAction(t), own(p, at))
		if hub.CodeOf(err) != hub.CodeForbidden {
			t.Fatalf("got %v, want forbidden", err)
		}
	})
}

func TestKeyIsNeverTheAddressee(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPrincipal(t, []hub.ID{newID()})
		p.Kind, p.Scopes = access.Key, access.Scopes
		for _, action := range []access.Action{access.InboxRead, access.InboxOpen, access.DocumentRead} {
			if d, err := access.Decide(p, action, own(p, hub.ID{})); err == nil {
				t.Fatalf("%s was allowed on %s", action, d.Ground())
			}
		}
	})
}

// What belongs to another organisation and another person is either not one's business at all, or not found; what is
// allowed there rests on a relation that names nobody.
func TestOthersAnswerLikeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPrincipal(t, []hub.ID{newID(), newID()})
		client := newID()
		foreign := access.Object{Organisation: newID(), Person: client, Opened: true, Author: p.ID,
			Attorney: hub.Attorney{ID: newID(), Lawyer: newID(), Client: client, Scope: hub.AttorneyFull}}
		action := anyAction(t)
		d, err := access.Decide(p, action, foreign)
		_, nothing := access.Decide(p, action, access.Object{})
		switch {
		case err == nil && d.Relation != access.Any:
			t.Fatalf("%s on a stranger's object was allowed on %s", action, d.Ground())
		case err != nil && hub.CodeOf(err) != hub.CodeNotFound && hub.CodeOf(err) != hub.CodeForbidden:
			t.Fatalf("got %v", err)
		case hub.CodeOf(err) != hub.CodeOf(nothing):
			t.Fatalf("a stranger's object answers %v, none answers %v", err, nothing)
		}
	})
}

// May never promises what Decide would refuse on one's own things, and the other way round.
func TestMayAgreesWithDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		organisations := []hub.ID{newID(), newID()}
		p, action := anyPrincipal(t, organisations), anyAction(t)
		_, may := access.May(p, action)
		somewhere := false
		for _, org := range append(organisations, hub.ID{}) {
			o := own(p, org)
			_, err := access.Decide(p, action, o)
			o.Author = newID()
			_, others := access.Decide(p, action, o)
			somewhere = somewhere || err == nil || others == nil
		}
		if (may == nil) != somewhere {
			t.Fatalf("%s: May says %v, Decide allows somewhere: %v", action, may, somewhere)
		}
	})
}

// More scopes and more roles never take a permission away.
func TestGrantsOnlyAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := newID()
		p, action := anyPrincipal(t, []hub.ID{at}), anyAction(t)
		o := own(p, at)
		if _, err := access.Decide(p, action, o); err != nil {
			return
		}
		p.Grants = append(p.Grants, anyPrincipal(t, []hub.ID{newID()}).Grants...)
		if _, err := access.Decide(p, action, o); err != nil {
			t.Fatalf("%s: lost by more roles: %v", action, err)
		}
	})
}

// Nobody is the second pair of eyes for what they made themselves, in whatever roles.
func TestNobodyDecidesOnTheirOwnDraft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := newID()
		p := anyPrincipal(t, []hub.ID{at})
		if d, err := access.Decide(p, access.DraftDecide, own(p, at)); err == nil {
			t.Fatalf("allowed on %s", d.Ground())
		}
		o := own(p, at)
		o.Author = hub.ID{}
		if d, err := access.Decide(p, access.DraftDecide, o); err == nil {
			t.Fatalf("a draft that nobody made was decided on %s", d.Ground())
		}
	})
}
