package hubtest

import (
	"context"
	"errors"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// Fault is how a step fails.
type Fault string

// The faults.
const (
	NoFault  Fault = ""
	Fails    Fault = "fails"                 // nothing happened
	TookHold Fault = "fails but took effect" // it happened, and nobody was told
	Hangs    Fault = "hangs"                 // nothing happens until the caller gives up
)

// ErrFault is what a faulty step answers.
var ErrFault = errors.New("fault on demand")

// Store is a dispatch.Store whose steps fail on demand. At is asked before each step, by the name of its method.
type Store struct {
	dispatch.Store
	At func(step string) Fault
}

func run(ctx context.Context, fault Fault, do func() error) error {
	switch fault {
	case Fails:
		return ErrFault
	case Hangs:
		<-ctx.Done()
		return context.Cause(ctx)
	}
	if err := do(); err != nil {
		return err
	}
	if fault == TookHold {
		return ErrFault
	}
	return nil
}

// Accept implements dispatch.Submissions.
func (s *Store) Accept(ctx context.Context, i dispatch.Intake, number func(time.Time, int64) (string, error)) (
	out []dispatch.Accepted, err error) {
	err = run(ctx, s.At("Accept"), func() error { out, err = s.Store.Accept(ctx, i, number); return err })
	return cleared(out, err), err
}

// Claim implements dispatch.Claims.
func (s *Store) Claim(ctx context.Context, lane hub.Lane, limit, task int, lease time.Duration) (out []hub.ID, err error) {
	err = run(ctx, s.At("Claim"), func() error { out, err = s.Store.Claim(ctx, lane, limit, task, lease); return err })
	return cleared(out, err), err
}

// Arrive implements dispatch.Arrivals.
func (s *Store) Arrive(ctx context.Context, a dispatch.Arriving) (out []dispatch.Arrived, err error) {
	err = run(ctx, s.At("Arrive"), func() error { out, err = s.Store.Arrive(ctx, a); return err })
	return cleared(out, err), err
}

// BeginAttempts implements dispatch.Attempts.
func (s *Store) BeginAttempts(ctx context.Context, b dispatch.Beginning) (out []dispatch.Started, moved []dispatch.Moved, err error) {
	err = run(ctx, s.At("BeginAttempts"), func() error { out, moved, err = s.Store.BeginAttempts(ctx, b); return err })
	return out, cleared(moved, err), err
}

// DisownAttempts implements dispatch.Attempts.
func (s *Store) DisownAttempts(ctx context.Context, beginning hub.ID, deliveries []hub.ID) error {
	return run(ctx, s.At("DisownAttempts"), func() error { return s.Store.DisownAttempts(ctx, beginning, deliveries) })
}

// EndAttempts implements dispatch.Attempts.
func (s *Store) EndAttempts(ctx context.Context, ends []dispatch.Ended) (n int, err error) {
	err = run(ctx, s.At("EndAttempts"), func() error { n, err = s.Store.EndAttempts(ctx, ends); return err })
	return n, err
}

// ParkReports implements dispatch.Reports.
func (s *Store) ParkReports(ctx context.Context, parked []dispatch.Parked, known bool) (n int, err error) {
	err = run(ctx, s.At("ParkReports"), func() error { n, err = s.Store.ParkReports(ctx, parked, known); return err })
	return n, err
}

// MatchReports implements dispatch.Reports.
func (s *Store) MatchReports(ctx context.Context, keys []dispatch.MessageKey, newID func() hub.ID) (out []dispatch.Moved, n int, err error) {
	err = run(ctx, s.At("MatchReports"), func() error { out, n, err = s.Store.MatchReports(ctx, keys, newID); return err })
	return cleared(out, err), n, err
}

// Open implements dispatch.Opens.
func (s *Store) Open(ctx context.Context, o dispatch.Opening) (at time.Time, first bool, err error) {
	err = run(ctx, s.At("Open"), func() error { at, first, err = s.Store.Open(ctx, o); return err })
	return at, first, err
}

// CloseOverdue implements dispatch.Upkeep.
func (s *Store) CloseOverdue(ctx context.Context, overdue []dispatch.Aging) (out []dispatch.Moved, err error) {
	err = run(ctx, s.At("CloseOverdue"), func() error { out, err = s.Store.CloseOverdue(ctx, overdue); return err })
	return cleared(out, err), err
}

// OpenOutage implements dispatch.Upkeep.
func (s *Store) OpenOutage(ctx context.Context, id hub.ID, part, reason string, ago time.Duration) error {
	return run(ctx, s.At("OpenOutage"), func() error { return s.Store.OpenOutage(ctx, id, part, reason, ago) })
}

// cleared forgets an answer that the caller never got.
func cleared[T any](out []T, err error) []T {
	if err != nil {
		return nil
	}
	return out
}
