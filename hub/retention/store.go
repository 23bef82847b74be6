package retention

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Quiet is a document whose papers all are in cases of one kind in which nothing has come in for a time.
type Quiet struct {
	Case     hub.ID
	Document hub.ID
}

// Assignee is somebody who works on a restricted case.
type Assignee struct {
	Person     hub.ID
	AssignedBy hub.ID
	AssignedAt time.Time
}

// Store keeps holds, and finds and erases what is over. All methods are safe for concurrent use, by several processes.
type Store interface {
	// CaseFor gives what the principal must stand in a relation to: the case, for its branch's clerks and judges as far as
	// they may see it. Errors: not-found.
	CaseFor(ctx context.Context, p access.Principal, id hub.ID) (access.Object, error)
	// Assign errors: validation when the person holds no role at the case's branch or an office of its papers.
	Assign(ctx context.Context, matter, person, by hub.ID) error
	// Unassign errors: not-found when the person is not assigned.
	Unassign(ctx context.Context, matter, person hub.ID) error
	Assignees(ctx context.Context, p access.Principal, matter hub.ID, limit int) ([]Assignee, error)
	// Classify says of which kind a case is. Errors: wrong-state when
	// another kind was said before, unless Anew; not-found for who says it anew and is no judge of the branch.
	Classify(ctx context.Context, p access.Principal, c Classification) error
	// PlaceHold waits for an erasure that is under way in the case. Errors: validation when the notice is none of the case.
	PlaceHold(ctx context.Context, h Hold) (Hold, error)
	// LiftHold errors: not-found, also for who is no judge of the branch; wrong-state when it was lifted before.
	LiftHold(ctx context.Context, p access.Principal, matter, hold hub.ID) error
	// LegalHolds lists those of a case, newest first, lifted ones too.
	LegalHolds(ctx context.Context, p access.Principal, matter hub.ID, limit int) ([]Hold, error)

	// QuietDocuments finds documents with bytes whose papers all are in cases of the kind in which nothing came in since
	// before, which nobody holds, and that no officer carries: of at most limit cases after one. last is the case to go on
	// after, zero at the end.
	QuietDocuments(ctx context.Context, kind string, before time.Time, after hub.ID, limit int) (found []Quiet, last hub.ID, err error)
	// ForgetContacts empties contacts that were replaced before a moment, and that no officer needs; in at most limit rows.
	ForgetContacts(ctx context.Context, before time.Time, limit int) (int, error)
	// ForgetCodes empties codes that could be met last before a moment; in at most limit rows.
	ForgetCodes(ctx context.Context, before time.Time, limit int) (int, error)
}

// Eraser deletes a document's bytes for good. *document.Intake implements it through a closure of cmd.
type Eraser func(ctx context.Context, document hub.ID, basis string) error
