package enrol

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/vault"
)

// ContactChange is what is to change; nil stays as it was, an empty e-mail or address is taken away. The time zone has no
// history.
type ContactChange struct {
	Mobile   *string
	Email    *string
	Address  *string
	TimeZone *string
}

// PastContact is one entry of a contact's history.
type PastContact struct {
	hub.Contact
	Until     time.Time // zero: in force
	ChangedBy hub.ID
}

// historyLimit bounds ContactHistory; nobody moves that often.
const historyLimit = 200

// ChangeContact changes how a person is reached. A clerk's change holds at once. One's own e-mail and address too, but
// a new mobile number only when ConfirmContact is given the code that goes to it: the challenge returned, else zero.
// Errors: validation, not-found, rate-limited, forbidden, unauthorized.
func (e *Enroller) ChangeContact(ctx context.Context, p access.Principal, id hub.ID, change ContactChange) (hub.Recipient, hub.ID, error) {
	d, err := access.Decide(p, access.RecipientChange, access.Object{Person: id})
	if err != nil {
		return hub.Recipient{}, hub.ID{}, err
	}
	edit, mobile, err := e.checkChange(p, id, change)
	if err != nil {
		return hub.Recipient{}, hub.ID{}, err
	}
	if err := e.store.Reaches(ctx, p, id); err != nil {
		return hub.Recipient{}, hub.ID{}, err
	}
	var challenge Challenge
	if d.Relation == access.Addressee && mobile != "" {
		if challenge, err = e.numberChallenge(ctx, id, mobile); err != nil {
			return hub.Recipient{}, hub.ID{}, err
		}
	} else if mobile != "" {
		edit.setMobile(e, mobile)
	}
	if edit.SetMobile || edit.SetEmail || edit.SetAddress || edit.TimeZone != "" {
		if err := e.store.ChangeContact(ctx, edit.ContactEdit); err != nil {
			return hub.Recipient{}, hub.ID{}, err
		}
	}
	r, err := e.Recipient(ctx, p, id)
	return r, challenge.ID, err
}

func (e *Enroller) checkChange(p access.Principal, id hub.ID, change ContactChange) (contactEdit, hub.Mobile, error) {
	var wrong hub.Problems
	var mobile hub.Mobile
	edit := e.contactEdit(id, p.ID)
	if change.Mobile != nil {
		mobile = checkMobile(&wrong, *change.Mobile)
	}
	if change.Email != nil {
		edit.setEmail(e, checkEmail(&wrong, *change.Email))
	}
	if change.Address != nil {
		edit.setAddress(e, checkAddress(&wrong, *change.Address))
	}
	if change.TimeZone != nil {
		edit.TimeZone = *change.TimeZone
		checkTimeZone(&wrong, edit.TimeZone)
	}
	return edit, mobile, wrong.Err()
}

// payload is what a challenge to change contact carries, sealed.
type payload struct {
	Mobile hub.Mobile `json:"mobile"`
}

func (e *Enroller) numberChallenge(ctx context.Context, person hub.ID, to hub.Mobile) (Challenge, error) {
	c := e.newChallenge(hub.PurposeContactChange, person, to)
	text, err := json.Marshal(payload{Mobile: to})
	if err != nil {
		return c, fmt.Errorf("payload: %w", err)
	}
	c.Payload = e.vault.Seal(text, "challenges.payload:"+c.ID.String())
	return c, e.issue(ctx, c, string(to))
}

// ConfirmContact takes the new number into use, once the person proved by the code that they hold it.
// Errors: unauthorized, alike for every way to fail.
func (e *Enroller) ConfirmContact(ctx context.Context, p access.Principal, challenge hub.ID, code string) (hub.Recipient, error) {
	if _, err := access.Decide(p, access.RecipientChange, access.Object{Person: p.PersonID()}); err != nil {
		return hub.Recipient{}, err
	}
	sealed, err := e.store.ContactPayload(ctx, challenge, p.PersonID())
	if err != nil {
		return hub.Recipient{}, err
	}
	spend := Spend{Challenge: challenge, Purpose: hub.PurposeContactChange, Person: p.PersonID()}
	if sealed != nil && e.right(challenge, hub.PurposeContactChange, code) {
		edit, err := e.confirmed(p, challenge, sealed)
		if err != nil {
			return hub.Recipient{}, err
		}
		spend.Right, spend.Contact = true, &edit
	}
	_, ok, err := e.store.Spend(ctx, spend, e.failed(p.PersonID(), "contact_code"))
	if err != nil {
		return hub.Recipient{}, err
	}
	if !ok {
		return hub.Recipient{}, errWrongCode
	}
	return e.Recipient(ctx, p, p.PersonID())
}

func (e *Enroller) confirmed(p access.Principal, challenge hub.ID, sealed []byte) (ContactEdit, error) {
	text, err := e.vault.Open(sealed, "challenges.payload:"+challenge.String())
	if err != nil {
		return ContactEdit{}, err
	}
	var to payload
	if err := json.Unmarshal(text, &to); err != nil {
		return ContactEdit{}, fmt.Errorf("payload of a challenge: %w", err)
	}
	edit := e.contactEdit(p.PersonID(), p.ID)
	edit.setMobile(e, to.Mobile)
	return edit.ContactEdit, nil
}

// ContactHistory lists a person's contacts, the one in force first, at most 200.
// Errors: not-found, forbidden, unauthorized.
func (e *Enroller) ContactHistory(ctx context.Context, p access.Principal, id hub.ID) ([]PastContact, error) {
	d, err := access.Decide(p, access.RecipientRead, access.Object{Person: id})
	if err != nil {
		return nil, err
	}
	kept, err := e.store.Contacts(ctx, p, id, historyLimit, e.look(p, d, access.RecipientRead, id))
	if err != nil {
		return nil, err
	}
	o := opener{vault: e.vault, owner: id.String()}
	history := make([]PastContact, len(kept))
	for i, c := range kept {
		history[i] = PastContact{Contact: o.contact(c), Until: c.Until, ChangedBy: c.ChangedBy}
	}
	return history, o.err
}

// contactEdit builds a ContactEdit, sealing as it goes.
type contactEdit struct{ ContactEdit }

func (e *Enroller) contactEdit(person, by hub.ID) contactEdit {
	return contactEdit{ContactEdit{ID: e.newID(), Person: person, ChangedBy: by}}
}

func (c *contactEdit) setMobile(e *Enroller, m hub.Mobile) {
	c.SetMobile = true
	c.Mobile = e.vault.SealText(string(m), "contacts.mobile:"+c.Person.String())
	c.MobileIndex = e.vault.Blind(vault.IndexMobile, string(m))
}

func (c *contactEdit) setEmail(e *Enroller, email string) {
	c.SetEmail, c.Email = true, e.vault.SealText(email, "contacts.email:"+c.Person.String())
}

func (c *contactEdit) setAddress(e *Enroller, address string) {
	c.SetAddress, c.Address = true, e.vault.SealText(address, "contacts.address:"+c.Person.String())
}
