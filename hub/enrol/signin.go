package enrol

import (
	"context"

	"eblagh/hub"
)

// BeginSignIn answers with a challenge whether or not there is such a person and whether or not the personal code is
// right, after the same work: one comparison of hashes, one challenge, and one row more, which is the text to send or
// the incident. Only a right personal code makes a challenge that can be met. Errors: overloaded, or a fault.
func (e *Enroller) BeginSignIn(ctx context.Context, nationalID, personalCode string) (hub.ID, error) {
	id, _, err := hub.ParsePersonID(nationalID)
	if err != nil {
		id = "" // nobody's
	}
	found, err := e.store.Credential(ctx, e.nationalIDIndex(id))
	if err != nil {
		return hub.ID{}, err
	}
	right, err := e.hasher.matches(ctx, e.vault.Pepper(found.Person, clean(personalCode)), found.PersonalCode)
	if err != nil {
		return hub.ID{}, err
	}
	c, failed := e.signInChallenge(found, right)
	sent, err := e.store.IssueCode(ctx, c, e.codes, codeSpan, failed)
	if err != nil {
		return hub.ID{}, err
	}
	if sent {
		e.wake()
	}
	return c.ID, nil
}

func (e *Enroller) signInChallenge(found Credential, right bool) (Challenge, hub.Incident) {
	// The number is opened and sealed in every case but for one that is not there.
	mobile, err := e.vault.OpenText(found.Mobile, "contacts.mobile:"+found.Person.String())
	switch {
	case err != nil:
		e.logger.Error("a mobile number does not open", "person", found.Person.String(), "error", err)
		return e.newChallenge(hub.PurposeSignIn, found.Person, ""), e.failed(found.Person, "contact_unreadable")
	case !right:
		return e.newChallenge(hub.PurposeSignIn, found.Person, ""), e.failed(found.Person, "personal_code")
	}
	return e.newChallenge(hub.PurposeSignIn, found.Person, hub.Mobile(mobile)), e.undelivered(found.Person)
}

// FinishSignIn uses the code up and says who signed in. A code works once, within two minutes and five tries, whatever
// races. Errors: unauthorized, alike for every way to fail.
func (e *Enroller) FinishSignIn(ctx context.Context, challenge hub.ID, code string) (hub.ID, error) {
	person, ok, err := e.store.Spend(ctx, Spend{Challenge: challenge, Purpose: hub.PurposeSignIn,
		Right: e.right(challenge, hub.PurposeSignIn, code)}, e.failed(hub.ID{}, "one_time_code"))
	if err != nil {
		return hub.ID{}, err
	}
	if !ok {
		return hub.ID{}, errWrongCode
	}
	return person, nil
}
