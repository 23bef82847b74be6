package enrol

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Export is a copy of one's own data that somebody asked for. It is made as it is taken and kept nowhere.
type Export struct {
	ID        hub.ID
	AskedAt   time.Time
	ExpiresAt time.Time
	TakenAt   time.Time // zero: not yet; it is taken once
	EndedAt   time.Time // zero: not all of it left
}

const (
	exportLife    = 24 * time.Hour
	exportsPerDay = 3
	exportsListed = 20
)

// ExportStore keeps who asked for a copy of their data, and that it was taken.
type ExportStore interface {
	// AddExport refuses when the person asked for most copies since a moment. Errors: rate-limited.
	AddExport(ctx context.Context, id, person hub.ID, life time.Duration, most int, within time.Duration) (Export, error)
	// Exports lists a person's, newest first.
	Exports(ctx context.Context, p access.Principal, limit int) ([]Export, error)
	// TakeExport uses one up: of all who take it at once, one gets it. Errors: not-found, also for one that expired, was
	// taken, or is another's.
	TakeExport(ctx context.Context, id, person hub.ID) (Export, error)
	// EndExport notes that all of it left.
	EndExport(ctx context.Context, id hub.ID) error
}

// AskExport asks for a copy of all that the hub has of the person who asks, to be taken once within a day.
// Errors: confirmation-required; rate-limited; forbidden, unauthorized.
func (e *Enroller) AskExport(ctx context.Context, p access.Principal) (Export, error) {
	if err := e.mayExport(p); err != nil {
		return Export{}, err
	}
	return e.store.AddExport(ctx, e.newID(), p.PersonID(), exportLife, exportsPerDay, 24*time.Hour)
}

// Exports lists the copies that the person asked for, newest first. Errors: forbidden, unauthorized.
func (e *Enroller) Exports(ctx context.Context, p access.Principal) ([]Export, error) {
	if _, err := access.Decide(p, access.ExportOwn, access.Object{Person: p.PersonID()}); err != nil {
		return nil, err
	}
	return e.store.Exports(ctx, p, exportsListed)
}

// TakeExport uses a copy up: who cannot finish reading it asks for another.
// Errors: confirmation-required; not-found; forbidden, unauthorized.
func (e *Enroller) TakeExport(ctx context.Context, p access.Principal, id hub.ID) (Export, error) {
	if err := e.mayExport(p); err != nil {
		return Export{}, err
	}
	return e.store.TakeExport(ctx, id, p.PersonID())
}

// EndExport notes that all of a copy left.
func (e *Enroller) EndExport(ctx context.Context, id hub.ID) error { return e.store.EndExport(ctx, id) }

func (e *Enroller) mayExport(p access.Principal) error {
	if _, err := access.Decide(p, access.ExportOwn, access.Object{Person: p.PersonID()}); err != nil {
		return err
	}
	return e.Fresh(p)
}
