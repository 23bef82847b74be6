package enrol

import (
	"context"

	"eblagh/hub"
)

// Bound is whose identity a subject is.
type Bound struct {
	Person hub.ID
	Known  bool // the person has signed in from the device before
}

var errNotOutside = hub.Refuse(hub.CodeUnauthorized, "this sign-in is not possible")

// SignInOutside takes the word of the identity provider in the place of the personal code and the code by SMS, and asks
// for the second factor, which staff give in any case. The person is found by the identity bound to them and by nothing
// else. Who has no second factor yet signs in as everybody does and sets one up: who holds no more than an account at the
// provider must not choose it. Errors: unauthorized, alike for whoever may not, after the same work; rate-limited.
func (e *Enroller) SignInOutside(ctx context.Context, issuer, subject string, from Origin) (SignedIn, error) {
	key := e.subjectKey(issuer, subject)
	found, err := e.store.Bound(ctx, key, from.Device)
	if err != nil {
		return SignedIn{}, err
	}
	if err := e.admit(ctx, twice(e.tries(key, from, found.Known))); err != nil {
		return SignedIn{}, err
	}
	ready, err := e.readyOutside(ctx, found.Person)
	if err != nil {
		return SignedIn{}, err
	}
	c := Challenge{ID: e.newID(), Purpose: hub.PurposeSecondFactor, Person: found.Person, Subject: key, PassedFirst: true}
	if ready {
		if ready, err = e.store.AskBound(ctx, c, key); err != nil {
			return SignedIn{}, err
		}
	}
	if !ready {
		if err := e.store.AddIncident(ctx, e.failed(found.Person, "outside")); err != nil {
			return SignedIn{}, err
		}
		return SignedIn{}, errNotOutside
	}
	return SignedIn{Proved: found.Person, Factor: hub.FactorTOTP, Challenge: c.ID}, nil
}

// readyOutside tells whether a person is staff now and has a second factor in use.
func (e *Enroller) readyOutside(ctx context.Context, person hub.ID) (bool, error) {
	p, err := e.PersonPrincipal(ctx, person)
	if err != nil && hub.CodeOf(err) != hub.CodeUnauthorized {
		return false, err
	}
	factor, err := e.store.SecondFactor(ctx, person)
	return p.Staff() && !factor.ConfirmedAt.IsZero(), err
}

// spendThird makes the Spend of the last step. Who was let in to it by the identity provider has to be staff still.
func (e *Enroller) spendThird(ctx context.Context, challenge hub.ID, asked Asked, code string) (Spend, error) {
	spend, err := e.spendFactor(ctx, challenge, hub.PurposeSecondFactor, asked.Person, code)
	if err != nil || !spend.Right {
		return spend, err
	}
	found, err := e.store.Bound(ctx, asked.Subject, hub.ID{})
	if err == nil && !found.Person.IsZero() {
		spend.Right, err = e.readyOutside(ctx, asked.Person)
	}
	return spend, err
}

// twice counts one step as two, for it stands for the first two of three.
func twice(t Try) Try {
	for _, charges := range [][]Charge{t.Each, t.Sums, t.Narrow} {
		for i := range charges {
			charges[i].Step *= 2
		}
	}
	return t
}
