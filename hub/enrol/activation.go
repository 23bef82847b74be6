package enrol

import (
	"cmp"
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// SendActivation sends a new code to activate the account with; the former one is not valid any more.
// Errors: wrong-state when the account is active; not-found; rate-limited; forbidden; unauthorized.
func (e *Enroller) SendActivation(ctx context.Context, p access.Principal, id hub.ID) error {
	d, err := access.Decide(p, access.RecipientEnrol, access.Object{Person: id})
	if err != nil {
		return err
	}
	kept, err := e.store.Person(ctx, p, id, e.look(p, d, access.RecipientEnrol, id))
	if err != nil {
		return err
	}
	if !kept.ActivatedAt.IsZero() {
		return hub.Refuse(hub.CodeWrongState, "this person has activated the account already")
	}
	person, err := e.recipient(kept)
	if err != nil {
		return err
	}
	return e.issue(ctx, e.newChallenge(hub.PurposeActivation, id, person.Contact.Mobile), string(person.Contact.Mobile))
}

// Activate redeems the code that came by SMS for a personal code of one's own: ten digits, not guessable. From then on
// the person is enrolled and has an inbox. Whom an office gave a code anew chooses another personal code by the same way.
// Errors: validation; rate-limited; unauthorized, alike for a wrong code, a used one, and a person who is not there.
func (e *Enroller) Activate(ctx context.Context, nationalID, activationCode, personalCode string, from Origin) error {
	var wrong hub.Problems
	id, _, err := hub.ParsePersonID(nationalID)
	if err != nil {
		wrong.Add("/national_id", "national-id", "this is not a valid national or legal-entity id")
	}
	personalCode = checkPersonalCode(&wrong, personalCode, id)
	if err := wrong.Err(); err != nil {
		return err
	}
	if err := e.admit(ctx, e.activations(e.triedIndex(id), from)); err != nil {
		return err
	}
	found, err := e.store.ActivationCode(ctx, e.nationalIDIndex(id))
	if err != nil {
		return err
	}
	purpose := cmp.Or(found.Purpose, hub.PurposeActivation)
	right := e.right(found.Challenge, purpose, activationCode) && !found.Challenge.IsZero()
	if right {
		if err := e.checkNotMobile(found, personalCode); err != nil {
			return err // the code stays valid: the person may choose again
		}
	}
	// Hashed in every case, so that the time tells nothing.
	hash, err := e.hasher.hash(ctx, e.vault.Pepper(found.Person, personalCode))
	if err != nil {
		return err
	}
	told, err := e.tell(ctx, hub.PurposeRecoveryDone, found.Person)
	if err != nil {
		return err
	}
	_, ok, err := e.store.Spend(ctx, Spend{Challenge: found.Challenge, Purpose: purpose, Right: right, Activate: hash,
		Told: told}, e.failed(found.Person, "activation_code"))
	if err != nil {
		return err
	}
	if !ok {
		return errWrongCode
	}
	e.wake()
	e.ended(found.Person)
	return e.store.Refund(ctx, e.activations(e.triedIndex(id), from).all(), 1)
}

func (e *Enroller) checkNotMobile(found ActivationCode, personalCode string) error {
	mobile, err := e.vault.OpenText(found.Mobile, "contacts.mobile:"+found.Person.String())
	if err != nil {
		return err
	}
	var wrong hub.Problems
	if mobile == "+98"+personalCode {
		addWeak(&wrong)
	}
	return wrong.Err()
}
