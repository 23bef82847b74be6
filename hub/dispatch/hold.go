package dispatch

import (
	"context"
	"fmt"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
)

// maxReason bounds the reason of a hold, in characters.
const maxReason = 500

// NewHold is what an operator asks to hold.
type NewHold struct {
	Channel   hub.Channel // "": sms
	Provider  string      // of texts; "": every one
	Submitter hub.ID      // zero: every one
	Reason    string
}

// HeldProvider is a provider that takes no new texts.
type HeldProvider struct {
	Name  string
	Whole bool // of nobody; else not of every submitter
}

// Hold keeps what it names from starting until it is released; hub.Hold tells what that covers. Errors: forbidden,
// validation.
func (d *Dispatcher) Hold(ctx context.Context, p access.Principal, n NewHold) (hub.Hold, error) {
	if _, err := access.May(p, access.Operate); err != nil {
		return hub.Hold{}, err
	}
	if err := n.check(d.providers); err != nil {
		return hub.Hold{}, err
	}
	held, err := d.store.Hold(ctx, p, hub.Hold{ID: d.newID(), Channel: n.Channel, Provider: n.Provider, Submitter: n.Submitter,
		Reason: n.Reason, CreatedBy: p.ID})
	if err != nil {
		return hub.Hold{}, fmt.Errorf("hold: %w", err)
	}
	return held, nil
}

func (n NewHold) check(providers []string) error {
	var problems hub.Problems
	checkText(&problems, "/reason", n.Reason, line{1, maxReason})
	switch n.Channel {
	case "", hub.ChannelInbox, hub.ChannelSMS:
	default:
		problems.Add("/channel", "invalid", "a hold is of inbox or sms")
	}
	switch {
	case n.Provider == "":
	case !slices.Contains(providers, n.Provider):
		problems.Add("/provider", "unknown", "there is no such provider")
	case n.Channel == hub.ChannelInbox:
		problems.Add("/provider", "invalid", "a provider carries texts: it has no part in arrivals")
	}
	if n.Channel == "" && n.Provider == "" && n.Submitter.IsZero() {
		problems.Add("/channel", "required", "say which channel, provider or submitter to hold")
	}
	return problems.Err()
}

// Release ends a hold. What it kept back is due and starts at once; a delivery that was in a worker's hands when the hold
// came, as soon as its claim has run out. Errors: forbidden; not-found when no such hold is in force.
func (d *Dispatcher) Release(ctx context.Context, p access.Principal, hold hub.ID) error {
	if _, err := access.May(p, access.Operate); err != nil {
		return err
	}
	if err := d.store.Release(ctx, p, hold); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	d.waker.Wake()
	return nil
}
