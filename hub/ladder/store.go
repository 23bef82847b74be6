package ladder

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Store is everything that ladder keeps. Each method is one transaction: after nil it is durable, after an error it may
// or may not have happened, and calling it again is safe.
type Store interface {
	// FireRungs takes up to limit due rungs of the named ladders that nobody else has in hand, asks decide what each does
	// with the facts as they are under the lock of its notice, and does it: a delivery or a task with its receipt, the
	// record of the rung, the next rung's timer. newID makes ids. It gives what was done.
	FireRungs(ctx context.Context, ladders []string, limit int, decide func(Due) Step, newID func() hub.ID) ([]Step, error)
	// Climbing tells whose a notice is, and of what kind, as row-level security shows it to the principal. Errors: not-found.
	Climbing(ctx context.Context, p access.Principal, notice hub.ID) (Climbing, error)
	// Hasten makes a rung of a notice due at once, by a new timer or the one that waits. Errors: wrong-state before the
	// arrival, once the notice was opened or corrected, and once the rung has fired.
	Hasten(ctx context.Context, notice, timer hub.ID, rung hub.Rung) error
	// Tasked tells how a task stands, and towards the officer who asks, as row-level security shows it. Errors: not-found.
	Tasked(ctx context.Context, p access.Principal, task hub.ID) (Tasked, error)
	// Take gives an open task to an officer. To the one who has it already it is the same again; a task whose officer
	// holds the role no more can be taken over. Errors: wrong-state.
	Take(ctx context.Context, task, officer hub.ID) error
	// Return keeps an officer's return with its receipt F.3 and ends the task. A return that the same request brought
	// before is given again. Errors: wrong-state for a task that is not in hand, a second return of a task that corrects
	// none, and a return that was corrected already.
	Return(ctx context.Context, r Returning) (hub.OfficerReturn, error)
	// Fetch records with D.6 that an officer fetches a part of the paper that they carry: a document, or the zero ID for
	// the text. Errors: not-found when the notice has no such document.
	Fetch(ctx context.Context, f Fetching) error
}

// Climbing is a notice whose ladder somebody asks for.
type Climbing struct {
	Submitter hub.ID
	Kind      hub.Kind
}

// Tasked is how a task stands at a moment.
type Tasked struct {
	hub.OfficerTask
	Now           time.Time // the store's clock
	RecipientKind hub.PersonKind
	ActsFor       bool // the officer represents the recipient, a legal person
}

// Returning is a return about to be kept. What is personal in it is sealed.
type Returning struct {
	hub.OfficerReturn // Receiver, Place and Note are empty
	ReceiverCT        []byte
	PlaceCT           []byte
	NoteCT            []byte
	Digest            string // of the sealed parts, for the receipt: SHA-256
	Receipt           hub.ID
	Actor             hub.Actor
	Request           []byte // names the call over its retries; nil: it has no name
}

// Fetching is a part of a paper about to be fetched by the officer who carries it.
type Fetching struct {
	Task     hub.ID
	Document hub.ID // zero: the text
	Receipt  hub.ID
	Actor    hub.Actor
}
