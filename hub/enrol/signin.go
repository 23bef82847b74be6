package enrol

import (
	"context"

	"eblagh/hub"
)

// SignedIn is how far signing in has come: Person is signed in, or Challenge asks for the Factor as well.
type SignedIn struct {
	Person    hub.ID
	Proof     hub.ID // the challenge by which Person is signed in: what a session stands on
	Proved    hub.ID // who proved the first factor, and is not signed in yet
	Factor    hub.Factor
	Challenge hub.ID // zero: done
}

// BeginSignIn answers with a challenge whether or not there is such a person and whether or not the personal code is
// right, after the same work: one try counted, one comparison of hashes, one challenge, and one row more, which is the
// text to send or the incident. Only a right personal code makes a challenge that can be met. Errors: rate-limited,
// alike for everybody; overloaded, or a fault.
func (e *Enroller) BeginSignIn(ctx context.Context, nationalID, personalCode string, from Origin) (hub.ID, error) {
	id, _, err := hub.ParsePersonID(nationalID)
	if err != nil {
		id = "" // nobody's
	}
	subject := e.triedIndex(id)
	found, err := e.store.Credential(ctx, e.nationalIDIndex(id), from.Device)
	if err != nil {
		return hub.ID{}, err
	}
	if err := e.admit(ctx, e.tries(subject, from, found.Known)); err != nil {
		return hub.ID{}, err
	}
	right, err := e.hasher.matches(ctx, e.vault.Pepper(found.Person, clean(personalCode)), found.PersonalCode)
	if err != nil {
		return hub.ID{}, err
	}
	c, failed := e.signInChallenge(&found, right)
	c.Subject = subject
	c.Charges = e.texts(c, found.number, from, found.Known)
	sent, err := e.store.IssueCode(ctx, c, failed)
	if err != nil {
		return hub.ID{}, err
	}
	if sent {
		e.wake()
	}
	return c.ID, nil
}

func (e *Enroller) signInChallenge(found *Credential, right bool) (Challenge, hub.Incident) {
	// The number is opened and sealed in every case but for one that is not there.
	mobile, err := e.vault.OpenText(found.Mobile, "contacts.mobile:"+found.Person.String())
	found.number = mobile
	switch {
	case err != nil:
		e.logger.Error("a mobile number does not open", "person", found.Person.String(), "error", err)
		return e.newChallenge(hub.PurposeSignIn, found.Person, ""), e.failed(found.Person, "contact_unreadable")
	case !right:
		return e.newChallenge(hub.PurposeSignIn, found.Person, ""), e.failed(found.Person, "personal_code")
	}
	return e.newChallenge(hub.PurposeSignIn, found.Person, hub.Mobile(mobile)), e.undelivered(found.Person)
}

// FinishSignIn uses a code up and says who signed in, or that a second factor is asked for by a challenge of its own,
// which is met in the same way. A code works once, within two minutes and five tries, whatever races.
// Errors: unauthorized, alike for every way to fail; rate-limited.
func (e *Enroller) FinishSignIn(ctx context.Context, challenge hub.ID, code string, from Origin) (SignedIn, error) {
	asked, err := e.store.Asked(ctx, challenge, from.Device)
	if err != nil {
		return SignedIn{}, err
	}
	charges := e.tries(asked.Subject, from, asked.Known)
	if err := e.admit(ctx, charges); err != nil {
		return SignedIn{}, err
	}
	spend := Spend{Challenge: challenge, Purpose: hub.PurposeSignIn, Right: e.right(challenge, hub.PurposeSignIn, code)}
	failed := e.failed(asked.Person, "one_time_code")
	if asked.Purpose == hub.PurposeSecondFactor {
		if spend, err = e.spendThird(ctx, challenge, asked, code); err != nil {
			return SignedIn{}, err
		}
		failed.Reason = "second_factor"
	}
	person, ok, err := e.store.Spend(ctx, spend, failed)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok {
		return SignedIn{}, errWrongCode
	}
	if asked.Purpose == hub.PurposeSecondFactor {
		return SignedIn{Person: person, Proof: challenge, Factor: hub.FactorTOTP}, e.store.SignedIn(ctx, person, from.Device, charges.all(), 3)
	}
	return e.askFactor(ctx, challenge, asked, from, charges)
}

// askFactor ends signing in, of which a challenge was met, for those without a second factor, and asks the others for theirs.
func (e *Enroller) askFactor(ctx context.Context, met hub.ID, asked Asked, from Origin, charges Try) (SignedIn, error) {
	factor, err := e.store.SecondFactor(ctx, asked.Person)
	if err != nil {
		return SignedIn{}, err
	}
	if factor.ConfirmedAt.IsZero() {
		return SignedIn{Person: asked.Person, Proof: met}, e.store.SignedIn(ctx, asked.Person, from.Device, charges.all(), 2)
	}
	c := Challenge{ID: e.newID(), Purpose: hub.PurposeSecondFactor, Person: asked.Person, Subject: asked.Subject, PassedFirst: true,
		After: met}
	if err := e.store.AddChallenge(ctx, c); err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Proved: asked.Person, Factor: hub.FactorTOTP, Challenge: c.ID}, nil
}
