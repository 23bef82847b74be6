package ladder

import (
	"context"
	"fmt"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Take gives a task to the officer who asks. Taking it again is the same. Errors: forbidden for who is no officer;
// not-found for tasks of other branches, and for a paper to the officer themselves; wrong-state when another one has it.
func (l *Ladder) Take(ctx context.Context, p access.Principal, task hub.ID) error {
	if _, _, err := l.mine(ctx, p, task); err != nil {
		return err
	}
	if err := l.store.Take(ctx, task, p.PersonID()); err != nil {
		return fmt.Errorf("take: %w", err)
	}
	return nil
}

// Fetch records that the officer who carries a paper fetches a part of it to print: its text (zero), or a document. It is
// D.6 and never the addressee's look. What is not recorded is not shown: call it before reading. Errors: as Take's.
func (l *Ladder) Fetch(ctx context.Context, p access.Principal, task, document hub.ID) error {
	t, d, err := l.mine(ctx, p, task)
	if err != nil {
		return err
	}
	if t.State != hub.TaskTaken || t.TakenBy != p.PersonID() {
		return hub.Refuse(hub.CodeWrongState, "take this task first: only who carries a paper gets it")
	}
	err = l.store.Fetch(ctx, Fetching{Task: task, Document: document, Receipt: l.newID(), Actor: p.ActorUnder(d)})
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	return nil
}

// mine finds a task and decides whether it is the officer's business.
func (l *Ladder) mine(ctx context.Context, p access.Principal, task hub.ID) (Tasked, access.Decision, error) {
	if _, err := access.May(p, access.TaskWork); err != nil {
		return Tasked{}, access.Decision{}, err
	}
	t, err := l.store.Tasked(ctx, p, task)
	if err != nil {
		return Tasked{}, access.Decision{}, fmt.Errorf("officer's task: %w", err)
	}
	d, err := access.Decide(p, access.TaskWork, access.Object{Organisation: t.Organisation})
	switch {
	case err != nil:
	case t.Recipient == p.PersonID():
		err = hub.ErrNotFound // nobody serves a paper on themselves, nor learns of it so before they open it
	case t.ActsFor:
		err = hub.Refuse(hub.CodeForbidden, "nobody carries a paper to somebody they act for")
	}
	return t, d, err
}
