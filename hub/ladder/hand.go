package ladder

import (
	"context"
	"fmt"
	"slices"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// HandOver makes the officer's rung of an unopened notice due at once, for a court that will not wait for its day. Who may
// submit for an organisation may do it. Errors: forbidden; not-found for what is not one's own; wrong-state before the
// arrival, once it was opened or corrected, once the rung has fired, and for kinds that no officer carries.
func (l *Ladder) HandOver(ctx context.Context, p access.Principal, notice hub.ID) error {
	if _, err := access.May(p, access.NoticeSubmit); err != nil {
		return err
	}
	n, err := l.store.Climbing(ctx, p, notice)
	if err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	if _, err := access.Decide(p, access.NoticeSubmit, access.Object{Organisation: n.Submitter}); err != nil {
		return err
	}
	rung, ok := l.officers(n.Kind)
	if !ok {
		return hub.Refuse(hub.CodeWrongState, "papers of this kind are not carried by an officer")
	}
	if err := l.store.Hasten(ctx, notice, l.newID(), rung); err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	// Committed: it is due. Doing it here only spares the caller the wait for the next round.
	return l.Fire(ctx)
}

// Carries reports whether an officer carries papers of a kind.
func (l *Ladder) Carries(kind hub.Kind) bool {
	_, ok := l.officers(kind)
	return ok
}

// officers gives the rung by which an officer carries papers of a kind now.
func (l *Ladder) officers(kind hub.Kind) (hub.Rung, bool) {
	e, _ := l.book.inForce(l.id, l.clock())
	rungs := e.rungs(kind, nil)
	i := slices.IndexFunc(rungs, func(r rung) bool { return r.By == byOfficer })
	if i < 0 {
		return hub.Rung{}, false
	}
	return e.rung(rungs[i], time.Duration(0)), true
}
