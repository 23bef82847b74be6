package retention

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Hold keeps the papers of a case, or one of them, from being erased. A zero LiftedAt says that it is in force.
type Hold struct {
	ID       hub.ID
	Case     hub.ID
	Notice   hub.ID // zero: every paper of the case
	Reason   string // for colleagues; nothing about people
	PlacedBy hub.ID
	PlacedAt time.Time
	LiftedBy hub.ID
	LiftedAt time.Time
}

const (
	longestReason = 500
	holdsListed   = 200
)

// Place puts a hold on a case, or on one paper of it. Errors: validation, not-found, forbidden, unauthorized.
func (k *Keeper) Place(ctx context.Context, p access.Principal, matter, notice hub.ID, reason string) (Hold, error) {
	if err := k.mayOn(ctx, p, access.LegalHoldPlace, matter); err != nil {
		return Hold{}, err
	}
	reason = strings.TrimSpace(reason)
	var problems hub.Problems
	if n := utf8.RuneCountInString(reason); n == 0 || n > longestReason || !utf8.ValidString(reason) || strings.ContainsFunc(reason, control) {
		problems.Add("/reason", "invalid", "say in one line of at most 500 characters what it is held for, without names")
	}
	if err := problems.Err(); err != nil {
		return Hold{}, err
	}
	return k.o.Store.PlaceHold(ctx, Hold{ID: hub.NewID(k.o.Clock()), Case: matter, Notice: notice, Reason: reason, PlacedBy: p.ID})
}

// Lift ends a hold. Errors: wrong-state, not-found, forbidden, unauthorized.
func (k *Keeper) Lift(ctx context.Context, p access.Principal, matter, hold hub.ID) error {
	if err := k.mayOn(ctx, p, access.LegalHoldLift, matter); err != nil {
		return err
	}
	return k.o.Store.LiftHold(ctx, p, matter, hold)
}

// Holds lists the holds of a case, newest first, at most two hundred. Errors: not-found, forbidden, unauthorized.
func (k *Keeper) Holds(ctx context.Context, p access.Principal, matter hub.ID) ([]Hold, error) {
	if err := k.mayOn(ctx, p, access.LegalHoldRead, matter); err != nil {
		return nil, err
	}
	return k.o.Store.LegalHolds(ctx, p, matter, holdsListed)
}

func (k *Keeper) mayOn(ctx context.Context, p access.Principal, action access.Action, matter hub.ID) error {
	if _, err := access.May(p, action); err != nil {
		return err
	}
	object, err := k.o.Store.CaseFor(ctx, p, matter)
	if err != nil {
		return err
	}
	_, err = access.Decide(p, action, object)
	return err
}

func control(r rune) bool { return r < ' ' || r == 0x7f }
