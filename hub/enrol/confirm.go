package enrol

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// BeginConfirm lets who is signed in prove again who they are: by a code that goes to their number, or by their second
// factor. Errors: rate-limited, unauthorized.
func (e *Enroller) BeginConfirm(ctx context.Context, p access.Principal) (hub.ID, hub.Factor, error) {
	person := p.PersonID()
	if person.IsZero() {
		return hub.ID{}, "", errPeopleOnly
	}
	factor, err := e.store.SecondFactor(ctx, person)
	if err != nil {
		return hub.ID{}, "", err
	}
	if !factor.ConfirmedAt.IsZero() {
		c := Challenge{ID: e.newID(), Purpose: hub.PurposeConfirm, Person: person, PassedFirst: true}
		return c.ID, hub.FactorTOTP, e.store.AddChallenge(ctx, c)
	}
	mobile, err := e.numberOf(ctx, person)
	if err != nil {
		return hub.ID{}, "", err
	}
	c := e.newChallenge(hub.PurposeConfirm, person, mobile)
	return c.ID, hub.FactorNone, e.issue(ctx, c, string(mobile))
}

// FinishConfirm uses the code up. Errors: unauthorized, alike for every way to fail, another's challenge included;
// rate-limited.
func (e *Enroller) FinishConfirm(ctx context.Context, p access.Principal, challenge hub.ID, code string) error {
	person := p.PersonID()
	if person.IsZero() {
		return errPeopleOnly
	}
	if err := e.admit(ctx, e.proofs(person)); err != nil {
		return err
	}
	factor, err := e.store.SecondFactor(ctx, person)
	if err != nil {
		return err
	}
	spend := Spend{Challenge: challenge, Purpose: hub.PurposeConfirm, Person: person, Right: e.right(challenge, hub.PurposeConfirm, code)}
	if !factor.ConfirmedAt.IsZero() {
		if spend, err = e.spendFactor(ctx, challenge, hub.PurposeConfirm, person, code); err != nil {
			return err
		}
	}
	_, ok, err := e.store.Spend(ctx, spend, e.failed(person, "confirmation"))
	if err != nil {
		return err
	}
	if !ok {
		return errWrongCode
	}
	return e.store.Refund(ctx, e.proofs(person).all(), 1)
}

// ProvePersonalCode compares the personal code of who is signed in, for whom the phone proves too little because
// others hold it as well. Errors: unauthorized when it is wrong; rate-limited.
func (e *Enroller) ProvePersonalCode(ctx context.Context, p access.Principal, personalCode string) error {
	person := p.PersonID()
	if person.IsZero() {
		return errPeopleOnly
	}
	if err := e.admit(ctx, e.proofs(person)); err != nil {
		return err
	}
	hash, err := e.store.PersonalCode(ctx, person)
	if err != nil {
		return err
	}
	right, err := e.hasher.matches(ctx, e.vault.Pepper(person, clean(personalCode)), hash)
	if err != nil {
		return err
	}
	if !right {
		if err := e.store.AddIncident(ctx, e.failed(person, "personal_code")); err != nil {
			return err
		}
		return errWrongCode
	}
	return e.store.Refund(ctx, e.proofs(person).all(), 1)
}

// numberOf opens the number of the contact in force.
func (e *Enroller) numberOf(ctx context.Context, person hub.ID) (hub.Mobile, error) {
	sealed, err := e.store.Number(ctx, person)
	if err != nil {
		return "", err
	}
	mobile, err := e.vault.OpenText(sealed, "contacts.mobile:"+person.String())
	return hub.Mobile(mobile), err
}

// tell makes the challenge whose text tells a person something, at the number in force. It can never be met. Nothing
// is sent to who has no number.
func (e *Enroller) tell(ctx context.Context, purpose hub.Purpose, person hub.ID) (Challenge, error) {
	mobile, err := e.numberOf(ctx, person)
	return e.telling(purpose, person, mobile), err
}

func (e *Enroller) telling(purpose hub.Purpose, person hub.ID, to hub.Mobile) Challenge {
	c := e.newChallenge(purpose, person, to)
	c.PassedFirst = false
	return c
}
