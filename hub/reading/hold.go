package reading

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// holdLimit bounds the list of holds. Holds are set by hand: more than a few stand for a mistake.
const holdLimit = 1_000

// Holds lists the holds in force, newest first. Errors: unauthorized, forbidden.
func (r *Reader) Holds(ctx context.Context, p access.Principal) ([]hub.Hold, error) {
	d, err := access.May(p, access.LanesRead)
	if err != nil {
		return nil, err
	}
	var holds []hub.Hold
	err = r.store.ReadAs(ctx, p, func(v View) error {
		if holds, err = v.Holds(ctx, holdLimit); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.LanesRead, hub.ID{}, len(holds))
	})
	if err != nil {
		return nil, err
	}
	return holds, nil
}
