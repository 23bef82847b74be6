package enrol

import (
	"context"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
)

// NewRecovery is what an office hands over to give somebody a personal code anew.
type NewRecovery struct {
	Proof  hub.Proof
	Mobile string // another number from now on; empty: as it was
}

// Recovery is a personal code on its way to being chosen anew.
type Recovery struct {
	ID      hub.ID
	Person  hub.ID
	Office  hub.ID // zero for admins
	Clerk   hub.ID
	Proof   hub.Proof
	Contact *ContactEdit // the contact to begin with; nil: as it was
	Code    Challenge
	Told    []Challenge
}

// Recover lets somebody choose another personal code, after proof of identity at an office. The former code, every
// session, every code on its way and every known device end at once; the second factor stays. The person gets a code
// like the one to activate with, and is told at the number before and at the number from now on.
// Errors: validation; wrong-state for who has never activated; rate-limited; not-found; forbidden, also for oneself;
// unauthorized.
func (e *Enroller) Recover(ctx context.Context, p access.Principal, id hub.ID, n NewRecovery) error {
	d, err := access.Decide(p, access.RecipientEnrol, access.Object{Person: id})
	if err != nil {
		return err
	}
	if p.PersonID() == id {
		return hub.Refuse(hub.CodeForbidden, "a colleague has to do this for you")
	}
	var wrong hub.Problems
	if !slices.Contains(hub.Proofs, n.Proof) {
		wrong.Add("/proof", "unknown", "say by which document you know the person")
	}
	next := hub.Mobile("")
	if n.Mobile != "" {
		next = checkMobile(&wrong, n.Mobile)
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	kept, err := e.store.Person(ctx, p, id, e.look(p, d, access.RecipientEnrol, id))
	if err != nil {
		return err
	}
	if kept.ActivatedAt.IsZero() {
		return hub.Refuse(hub.CodeWrongState, "this person has not activated the account: send the activation code")
	}
	r := Recovery{ID: e.newID(), Person: id, Office: d.Organisation, Clerk: p.ID, Proof: n.Proof}
	if err := e.addressRecovery(ctx, &r, next); err != nil {
		return err
	}
	if err := e.store.BeginRecovery(ctx, r); err != nil {
		return err
	}
	e.wake()
	e.ended(id)
	return nil
}

// addressRecovery says where its texts go: the code to the number from now on, the news to that and the one before.
func (e *Enroller) addressRecovery(ctx context.Context, r *Recovery, next hub.Mobile) error {
	before, err := e.numberOf(ctx, r.Person)
	if err != nil {
		return err
	}
	after := before
	if next != "" && next != before {
		edit := e.contactEdit(r.Person, r.Clerk)
		edit.setMobile(e, next)
		r.Contact, after = &edit.ContactEdit, next
		r.Told = append(r.Told, e.telling(hub.PurposeRecoveryBegun, r.Person, after))
	}
	r.Told = append(r.Told, e.telling(hub.PurposeRecoveryBegun, r.Person, before))
	r.Code = e.newChallenge(hub.PurposeRecovery, r.Person, after)
	r.Code.Charges = e.texts(r.Code, string(after), Origin{}, false)
	return nil
}
