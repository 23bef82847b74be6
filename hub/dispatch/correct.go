package dispatch

import (
	"context"
	"fmt"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Corrected is a notice about to be corrected.
type Corrected struct {
	Notice    hub.ID
	Submitter hub.ID
	Recipient hub.ID
	Arrived   bool
}

// Correct takes in a paper that corrects a notice which has arrived: what was served cannot be withdrawn. The correction
// is a notice and a service of its own, to the same addressee; each names the other. A notice is corrected once: who
// corrects again corrects the latest correction; one that was withdrawn before it arrived does not count. request is as in Submit. Errors: forbidden; not-found for what is not
// one's own; wrong-state before arrival and for what was corrected already; and everything that Submit refuses a paper
// for.
func (d *Dispatcher) Correct(ctx context.Context, p access.Principal, notice hub.ID, paper Paper, request []byte) (Result, error) {
	if _, err := access.May(p, access.NoticeSubmit); err != nil {
		return Result{}, err
	}
	corrected, err := d.store.Correctable(ctx, p, notice)
	if err != nil {
		return Result{}, fmt.Errorf("correct: %w", err)
	}
	decision, err := access.Decide(p, access.NoticeSubmit, access.Object{Organisation: corrected.Submitter})
	if err != nil {
		return Result{}, err
	}
	if !corrected.Arrived {
		return Result{}, hub.Refuse(hub.CodeWrongState, "this notice has not arrived: it can be withdrawn, not corrected")
	}
	s := &submission{d: d, submitter: corrected.Submitter, actor: p.ActorUnder(decision), corrects: corrected}
	s.check([]Paper{paper}, decision.Role, request)
	return s.takeOne(ctx)
}
