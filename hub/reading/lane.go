package reading

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// laneLimit bounds what counting costs: about 20 ms a lane, however long the queue.
const laneLimit = 10_000

// LaneState tells how one lane stands. With Capped, each count and the age are at least what they say.
type LaneState struct {
	Lane      hub.Lane
	Counts    map[hub.DeliveryStatus]int // deliveries under way, by status, held those due that a hold covers
	OldestDue time.Duration              // for how long the oldest delivery due has waited; 0: nothing is due
	Capped    bool
}

// Lanes tells how every lane of hub.Lanes stands, in that order. No paper is touched. Errors: unauthorized, forbidden.
func (r *Reader) Lanes(ctx context.Context, p access.Principal) ([]LaneState, error) {
	d, err := access.May(p, access.LanesRead)
	if err != nil {
		return nil, err
	}
	var states []LaneState
	err = r.store.ReadAs(ctx, p, func(v View) error {
		if states, err = v.Lanes(ctx, laneLimit); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.LanesRead, hub.ID{}, len(states))
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}
