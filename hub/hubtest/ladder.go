package hubtest

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/ladder"
)

// Ladder is a ladder.Store whose steps fail on demand. At is asked before each step, by the name of its method.
type Ladder struct {
	ladder.Store
	At func(step string) Fault
}

// FireRungs implements ladder.Store.
func (s *Ladder) FireRungs(ctx context.Context, ladders []string, limit int, decide func(ladder.Due) ladder.Step,
	newID func() hub.ID) (out []ladder.Step, err error) {
	err = run(ctx, s.At("FireRungs"), func() error {
		out, err = s.Store.FireRungs(ctx, ladders, limit, decide, newID)
		return err
	})
	return cleared(out, err), err
}

// Hasten implements ladder.Store.
func (s *Ladder) Hasten(ctx context.Context, notice, timer hub.ID, rung hub.Rung) error {
	return run(ctx, s.At("Hasten"), func() error { return s.Store.Hasten(ctx, notice, timer, rung) })
}

// Take implements ladder.Store.
func (s *Ladder) Take(ctx context.Context, task, officer hub.ID) error {
	return run(ctx, s.At("Take"), func() error { return s.Store.Take(ctx, task, officer) })
}

// Return implements ladder.Store.
func (s *Ladder) Return(ctx context.Context, r ladder.Returning) (out hub.OfficerReturn, err error) {
	err = run(ctx, s.At("Return"), func() error { out, err = s.Store.Return(ctx, r); return err })
	if err != nil {
		return hub.OfficerReturn{}, err
	}
	return out, nil
}

// Fetch implements ladder.Store.
func (s *Ladder) Fetch(ctx context.Context, f ladder.Fetching) error {
	return run(ctx, s.At("Fetch"), func() error { return s.Store.Fetch(ctx, f) })
}
