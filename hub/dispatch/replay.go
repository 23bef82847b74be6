package dispatch

import (
	"context"
	"fmt"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Replaying is a dead delivery about to be replayed.
type Replaying struct {
	Dead    hub.ID
	ID      hub.ID // of the delivery that takes its place
	Receipt hub.ID
	Actor   hub.Actor
}

// Replay sends a text again that failed or expired: a new delivery names the dead one, whose state stays, for states only
// move forward. An arrival is never replayed, nor a one-time code, nor the text about a paper that never arrived. A dead
// delivery is replayed once; if that dies too, it is the one to replay. Errors: forbidden; not-found; wrong-state.
func (d *Dispatcher) Replay(ctx context.Context, p access.Principal, delivery hub.ID) (hub.Delivery, error) {
	decision, err := access.May(p, access.Operate)
	if err != nil {
		return hub.Delivery{}, err
	}
	replayed, err := d.store.Replay(ctx, p, Replaying{
		Dead: delivery, ID: d.newID(), Receipt: d.newID(), Actor: p.ActorUnder(decision),
	})
	if err != nil {
		return hub.Delivery{}, fmt.Errorf("replay: %w", err)
	}
	d.waker.Wake()
	return replayed, nil
}
