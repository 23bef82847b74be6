package enrol

import (
	"context"
	"slices"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// NewAttorney is a power of attorney as an office or a court registers it.
type NewAttorney struct {
	Case     hub.ID
	Lawyer   hub.ID
	Client   hub.ID
	Scope    hub.AttorneyScope
	From     time.Time       // zero: from now on
	Until    time.Time       // zero: open
	Replaces hub.ID          // a power of attorney of the same client in this case, which ends with it; zero: none
	Reason   hub.AttorneyEnd // why that one ends
}

// Handover is a NewAttorney as the store writes it, with the ids of its receipts.
type Handover struct {
	hub.Attorney
	Reason  hub.AttorneyEnd // of what it replaces
	Actor   hub.Actor
	Receipt hub.ID // of the registration
	Ended   hub.ID // of the end of what it replaces
}

// Ending is the end of a power of attorney.
type Ending struct {
	Attorney hub.ID
	Case     hub.ID
	Reason   hub.AttorneyEnd
	Actor    hub.Actor
	Receipt  hub.ID
}

// RegisterAttorney makes a lawyer counsel of a client in a case. Who takes over from another is registered and the other
// ended in one step. Errors: validation with every field at once; wrong-state when the lawyer is counsel there already;
// not-found for a case that is not the caller's organisation's; forbidden; unauthorized.
func (e *Enroller) RegisterAttorney(ctx context.Context, p access.Principal, n NewAttorney) (hub.Attorney, error) {
	d, err := e.decideOnCase(ctx, p, n.Case)
	if err != nil {
		return hub.Attorney{}, err
	}
	if err := n.check(e.clock()); err != nil {
		return hub.Attorney{}, err
	}
	return e.store.AddAttorney(ctx, Handover{
		Attorney: hub.Attorney{ID: e.newID(), Case: n.Case, Lawyer: n.Lawyer, Client: n.Client, Scope: n.Scope, From: n.From,
			Until: n.Until, Organisation: d.Organisation, RegisteredBy: p.ID, Replaces: n.Replaces},
		Reason: n.Reason, Actor: p.ActorUnder(d), Receipt: e.newID(), Ended: e.newID(),
	})
}

// EndAttorney ends a power of attorney: from this moment the lawyer sees no more of the client's papers. What the client
// opened stays theirs to read. Errors: validation; not-found for one that is not of this case, or ended already;
// forbidden; unauthorized.
func (e *Enroller) EndAttorney(ctx context.Context, p access.Principal, matter, attorney hub.ID, reason hub.AttorneyEnd) error {
	d, err := e.decideOnCase(ctx, p, matter)
	if err != nil {
		return err
	}
	if !slices.Contains(hub.AttorneyEnds, reason) {
		var wrong hub.Problems
		wrong.Add("/reason", "unknown", "this is none of the reasons for an end")
		return wrong.Err()
	}
	return e.store.EndAttorney(ctx, Ending{Attorney: attorney, Case: matter, Reason: reason, Actor: p.ActorUnder(d),
		Receipt: e.newID()})
}

// longestReference bounds what a lawyer can call a case.
const longestReference = 100

// NoteReference keeps what a lawyer calls the case of a power of attorney that they hold or held, to find it by; "" takes
// it away. Nobody else sees it. Errors: validation; not-found; forbidden; unauthorized.
func (e *Enroller) NoteReference(ctx context.Context, p access.Principal, attorney hub.ID, reference string) error {
	if _, err := access.Decide(p, access.AttorneyHold, access.Object{Person: p.PersonID()}); err != nil {
		return err
	}
	var wrong hub.Problems
	reference = checkText(&wrong, "/reference", reference, longestReference, false)
	if err := wrong.Err(); err != nil {
		return err
	}
	sealed := e.vault.SealText(reference, "attorney_references.reference:"+attorney.String())
	return e.store.NoteReference(ctx, attorney, p.ID, sealed)
}

// decideOnCase finds the organisation of the principal by which a case is theirs to register powers of attorney in.
func (e *Enroller) decideOnCase(ctx context.Context, p access.Principal, matter hub.ID) (access.Decision, error) {
	if _, err := access.May(p, access.AttorneyWrite); err != nil {
		return access.Decision{}, err
	}
	organisations, err := e.store.CaseOrganisations(ctx, p, matter)
	if err != nil {
		return access.Decision{}, err
	}
	for _, id := range organisations {
		if d, err := access.Decide(p, access.AttorneyWrite, access.Object{Organisation: id}); err == nil {
			return d, nil
		}
	}
	return access.Decision{}, hub.ErrNotFound
}

func (n NewAttorney) check(now time.Time) error {
	var wrong hub.Problems
	required := func(pointer string, id hub.ID) {
		if id.IsZero() {
			wrong.Add(pointer, "required", "this is needed")
		}
	}
	required("/lawyer_id", n.Lawyer)
	required("/client_id", n.Client)
	if n.Lawyer == n.Client && !n.Lawyer.IsZero() {
		wrong.Add("/client_id", "same", "nobody is counsel of themselves")
	}
	if !n.Scope.Valid() {
		wrong.Add("/scope", "unknown", "service, read or full")
	}
	switch {
	case n.Until.IsZero():
	case !n.Until.After(n.From):
		wrong.Add("/until", "order", "until comes after from")
	case !n.Until.After(now):
		wrong.Add("/until", "past", "this time is over")
	}
	switch replaces := !n.Replaces.IsZero(); {
	case replaces && !slices.Contains(hub.AttorneyEnds, n.Reason):
		wrong.Add("/reason", "required", "say why the power of attorney that is replaced ends")
	case !replaces && n.Reason != "":
		wrong.Add("/reason", "not-allowed", "this says why another power of attorney ends")
	}
	return wrong.Err()
}
