package enrol

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/vault"
)

// NewRecipient is what an office hands over to enrol somebody.
type NewRecipient struct {
	Kind           hub.PersonKind
	NationalID     string
	GivenName      string // natural persons
	FamilyName     string // natural persons
	Name           string // legal persons
	Mobile         string
	Email          string
	Address        string
	Residence      hub.Residence // empty: domestic
	Language       string        // fa or en; empty: fa
	TimeZone       string        // of the tz database; empty: hub.HomeZone
	Representative string        // legal persons: the national id of who acts for them; may be empty
}

// checked is a NewRecipient in the hub's own form.
type checked struct {
	NewRecipient
	nationalID     hub.NationalID
	representative hub.NationalID
	mobile         hub.Mobile
}

// Enrol makes a person and sends the code to activate the account with.
// Errors: validation with every field at once; already-enrolled; forbidden; unauthorized.
func (e *Enroller) Enrol(ctx context.Context, p access.Principal, n NewRecipient) (hub.Recipient, error) {
	d, err := access.Decide(p, access.RecipientEnrol, access.Object{})
	if err != nil {
		return hub.Recipient{}, err
	}
	c, wrong := checkRecipient(n)
	if err := wrong.Err(); err != nil {
		return hub.Recipient{}, err
	}
	person := e.newPerson(c, p.ID, d.Organisation)
	if c.representative != "" {
		if person.Represented, err = e.representative(ctx, c.representative); err != nil {
			return hub.Recipient{}, err
		}
	}
	kept, err := e.store.AddPerson(ctx, person)
	if err != nil {
		return hub.Recipient{}, tellActivation(err)
	}
	e.wake()
	return e.recipient(kept)
}

// tellActivation says what an office can do about somebody who is there already, activated or not.
func tellActivation(err error) error {
	if hub.CodeOf(err) != hub.CodeAlreadyEnrolled {
		return err
	}
	return &hub.Error{Code: hub.CodeAlreadyEnrolled, Cause: err,
		Detail: "this person is enrolled already; if the account was never activated, send the activation code again"}
}

func checkRecipient(n NewRecipient) (checked, hub.Problems) {
	var wrong hub.Problems
	c := checked{NewRecipient: n}
	switch n.Kind {
	case hub.PersonNatural:
		c.GivenName = checkText(&wrong, "/given_name", n.GivenName, 100, true)
		c.FamilyName = checkText(&wrong, "/family_name", n.FamilyName, 100, true)
		refuse(&wrong, "/name", n.Name, "this is for legal persons")
		refuse(&wrong, "/representative", n.Representative, "this is for legal persons")
	case hub.PersonLegal:
		c.Name = checkText(&wrong, "/name", n.Name, 100, true)
		refuse(&wrong, "/given_name", n.GivenName, "this is for natural persons")
		refuse(&wrong, "/family_name", n.FamilyName, "this is for natural persons")
		if n.Representative != "" {
			c.representative = checkNationalID(&wrong, "/representative", n.Representative, hub.PersonNatural)
		}
	default:
		wrong.Add("/kind", "unknown", "natural or legal")
	}
	c.nationalID = checkNationalID(&wrong, "/national_id", n.NationalID, n.Kind)
	c.mobile = checkMobile(&wrong, n.Mobile)
	c.Email = checkEmail(&wrong, n.Email)
	c.Address = checkAddress(&wrong, n.Address)
	checkSettings(&wrong, &c.NewRecipient)
	return c, wrong
}

func checkSettings(wrong *hub.Problems, n *NewRecipient) {
	if n.Residence == "" {
		n.Residence = hub.ResidenceDomestic
	}
	if n.Residence != hub.ResidenceDomestic && n.Residence != hub.ResidenceAbroad {
		wrong.Add("/residence", "unknown", "domestic or abroad")
	}
	if n.Language == "" {
		n.Language = "fa"
	}
	if n.Language != "fa" && n.Language != "en" {
		wrong.Add("/language", "unknown", "fa or en")
	}
	if n.TimeZone == "" {
		n.TimeZone = hub.HomeZone
	}
	checkTimeZone(wrong, n.TimeZone)
}

func refuse(wrong *hub.Problems, pointer, text, detail string) {
	if text != "" {
		wrong.Add(pointer, "not-allowed", detail)
	}
}

// newPerson seals what is personal, each field under its own context.
func (e *Enroller) newPerson(c checked, by, office hub.ID) NewPerson {
	id := e.newID()
	seal := func(text, field string) []byte { return e.vault.SealText(text, "persons."+field+":"+id.String()) }
	person := StoredPerson{
		ID: id, Kind: c.Kind, Residence: c.Residence, Language: c.Language, TimeZone: c.TimeZone,
		NationalID: seal(string(c.nationalID), "national_id"), GivenName: seal(c.GivenName, "given_name"),
		FamilyName: seal(c.FamilyName, "family_name"), Name: seal(c.Name, "name"),
	}
	contact := e.contactEdit(id, by)
	contact.setMobile(e, c.mobile)
	contact.setEmail(e, c.Email)
	contact.setAddress(e, c.Address)
	return NewPerson{
		Person: person, NationalIDIndex: e.nationalIDIndex(c.nationalID), EnrolledBy: office, Contact: contact.ContactEdit,
		Activation: e.newChallenge(hub.PurposeActivation, id, c.mobile),
	}
}

func (e *Enroller) nationalIDIndex(id hub.NationalID) vault.Blind {
	return e.vault.Blind(vault.IndexNationalID, string(id))
}

// triedIndex is what tries to be a person are counted under.
func (e *Enroller) triedIndex(id hub.NationalID) []byte {
	return e.vault.Index(vault.IndexNationalID, string(id))
}

// representative finds who is to act for a legal person.
func (e *Enroller) representative(ctx context.Context, id hub.NationalID) (Represented, error) {
	person, _, err := e.store.PersonID(ctx, e.nationalIDIndex(id))
	if err != nil {
		return Represented{}, err
	}
	if person.IsZero() {
		var wrong hub.Problems
		wrong.Add("/representative", "not-enrolled", "this person must be enrolled first")
		return Represented{}, wrong.Err()
	}
	return Represented{ID: e.newID(), Person: person, Role: string(hub.RoleOwner)}, nil
}

// Lookup finds a recipient by national or legal-entity id. Errors: validation, not-found, forbidden, unauthorized.
func (e *Enroller) Lookup(ctx context.Context, p access.Principal, nationalID string) (hub.Recipient, error) {
	if _, err := access.May(p, access.RecipientRead); err != nil {
		return hub.Recipient{}, err
	}
	id, _, err := hub.ParsePersonID(nationalID)
	if err != nil {
		var wrong hub.Problems
		wrong.Add("/national_id", "national-id", "this is not a valid national or legal-entity id")
		return hub.Recipient{}, wrong.Err()
	}
	person, _, err := e.store.PersonID(ctx, e.nationalIDIndex(id))
	if err != nil {
		return hub.Recipient{}, err
	}
	return e.Recipient(ctx, p, person)
}

// Recipient gives one recipient; contact is empty when the caller's role may not see it.
// Errors: not-found, forbidden, unauthorized.
func (e *Enroller) Recipient(ctx context.Context, p access.Principal, id hub.ID) (hub.Recipient, error) {
	d, err := access.Decide(p, access.RecipientRead, access.Object{Person: id})
	if err != nil {
		return hub.Recipient{}, err
	}
	look := e.look(p, d, access.RecipientRead, id)
	kept, err := e.store.Person(ctx, p, id, look)
	if hub.CodeOf(err) == hub.CodeNotFound {
		look.Object, look.Count = hub.ID{}, 0 // asking for who is not there is a look as well
		if noteErr := e.store.NoteLook(ctx, p, look); noteErr != nil {
			return hub.Recipient{}, noteErr
		}
	}
	if err != nil {
		return hub.Recipient{}, err
	}
	return e.recipient(kept)
}

// recipient opens what the store keeps sealed.
func (e *Enroller) recipient(s StoredPerson) (hub.Recipient, error) {
	o := opener{vault: e.vault, owner: s.ID.String()}
	r := hub.Recipient{
		ID: s.ID, Kind: s.Kind, NationalID: hub.NationalID(o.text(s.NationalID, "persons.national_id:")),
		GivenName: o.text(s.GivenName, "persons.given_name:"), FamilyName: o.text(s.FamilyName, "persons.family_name:"),
		Name: o.text(s.Name, "persons.name:"), Residence: s.Residence, Language: s.Language, TimeZone: s.TimeZone,
		ActivatedAt: s.ActivatedAt, CreatedAt: s.CreatedAt, Contact: o.contact(s.Contact),
	}
	return r, o.err
}

// opener opens one person's fields and keeps the first error.
type opener struct {
	vault *vault.Vault
	owner string
	err   error
}

func (o *opener) text(ct []byte, context string) string {
	text, err := o.vault.OpenText(ct, context+o.owner)
	if err != nil && o.err == nil {
		o.err = err
	}
	return text
}

func (o *opener) contact(s StoredContact) hub.Contact {
	return hub.Contact{
		Mobile: hub.Mobile(o.text(s.Mobile, "contacts.mobile:")), Email: o.text(s.Email, "contacts.email:"),
		Address: o.text(s.Address, "contacts.address:"), Since: s.Since,
	}
}
