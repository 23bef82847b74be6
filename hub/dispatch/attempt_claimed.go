package dispatch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"eblagh/hub"
)

// Attempt sends the texts of claimed deliveries, in slices of the provider's window, as Texts does with what is due: a queue
// may hold some that were handed over before texts were taken.
func (d *Dispatcher) Attempt(ctx context.Context, ids []hub.ID) error {
	return d.attempt(ctx, hub.PriorityNormal, ids)
}

func (d *Dispatcher) attempt(ctx context.Context, priority hub.Priority, ids []hub.ID) error {
	if len(ids) == 0 {
		return nil
	}
	barred, partly, err := d.heldProviders(ctx)
	if err != nil {
		return err
	}
	return d.attemptPast(ctx, priority, ids, barred, partly)
}

// heldProviders tells which providers take nothing, and which nothing of some submitters.
func (d *Dispatcher) heldProviders(ctx context.Context) (barred, partly map[string]bool, err error) {
	held, err := d.store.HeldProviders(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("held providers: %w", err)
	}
	barred, partly = map[string]bool{}, map[string]bool{}
	for _, h := range held {
		if h.Whole {
			barred[h.Name] = true
		} else {
			partly[h.Name] = true
		}
	}
	return barred, partly, nil
}

// sender picks who takes the next slice.
func (d *Dispatcher) sender(priority hub.Priority, barred map[string]bool) (hub.Sender, bool) {
	sender, ok := d.pick(priority, barred)
	if !ok && priority == hub.PriorityCode && len(barred) > 0 {
		return d.pick(priority, nil) // better through a held provider than not at all: somebody wants to sign in
	}
	return sender, ok
}

// attemptPast sends through providers that are not barred. What one that is held for some submitters must not take goes
// on past it, to the others.
func (d *Dispatcher) attemptPast(ctx context.Context, priority hub.Priority, ids []hub.ID, barred, partly map[string]bool) error {
	var last time.Duration // that a slice took
	for len(ids) > 0 {
		if err := timeFor(ctx, last); err != nil {
			return fmt.Errorf("texts left for later: %w", err) // they are claimed, and become due again
		}
		began := time.Now()
		sender, ok := d.sender(priority, barred)
		if !ok {
			return nil // likewise
		}
		n := min(len(ids), max(1, sender.Window()))
		left, err := d.attemptSlice(ctx, sender, ids[:n])
		if err != nil {
			return err
		}
		if name := sender.Name(); partly[name] && len(left) > 0 {
			past := maps.Clone(barred)
			past[name] = true
			if err := d.attemptPast(ctx, priority, left, past, partly); err != nil {
				return err
			}
		}
		ids, last = ids[n:], time.Since(began)
	}
	return nil
}

var errShort = errors.New("too little time for a slice")

// timeFor refuses to begin what would not be over when ctx ends: texts whose turn does not come by then lose an attempt.
func timeFor(ctx context.Context, slice time.Duration) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if end, limited := ctx.Deadline(); limited && time.Until(end) < slice {
		return errShort
	}
	return nil
}

// attemptSlice gives those that did not begin and did not close.
func (d *Dispatcher) attemptSlice(ctx context.Context, sender hub.Sender, ids []hub.ID) (left []hub.ID, err error) {
	started, closed, err := d.begin(ctx, sender, Beginning{Deliveries: ids, Receipts: d.newIDs(len(ids))})
	if err != nil {
		return nil, err
	}
	left = leftOver(ids, started, closed)
	if len(started) == 0 {
		return left, nil
	}
	return left, d.endAttempts(ctx, sender.Name(), d.send(ctx, sender, started))
}

func leftOver(ids []hub.ID, started []Started, closed []Moved) []hub.ID {
	gone := make(map[hub.ID]bool, len(ids))
	for _, s := range started {
		gone[s.Key.Delivery] = true
	}
	for _, c := range closed {
		gone[c.Delivery] = true
	}
	var left []hub.ID
	for _, id := range ids {
		if !gone[id] {
			left = append(left, id)
		}
	}
	return left
}
