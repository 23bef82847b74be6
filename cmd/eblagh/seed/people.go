package seed

import (
	"context"
	"fmt"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// makeInstanceKeys makes the keys of roles without an organisation; the admin's is what everything else begins with.
func (d *demo) makeInstanceKeys(ctx context.Context) error {
	var err error
	if d.admin, err = d.key(ctx, &d.result.Keys.Admin, d.Former.Keys.Admin, hub.RoleAdmin, hub.ID{}); err != nil {
		return err
	}
	if _, err = d.key(ctx, &d.result.Keys.Operator, d.Former.Keys.Operator, hub.RoleOperator, hub.ID{}); err != nil {
		return err
	}
	_, err = d.key(ctx, &d.result.Keys.Auditor, d.Former.Keys.Auditor, hub.RoleAuditor, hub.ID{})
	return err
}

// makeOrganisations makes the branch and the office, and their keys.
func (d *demo) makeOrganisations(ctx context.Context) error {
	var err error
	if d.branch, err = d.organisation(ctx, hub.OrganisationBranch, d.data.Branch); err != nil {
		return err
	}
	office, err := d.organisation(ctx, hub.OrganisationOffice, d.data.Office)
	if err != nil {
		return err
	}
	if d.court, err = d.key(ctx, &d.result.Keys.Court, d.Former.Keys.Court, hub.RoleCourtClerk, d.branch.ID); err != nil {
		return err
	}
	d.office, err = d.key(ctx, &d.result.Keys.Office, d.Former.Keys.Office, hub.RoleOfficeClerk, office.ID)
	return err
}

// key keeps a former key that still is what it should be (the database may be another one by now, or roles may have
// gained scopes), else it makes a new one; plain is set to either.
func (d *demo) key(ctx context.Context, plain *string, former string, role hub.Role, at hub.ID) (access.Principal, error) {
	scopes := access.ScopesOf(role)
	if former != "" {
		p, err := d.Enroller.Authenticate(ctx, former)
		if err == nil && slices.Equal(p.Scopes, scopes) && slices.Equal(p.Grants, []access.Grant{{Role: role, Organisation: at}}) {
			*plain = former
			return p, nil
		}
		if code := hub.CodeOf(err); err != nil && code != hub.CodeUnauthorized && code != hub.CodeWrongMode {
			return access.Principal{}, fmt.Errorf("former key of %s: %w", role, err)
		}
	}
	made, _, err := d.Enroller.CreateKey(ctx, enrol.NewKey{Name: "demo " + string(role), Role: role, Organisation: at,
		Scopes: scopes, Mode: "test"})
	if err != nil {
		return access.Principal{}, fmt.Errorf("key of %s: %w", role, err)
	}
	*plain = made
	return d.Enroller.Authenticate(ctx, made)
}

// organisation finds one by its code, or makes it.
func (d *demo) organisation(ctx context.Context, kind hub.OrganisationKind, want organisation) (hub.Organisation, error) {
	q := enrol.OrganisationQuery{Kind: kind}
	for {
		list, next, err := d.Enroller.Organisations(ctx, d.admin, q)
		if err != nil {
			return hub.Organisation{}, fmt.Errorf("find the %s: %w", kind, err)
		}
		if i := slices.IndexFunc(list, func(o hub.Organisation) bool { return o.Code == want.Code }); i >= 0 {
			return list[i], nil
		}
		if q.After = next; next.IsZero() {
			break
		}
	}
	made, err := d.Enroller.CreateOrganisation(ctx, d.admin,
		hub.Organisation{Kind: kind, Code: want.Code, Name: want.Name, Province: want.Province})
	if err != nil {
		return hub.Organisation{}, fmt.Errorf("make the %s: %w", kind, err)
	}
	return made, nil
}

// makePeople makes everybody, in the order of demo.json: who represents a company comes before it.
func (d *demo) makePeople(ctx context.Context) error {
	for _, p := range d.data.People {
		if err := d.person(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.Key, err)
		}
	}
	return nil
}

// person finds somebody, or enrols them; gives them their role; and activates their account.
func (d *demo) person(ctx context.Context, p person) error {
	id, err := p.id()
	if err != nil {
		return err
	}
	found, err := d.Enroller.Lookup(ctx, d.admin, string(id))
	if hub.CodeOf(err) == hub.CodeNotFound {
		if _, err = d.Enroller.Enrol(ctx, d.office, d.newRecipient(p, id)); err == nil {
			found, err = d.Enroller.Lookup(ctx, d.admin, string(id))
		}
	}
	if err != nil {
		return err
	}
	if err := d.grant(ctx, p.Role, id); err != nil {
		return err
	}
	d.ids[p.Key] = found.ID
	if found.ActivatedAt.IsZero() {
		if err := d.activate(ctx, found, p.PersonalCode); err != nil {
			return err
		}
	}
	secret := ""
	if p.Role.Staff() {
		if secret, err = d.factor(ctx, found.ID, id); err != nil {
			return err
		}
	}
	d.people[p.Key] = Person{TOTPSecret: secret, Role: p.Role, NationalID: id, Name: found.FullName(), Mobile: found.Contact.Mobile,
		PersonalCode: p.PersonalCode}
	if p.Name != "" { // others sign in for it
		d.people[p.Key] = Person{Role: RoleLegalPerson, NationalID: id, Name: found.FullName(), Mobile: found.Contact.Mobile,
			Representative: d.people[p.Representative].NationalID}
	}
	return nil
}

func (d *demo) newRecipient(p person, id hub.NationalID) enrol.NewRecipient {
	n := enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: string(id), GivenName: p.GivenName,
		FamilyName: p.FamilyName, Mobile: mobile(p.Serial), Address: p.Address}
	if p.Name != "" {
		n.Kind, n.Name, n.Representative = hub.PersonLegal, p.Name, string(d.people[p.Representative].NationalID)
	}
	return n
}

// grant gives a role, if it is one that is granted and they do not hold it already.
func (d *demo) grant(ctx context.Context, role hub.Role, id hub.NationalID) error {
	if role == hub.RoleCitizen {
		return nil
	}
	at := hub.ID{}
	switch role.Organisation() {
	case hub.OrganisationBranch:
		at = d.branch.ID
	case hub.OrganisationOffice:
		at = d.office.Grants[0].Organisation
	}
	_, err := d.Enroller.AddStaff(ctx, d.admin, enrol.NewStaff{NationalID: string(id), Role: role, Organisation: at})
	if hub.CodeOf(err) == hub.CodeWrongState {
		return nil
	}
	return err
}

// activate does what the person would do with the text on their phone. A code left from an earlier run may have
// expired: then a new one is sent, as the office would.
func (d *demo) activate(ctx context.Context, r hub.Recipient, personalCode string) error {
	try := func() error {
		code, err := d.Code(ctx, r.NationalID)
		if err != nil {
			return fmt.Errorf("activation code: %w", err)
		}
		return d.Enroller.Activate(ctx, string(r.NationalID), code, personalCode, enrol.Origin{})
	}
	err := try()
	if hub.CodeOf(err) != hub.CodeUnauthorized {
		return err
	}
	if err := d.Enroller.SendActivation(ctx, d.office, r.ID); err != nil {
		return err
	}
	return try()
}
