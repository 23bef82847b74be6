package seed

import (
	"context"
	"fmt"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// factor gives a member of the staff a second factor, or finds the one of the run before. A factor whose secret nobody
// has any more is ended by the admin, as for a phone that was lost.
func (d *demo) factor(ctx context.Context, person hub.ID, id hub.NationalID) (secret string, err error) {
	self := access.Principal{Kind: access.Person, ID: person}
	has, err := d.Enroller.HasFactor(ctx, self)
	if err != nil {
		return "", err
	}
	if has {
		for _, p := range d.Former.People {
			if p.NationalID == id && p.TOTPSecret != "" {
				return p.TOTPSecret, nil
			}
		}
		if err := d.Enroller.ResetFactor(ctx, d.admin, person); err != nil {
			return "", fmt.Errorf("end a second factor: %w", err)
		}
	}
	made, err := d.Enroller.BeginFactor(ctx, self)
	if err != nil {
		return "", fmt.Errorf("second factor: %w", err)
	}
	// The code of half a minute ago, so that the present one is left for whoever signs in at once.
	code, err := enrol.FactorCode(made.Secret, time.Now().Add(-30*time.Second))
	if err != nil {
		return "", err
	}
	if _, err := d.Enroller.ConfirmFactor(ctx, self, code); err != nil {
		return "", fmt.Errorf("second factor: %w", err)
	}
	return made.Secret, nil
}
