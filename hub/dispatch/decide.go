package dispatch

import (
	"context"
	"fmt"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Approval makes a draft a notice, in the transaction that takes the paper in.
type Approval struct {
	Draft     hub.ID // zero: nothing is approved
	By        hub.ID
	Author    hub.ID
	AuthorKey bool
	MadeAt    time.Time
	Request   []byte // of the author's call
}

// ReturningDraft is a draft on its way back to its author.
type ReturningDraft struct {
	Draft    hub.ID
	By       hub.ID
	ReasonCT []byte
	Life     time.Duration // that the author has
}

// Approve sends a waiting draft: it is judged again, by what is so now, and becomes a notice, once, whoever races. Its
// receipt A.1 is of this moment, names the approver as the actor, and in its details who made the paper. Who has approved
// it before is answered with its notice again. Errors: not-found for other organisations' and for who is its addressee;
// forbidden for its author; wrong-state when it does not wait any more; and everything that Submit refuses a paper for,
// in which case it goes on waiting.
func (d *Dispatcher) Approve(ctx context.Context, p access.Principal, id hub.ID) (Result, error) {
	draft, decision, err := d.undecided(ctx, p, id)
	if err != nil {
		return Result{}, err
	}
	if draft.State != hub.DraftWaiting {
		return d.approved(ctx, p, id)
	}
	paper, err := d.openDraft(draft)
	if err != nil {
		return Result{}, err
	}
	s := &submission{d: d, submitter: draft.Submitter, actor: p.ActorUnder(decision), approves: Approval{Draft: id, By: p.ID,
		Author: draft.Author, AuthorKey: draft.AuthorKey, MadeAt: draft.CreatedAt, Request: draft.Request}}
	if !draft.Corrects.IsZero() {
		if s.corrects, err = d.store.Correctable(ctx, p, draft.Corrects); err != nil {
			return Result{}, fmt.Errorf("approve: %w", err)
		}
	}
	s.check([]Paper{paper}, decision.Role, nil)
	result, err := s.takeOne(ctx)
	switch hub.CodeOf(err) {
	case hub.CodeWrongState, hub.CodeDuplicateReference:
		// Perhaps because somebody was faster. If the draft waits still, it is for the reason that was found.
		if again, other := d.approved(ctx, p, id); other == nil || hub.CodeOf(other) == hub.CodeWrongState {
			return again, other
		}
	}
	return result, err
}

// approved answers who has approved a draft with the notice that it became. Errors: wrong-state when it was decided
// otherwise; not-found, never told, while it waits.
func (d *Dispatcher) approved(ctx context.Context, p access.Principal, id hub.ID) (Result, error) {
	draft, err := d.store.Draft(ctx, p, id)
	switch {
	case err != nil:
		return Result{}, fmt.Errorf("draft: %w", err)
	case draft.State == hub.DraftApproved && draft.DecidedBy == p.ID:
		return Result{Notice: hub.Notice{ID: draft.Notice}, Replayed: true}, nil
	case draft.State == hub.DraftWaiting:
		return Result{}, hub.ErrNotFound
	}
	return Result{}, errDecided
}

var errDecided = hub.Refuse(hub.CodeWrongState, "this draft does not wait any more")

// undecided finds a draft that the principal may decide on.
func (d *Dispatcher) undecided(ctx context.Context, p access.Principal, id hub.ID) (SealedDraft, access.Decision, error) {
	if _, err := access.May(p, access.DraftDecide); err != nil {
		return SealedDraft{}, access.Decision{}, err
	}
	draft, err := d.store.Draft(ctx, p, id)
	if err != nil {
		return SealedDraft{}, access.Decision{}, fmt.Errorf("draft: %w", err)
	}
	about := access.Object{Organisation: draft.Submitter, Author: draft.Author, Restricted: draft.Restricted, Assigned: draft.Assigned}
	decision, err := access.Decide(p, access.DraftDecide, about)
	if _, reads := access.Decide(p, access.DraftRead, about); err != nil && reads == nil && draft.Author == p.ID {
		return draft, decision, hub.Refuse(hub.CodeForbidden, "another person decides on what you made")
	}
	if err == nil && draft.Recipient == p.PersonID() {
		err = hub.ErrNotFound // nobody reads a paper before it has arrived by working here
	}
	if err == nil {
		err = d.store.Decides(ctx, p, id)
	}
	return draft, decision, err
}

// ReturnDraft gives a waiting draft back to its author, who may submit another in its place. Errors: as Approve's, and
// validation.
func (d *Dispatcher) ReturnDraft(ctx context.Context, p access.Principal, id hub.ID, reason string) error {
	if _, _, err := d.undecided(ctx, p, id); err != nil {
		return err
	}
	var problems hub.Problems
	checkReason(&problems, reason)
	if err := problems.Err(); err != nil {
		return err
	}
	err := d.store.ReturnDraft(ctx, ReturningDraft{Draft: id, By: p.ID, Life: draftLife,
		ReasonCT: d.vault.SealText(reason, "drafts.reason:"+id.String())})
	if err != nil {
		return fmt.Errorf("return a draft: %w", err)
	}
	return nil
}

// own finds a draft that the principal made.
func (d *Dispatcher) own(ctx context.Context, p access.Principal, id hub.ID) (SealedDraft, access.Decision, error) {
	if _, err := access.May(p, access.DraftChange); err != nil {
		return SealedDraft{}, access.Decision{}, err
	}
	draft, err := d.store.Draft(ctx, p, id)
	if err != nil {
		return SealedDraft{}, access.Decision{}, fmt.Errorf("draft: %w", err)
	}
	decision, err := access.Decide(p, access.DraftChange, access.Object{Organisation: draft.Submitter, Author: draft.Author})
	if err == nil {
		err = d.store.Made(ctx, p, id)
	}
	return draft, decision, err
}

// WithdrawDraft ends a draft of one's own that waits or was returned; its paper is erased. Errors: not-found for others';
// wrong-state when it was decided or has expired.
func (d *Dispatcher) WithdrawDraft(ctx context.Context, p access.Principal, id hub.ID) error {
	if _, _, err := d.own(ctx, p, id); err != nil {
		return err
	}
	if err := d.store.WithdrawDraft(ctx, id); err != nil {
		return fmt.Errorf("withdraw a draft: %w", err)
	}
	return nil
}

// Resubmit submits a paper in the place of a returned draft of one's own. It waits again, whatever the organisation wants
// by now: what somebody returned is not sent without somebody's eyes. request is as in Submit. Errors: not-found for
// others'; wrong-state when it was not returned, or was replaced already; and everything that Submit refuses a paper for.
func (d *Dispatcher) Resubmit(ctx context.Context, p access.Principal, id hub.ID, paper Paper, request []byte) (Result, error) {
	draft, decision, err := d.own(ctx, p, id)
	if err != nil {
		return Result{}, err
	}
	s := &submission{d: d, submitter: draft.Submitter, actor: p.ActorUnder(decision), replaces: id}
	if !draft.Corrects.IsZero() {
		if s.corrects, err = d.store.Correctable(ctx, p, draft.Corrects); err != nil {
			return Result{}, fmt.Errorf("resubmit: %w", err)
		}
	}
	s.check([]Paper{paper}, decision.Role, request)
	return s.takeOne(ctx)
}

// takeOne takes in the one paper that was checked.
func (s *submission) takeOne(ctx context.Context) (Result, error) {
	results, err := s.take(ctx)
	if err != nil {
		return Result{}, err
	}
	if results[0].Err != nil {
		return Result{}, results[0].Err
	}
	return results[0], nil
}
