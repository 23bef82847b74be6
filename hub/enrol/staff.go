package enrol

import (
	"context"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
)

// NewStaff is a person who is to act in a role. Names and mobile are needed for a person the hub does not know yet, and
// left alone for one it knows.
type NewStaff struct {
	NationalID   string
	GivenName    string
	FamilyName   string
	Mobile       string
	Role         hub.Role
	Organisation hub.ID // where the role has one
}

// AddStaff grants a role. A person who is not there is made, and sent the code to activate the account with.
// Errors: validation with every field at once; wrong-state when they hold the role already; forbidden; unauthorized.
func (e *Enroller) AddStaff(ctx context.Context, p access.Principal, n NewStaff) (hub.Grant, error) {
	if _, err := access.Decide(p, access.StaffWrite, access.Object{Organisation: n.Organisation}); err != nil {
		return hub.Grant{}, err
	}
	c, wrong := checkRecipient(n.recipient())
	stranger := wrong.Err()                                                 // what is wrong if the hub does not know them
	wrong = slices.DeleteFunc(slices.Clone(wrong), func(f hub.Field) bool { // missing matters for strangers only
		return f.Code == "required" && f.Pointer != "/national_id"
	})
	if err := e.checkRole(ctx, p, &wrong, n.Role, n.Organisation); err != nil {
		return hub.Grant{}, err
	}
	if err := wrong.Err(); err != nil {
		return hub.Grant{}, err
	}
	if err := e.store.Appoints(ctx, p); err != nil {
		return hub.Grant{}, err
	}
	grant, err := e.grant(ctx, p, c, n, stranger)
	if hub.CodeOf(err) == hub.CodeAlreadyEnrolled { // somebody enrolled them this moment: now they are there
		grant, err = e.grant(ctx, p, c, n, stranger)
	}
	return grant, err
}

func (e *Enroller) grant(ctx context.Context, p access.Principal, c checked, n NewStaff, stranger error) (hub.Grant, error) {
	person, _, err := e.store.PersonID(ctx, e.nationalIDIndex(c.nationalID))
	if err != nil {
		return hub.Grant{}, err
	}
	grant := hub.Grant{ID: e.newID(), Person: person, Role: n.Role, Organisation: n.Organisation}
	if !person.IsZero() {
		return e.store.AddGrant(ctx, grant)
	}
	if stranger != nil {
		return hub.Grant{}, stranger
	}
	fresh := e.newPerson(c, p.ID, hub.ID{})
	grant.Person = fresh.Person.ID
	fresh.Grant = grant
	kept, err := e.store.AddPerson(ctx, fresh)
	if err != nil {
		return hub.Grant{}, err
	}
	e.wake()
	grant.CreatedAt = kept.CreatedAt
	return grant, nil
}

func (n NewStaff) recipient() NewRecipient {
	return NewRecipient{Kind: hub.PersonNatural, NationalID: n.NationalID, GivenName: n.GivenName,
		FamilyName: n.FamilyName, Mobile: n.Mobile}
}

// checkRole holds a role to the kind of organisation it belongs to, one in use.
func (e *Enroller) checkRole(ctx context.Context, p access.Principal, wrong *hub.Problems, role hub.Role, at hub.ID) error {
	if !slices.Contains(hub.GrantedRoles, role) {
		wrong.Add("/role", "unknown", "this role cannot be granted")
		return nil
	}
	kind := role.Organisation()
	switch {
	case kind == "" && !at.IsZero():
		wrong.Add("/organisation_id", "not-allowed", "this role belongs to no organisation")
	case kind != "" && at.IsZero():
		wrong.Add("/organisation_id", "required", "this role is held at a "+string(kind))
	case kind != "":
		o, err := e.store.Organisation(ctx, p, at)
		if hub.CodeOf(err) == hub.CodeNotFound {
			wrong.Add("/organisation_id", "not-found", "there is no such organisation")
			return nil
		}
		if err != nil {
			return err
		}
		if o.Kind != kind {
			wrong.Add("/organisation_id", "wrong-kind", "this role is held at a "+string(kind))
		}
		if !o.DisabledAt.IsZero() {
			wrong.Add("/organisation_id", "disabled", "this organisation is disabled")
		}
	}
	return nil
}

// Staff gives one grant. Errors: not-found, forbidden, unauthorized.
func (e *Enroller) Staff(ctx context.Context, p access.Principal, id hub.ID) (hub.Grant, error) {
	if _, err := access.Decide(p, access.StaffWrite, access.Object{}); err != nil {
		return hub.Grant{}, err
	}
	return e.store.Grant(ctx, p, id)
}

// RevokeStaff ends a grant; ending it twice is the same as once. The person stays, and stays a recipient.
// Errors: not-found, forbidden, unauthorized.
func (e *Enroller) RevokeStaff(ctx context.Context, p access.Principal, id hub.ID) (hub.Grant, error) {
	if _, err := access.Decide(p, access.StaffWrite, access.Object{}); err != nil {
		return hub.Grant{}, err
	}
	if err := e.store.Appoints(ctx, p); err != nil {
		return hub.Grant{}, err
	}
	if _, err := e.store.Grant(ctx, p, id); err != nil {
		return hub.Grant{}, err
	}
	return e.store.RevokeGrant(ctx, id)
}
