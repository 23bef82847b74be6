package enrol

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// agreeWithin is how long an easing waits for another person to agree.
const agreeWithin = 24 * time.Hour

// FourEyes tells which papers of an organisation wait for a second pair of eyes, and which easing waits for one. Errors:
// not-found, forbidden, unauthorized.
func (e *Enroller) FourEyes(ctx context.Context, p access.Principal, organisation hub.ID) (hub.FourEyes, error) {
	if _, err := access.Decide(p, access.FourEyesWrite, access.Object{Organisation: organisation}); err != nil {
		return hub.FourEyes{}, err
	}
	return e.store.FourEyes(ctx, p, organisation, agreeWithin)
}

// ChangeFourEyes says which papers of an organisation wait from now on. That more of them wait is in force at once. That
// fewer do takes two people, or one would do for sending after all: the first asks, another who may asks for the same
// within a day. It is refused while drafts wait, which somebody submitted so that they be checked. Errors: validation;
// wrong-state while drafts wait; not-found, forbidden, unauthorized.
func (e *Enroller) ChangeFourEyes(ctx context.Context, p access.Principal, c hub.FourEyesChange) (hub.FourEyes, error) {
	if _, err := access.Decide(p, access.FourEyesWrite, access.Object{Organisation: c.Organisation}); err != nil {
		return hub.FourEyes{}, err
	}
	var wrong hub.Problems
	if c.Keys && !c.People {
		wrong.Add("/keys", "people_first", "papers of systems wait only where those of people do")
	}
	if err := wrong.Err(); err != nil {
		return hub.FourEyes{}, err
	}
	c.ID, c.By = e.newID(), p.ID
	return e.store.ChangeFourEyes(ctx, p, c, agreeWithin)
}
