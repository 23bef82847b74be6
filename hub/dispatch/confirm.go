package dispatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// OpeningRule says who must prove again who they are before a paper opens to them. Opening is an act of law: it is not done by
// whoever found a device signed in. The zero rule asks nothing.
type OpeningRule struct {
	Kinds  []hub.Kind    // papers for which a proof must be fresh: what goes to the heart of the case
	Within time.Duration // how long a proof is fresh; 0: nothing is asked
}

// restrictedWithin is how long a proof is fresh for a paper of a restricted case where nobody says another time: such a
// paper, of whatever kind, always asks for one.
const restrictedWithin = 5 * time.Minute

// proved refuses who has to prove more first. Several people on one phone have all its codes in common: there the
// personal code is asked for again, whatever the paper. Errors: confirmation-required, with /personal_code for that.
func (d *Dispatcher) proved(ctx context.Context, p access.Principal, to Addressed) error {
	now, rule := d.clock(), d.opening
	if to.Restricted && rule.Within == 0 {
		rule.Within = restrictedWithin
	}
	if rule.Within == 0 || to.Opened {
		return nil
	}
	shared, err := d.store.SharesPhone(ctx, p.PersonID())
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if shared && now.Sub(p.PersonalAt) > rule.Within {
		return &hub.Error{Code: hub.CodeConfirmation, Detail: "others have your number as well: give your personal code again, then open",
			Fields: []hub.Field{{Pointer: "/personal_code", Code: "required", Detail: "confirm the session with it"}}}
	}
	if (to.Restricted || slices.Contains(rule.Kinds, to.Kind)) && now.Sub(p.SignedInAt) > rule.Within {
		return hub.Refuse(hub.CodeConfirmation, "prove again who you are, then open this paper")
	}
	return nil
}
