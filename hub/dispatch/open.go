package dispatch

import (
	"context"
	"fmt"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Addressed is whose an arrived notice is.
type Addressed struct {
	Recipient hub.ID
	Submitter hub.ID
	Number    string
	Cursor    int64
	ArrivedAt time.Time
	Live      bool
	Kind      hub.Kind
	Opened    bool

	Restricted bool // it belongs to a restricted case
}

// Opening is one person about to open a notice.
type Opening struct {
	Notice  hub.ID
	Person  hub.ID
	Receipt hub.ID
	Recall  hub.ID // of the receipt, if an officer's task is withdrawn by it
	Actor   hub.Actor
	Role    hub.Role // of who opens for a legal person (CPC 76); empty: the addressee in person
}

// Open records that the addressee opens a notice, or who may for a legal person: actual service (bylaw 13), E.1 once.
// Opening again gives the time of the first opening. The answer has ids and times only; the content is read through
// package reading. Errors: forbidden for roles that never open; confirmation-required for who must prove more first;
// not-found for what is not one's own or has not arrived.
func (d *Dispatcher) Open(ctx context.Context, p access.Principal, notice hub.ID) (hub.Notice, error) {
	if _, err := access.May(p, access.InboxOpen); err != nil {
		return hub.Notice{}, err
	}
	to, err := d.store.Addressed(ctx, p, notice)
	if err != nil {
		return hub.Notice{}, fmt.Errorf("open: %w", err)
	}
	decision, err := access.Decide(p, access.InboxOpen, access.Object{Person: to.Recipient, Organisation: to.Submitter,
		Restricted: to.Restricted})
	if err != nil {
		return hub.Notice{}, err
	}
	if err := d.proved(ctx, p, to); err != nil {
		return hub.Notice{}, err
	}
	opening := Opening{Notice: notice, Person: p.PersonID(), Receipt: d.newID(), Recall: d.newID(), Actor: p.ActorUnder(decision)}
	if decision.Relation == access.Represented {
		opening.Role = decision.Role
	}
	at, first, err := d.store.Open(ctx, opening)
	if err != nil {
		return hub.Notice{}, fmt.Errorf("open: %w", err)
	}
	if first && to.Live {
		d.nudger.Nudge(ctx, []hub.Nudge{{Recipient: to.Recipient, Cursor: to.Cursor, Notice: notice, Update: true}})
	}
	return hub.Notice{ID: notice, Number: to.Number, Recipient: to.Recipient, Submitter: to.Submitter,
		ArrivedAt: to.ArrivedAt, OpenedAt: at}, nil
}
