package retention

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Assign has somebody of the case's organisations work on a restricted case. Doing it again changes nothing.
// Errors: validation when the person works at none of them; not-found, forbidden, unauthorized.
func (k *Keeper) Assign(ctx context.Context, p access.Principal, matter, person hub.ID) error {
	if err := k.mayOn(ctx, p, access.CaseAssign, matter); err != nil {
		return err
	}
	return k.o.Store.Assign(ctx, matter, person, p.ID)
}

// Unassign ends it: from this moment the person sees the case no more. Errors: not-found, forbidden, unauthorized.
func (k *Keeper) Unassign(ctx context.Context, p access.Principal, matter, person hub.ID) error {
	if err := k.mayOn(ctx, p, access.CaseAssign, matter); err != nil {
		return err
	}
	return k.o.Store.Unassign(ctx, matter, person)
}

// Assignees lists who works on a restricted case. Errors: not-found, forbidden, unauthorized.
func (k *Keeper) Assignees(ctx context.Context, p access.Principal, matter hub.ID) ([]Assignee, error) {
	if err := k.mayOn(ctx, p, access.CaseAssign, matter); err != nil {
		return nil, err
	}
	return k.o.Store.Assignees(ctx, p, matter, holdsListed)
}
