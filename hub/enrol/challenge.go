package enrol

import (
	"context"
	"crypto/subtle"

	"eblagh/hub"
)

// newChallenge makes a challenge whose code goes to the mobile; without a mobile nothing is sent.
func (e *Enroller) newChallenge(purpose hub.Purpose, person hub.ID, to hub.Mobile) Challenge {
	c := Challenge{ID: e.newID(), Purpose: purpose, Person: person}
	if to != "" {
		c.PassedFirst = true
		c.Delivery = e.newID()
		c.Mobile = e.vault.SealText(string(to), "challenges.mobile:"+c.ID.String())
	}
	return c
}

// right compares in constant time what somebody typed with the code of a challenge.
func (e *Enroller) right(challenge hub.ID, purpose hub.Purpose, typed string) bool {
	want := e.vault.Code(challenge, purpose.Digits())
	return subtle.ConstantTimeCompare([]byte(want), []byte(clean(typed))) == 1
}

// issue keeps a challenge and lets its code leave at once to a number. Errors: rate-limited.
func (e *Enroller) issue(ctx context.Context, c Challenge, number string) error {
	c.Charges = e.texts(c, number, Origin{}, false)
	sent, err := e.store.IssueCode(ctx, c, e.undelivered(c.Person))
	if err != nil {
		return err
	}
	if !sent {
		return errCodes()
	}
	e.wake()
	return nil
}

// undelivered is the incident of a code that was asked for and not sent.
func (e *Enroller) undelivered(person hub.ID) hub.Incident {
	return hub.Incident{ID: e.newID(), Kind: hub.IncidentCodeUndelivered, Person: person, Reason: "too_many_codes"}
}

func (e *Enroller) failed(person hub.ID, reason string) hub.Incident {
	return hub.Incident{ID: e.newID(), Kind: hub.IncidentFailedSignIn, Person: person, Reason: reason}
}

var errWrongCode = hub.Refuse(hub.CodeUnauthorized, "the code is not right, or it is not valid any more")
