package enrol

import (
	"context"
	"slices"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/vault"
)

// NewRepresentative is somebody who is to act for a legal person. An owner names them by national id and mobile, which
// must belong together: an account is no way to find out who is enrolled. An office may leave the mobile out.
type NewRepresentative struct {
	LegalPerson hub.ID
	NationalID  string
	Mobile      string
	Role        hub.Role
	Until       time.Time // zero: until they are ended
}

// StoredRepresentative is a representative with the name sealed.
type StoredRepresentative struct {
	hub.Representative
	GivenName  []byte
	FamilyName []byte
}

// maxRepresentatives bounds the list, and how many a legal person can have at once.
const maxRepresentatives = 200

// RepresentativeStore keeps who acts for legal persons.
type RepresentativeStore interface {
	// Represents asks the database whether the principal may say who acts for a legal person, before any of it is changed past
	// row-level security. Errors: not-found.
	Represents(ctx context.Context, p access.Principal, legalPerson hub.ID) error
	// Representatives lists at most limit, those in force first, then the newest, and records the look. Errors: not-found
	// when there is no such legal person that the principal may see.
	Representatives(ctx context.Context, p access.Principal, legalPerson hub.ID, limit int, look access.Look) ([]StoredRepresentative, error)
	// Enrolled finds an activated natural person by the blind index of the national id, and of the mobile in force unless
	// that is nil. The zero ID: there is none.
	Enrolled(ctx context.Context, nationalID, mobile vault.Blind) (hub.ID, error)
	// AddRepresentative ends the legal person's own sessions once others sign in for it. Errors: not-found when there is no
	// such legal person; wrong-state when the person is a representative of it already, or it has most of them.
	AddRepresentative(ctx context.Context, r hub.Representative, by hub.ID, most int) (hub.Representative, error)
	// EndRepresentative errors: not-found; wrong-state for the last owner without a term.
	EndRepresentative(ctx context.Context, legalPerson, id, by hub.ID) error
}

// Representatives lists who acts, and who acted, for a legal person. Errors: not-found, forbidden, unauthorized.
func (e *Enroller) Representatives(ctx context.Context, p access.Principal, legalPerson hub.ID) ([]hub.Representative, error) {
	d, err := access.Decide(p, access.RepresentativeRead, access.Object{Person: legalPerson})
	if err != nil {
		return nil, err
	}
	look := e.look(p, d, access.RepresentativeRead, legalPerson)
	stored, err := e.store.Representatives(ctx, p, legalPerson, maxRepresentatives, look)
	if err != nil {
		return nil, err
	}
	list := make([]hub.Representative, len(stored))
	for i, s := range stored {
		o := opener{vault: e.vault, owner: s.Person.String()}
		s.Name = o.text(s.GivenName, "persons.given_name:") + " " + o.text(s.FamilyName, "persons.family_name:")
		if o.err != nil {
			return nil, o.err
		}
		list[i] = s.Representative
	}
	return list, nil
}

// Appoint makes somebody act for a legal person, from now on and as long as the term goes. With the first who may open its
// papers the legal person's own sign-in ends: they sign in for it. Errors: validation with every field at once; wrong-state;
// not-found; forbidden; unauthorized.
func (e *Enroller) Appoint(ctx context.Context, p access.Principal, n NewRepresentative) (hub.Representative, error) {
	d, err := access.Decide(p, access.RepresentativeWrite, access.Object{Person: n.LegalPerson})
	if err != nil {
		return hub.Representative{}, err
	}
	var wrong hub.Problems
	id := checkNationalID(&wrong, "/national_id", n.NationalID, hub.PersonNatural)
	var mobile vault.Blind
	if n.Mobile != "" || d.Relation == access.Represented {
		mobile = e.vault.Blind(vault.IndexMobile, string(checkMobile(&wrong, n.Mobile)))
	}
	if !slices.Contains(hub.RepresentativeRoles, n.Role) {
		wrong.Add("/role", "unknown", "owner, manager or reader")
	}
	if !n.Until.IsZero() && !n.Until.After(e.clock()) {
		wrong.Add("/until", "past", "this time is over")
	}
	if err := wrong.Err(); err != nil {
		return hub.Representative{}, err
	}
	if err := e.store.Represents(ctx, p, n.LegalPerson); err != nil {
		return hub.Representative{}, err
	}
	person, err := e.store.Enrolled(ctx, e.nationalIDIndex(id), mobile)
	if err != nil {
		return hub.Representative{}, err
	}
	if person.IsZero() {
		wrong.Add("/national_id", "not-enrolled", "nobody is enrolled with this")
		return hub.Representative{}, wrong.Err()
	}
	made, err := e.store.AddRepresentative(ctx, hub.Representative{ID: e.newID(), LegalPerson: n.LegalPerson, Person: person,
		Role: n.Role, Until: n.Until}, p.ID, maxRepresentatives)
	if err != nil {
		return hub.Representative{}, err
	}
	e.ended(n.LegalPerson) // others sign in for it from now on
	return made, nil
}

// Dismiss ends a representative: from this moment they act for the legal person no more. The last owner stays, for
// nobody could appoint another. Errors: wrong-state, not-found, forbidden, unauthorized.
func (e *Enroller) Dismiss(ctx context.Context, p access.Principal, legalPerson, id hub.ID) error {
	if _, err := access.Decide(p, access.RepresentativeWrite, access.Object{Person: legalPerson}); err != nil {
		return err
	}
	if err := e.store.Represents(ctx, p, legalPerson); err != nil {
		return err
	}
	if err := e.store.EndRepresentative(ctx, legalPerson, id, p.ID); err != nil {
		return err
	}
	e.ended(legalPerson)
	return nil
}
