package audit

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"eblagh/hub"
	"eblagh/hub/trail"
)

// TrailStore reads the trail of looks and changes, and what was sealed of it.
type TrailStore interface {
	// Sealings gives the receipts of closed hours and of months that were taken out.
	Sealings(ctx context.Context, after hub.ID, limit int) ([]SealingRow, error)
	// TrailEntries gives entries of an hour.
	TrailEntries(ctx context.Context, hour time.Time, after hub.ID, limit int) ([]trail.Entry, error)
	// TrailUnended gives entries of an hour of what was begun before until and has no end.
	TrailUnended(ctx context.Context, hour, until time.Time, after hub.ID, limit int) ([]trail.Entry, error)
	// TrailMarks gives a part of the list of an hour's entries; nil: there is none.
	TrailMarks(ctx context.Context, hour time.Time, part int) ([]byte, error)
	// TrailOutside gives entries of hours before first, or above last and before until.
	TrailOutside(ctx context.Context, first, last, until time.Time, limit int) ([]trail.Entry, error)
}

// SealingRow is a receipt about the trail.
type SealingRow struct {
	ID      hub.ID
	Event   hub.Event
	Details map[string]any
}

// unsealedAfter is how long after its beginning an hour is closed by.
const unsealedAfter = 3 * time.Hour

// unendedAfter is how long ago a change was begun that cannot be under way any more.
const unendedAfter = 15 * time.Minute

// walkTrail holds the entries of every hour against the digest that was sealed when the hour was closed. Hours are closed
// one after the other without a gap, so that an hour cannot be left out.
func (a *run) walkTrail(ctx context.Context) error {
	err := overRows(ctx, a, rowStep, a.o.Store.Sealings, func(ctx context.Context, s SealingRow) (hub.ID, error) {
		if s.Event == hub.EventTrailDetached {
			return s.ID, a.detached(s)
		}
		closed, err := trail.ReadClosed(s.Details)
		if err != nil {
			a.found(TrailHourChanged, s.ID.String(), "its receipt cannot be read: %v", err)
			return s.ID, nil
		}
		a.follows(closed)
		if err := a.checkHour(ctx, closed); err != nil {
			return s.ID, err
		}
		return s.ID, a.unended(ctx, closed)
	})
	if err != nil {
		return err
	}
	outside, err := a.o.Store.TrailOutside(ctx, a.state.FirstHour, a.state.Hour, a.now.Add(-unsealedAfter), rowStep)
	for _, e := range outside {
		a.found(TrailEntryAdded, e.ID.String(), "it is of the hour %s, which was never sealed", e.Hour.UTC().Format(timeForm))
	}
	return err
}

// detached notes that a month was taken out by the hub itself. Its hours were checked while they were there.
func (a *run) detached(s SealingRow) error {
	until, _ := s.Details["until"].(string)
	at, err := time.Parse(timeForm, until)
	if err != nil {
		a.found(TrailHourChanged, s.ID.String(), "its receipt cannot be read: %v", err)
		return nil
	}
	a.state.Detached = later(a.state.Detached, at)
	a.found(TrailDetached, s.ID.String(), "the trail before %s is kept elsewhere", until)
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// follows checks that an hour is the one after the hour before.
func (a *run) follows(c trail.Closed) {
	want := a.state.Hour.Add(time.Hour)
	switch {
	case a.state.Hour.IsZero():
		a.state.FirstHour = c.Hour
	case c.Hour.Before(want):
		a.found(TrailHourChanged, nameOf(c), "it was sealed a second time")
		return
	case c.Hour.After(want):
		a.found(TrailHourMissing, want.UTC().Format(timeForm), "no receipt seals it, nor the hours from it to %s", nameOf(c))
	}
	a.state.Hour = c.Hour
}

func nameOf(c trail.Closed) string { return c.Hour.UTC().Format(timeForm) }

// checkHour recomputes an hour's digest from its entries. If it is another, the list of what was sealed says which entry
// is to blame.
func (a *run) checkHour(ctx context.Context, c trail.Closed) error {
	digest := trail.NewDigest(c.Hour)
	err := a.entriesOf(ctx, c.Hour, func(e trail.Entry) error {
		digest.Add(e)
		digest.Left()
		return nil
	})
	if err != nil {
		return err
	}
	n, sum := digest.Sum()
	if n == c.Entries && sum == c.Digest || n == 0 && a.isDetached(ctx, c.Hour) {
		return nil
	}
	return a.blame(ctx, c, n)
}

// isDetached reports whether a receipt, among those to come, says that the hour's month was taken out.
func (a *run) isDetached(ctx context.Context, hour time.Time) bool {
	if a.state.Detached.After(hour) {
		return true
	}
	var after hub.ID
	for {
		rows, err := a.o.Store.Sealings(ctx, after, rowStep)
		if err != nil {
			return false
		}
		for _, s := range rows {
			after = s.ID
			until, _ := s.Details["until"].(string)
			if at, err := time.Parse(timeForm, until); s.Event == hub.EventTrailDetached && err == nil {
				a.state.Detached = later(a.state.Detached, at)
			}
		}
		if len(rows) < rowStep {
			return a.state.Detached.After(hour)
		}
	}
}

// unended tells of the changes of an hour that were begun and have no end. They stand, for their entries were committed with
// them: only what the caller was told is not known.
func (a *run) unended(ctx context.Context, c trail.Closed) error {
	return entries(func(after hub.ID) ([]trail.Entry, error) {
		return a.o.Store.TrailUnended(ctx, c.Hour, a.now.Add(-unendedAfter), after, rowStep)
	}, func(e trail.Entry) error {
		a.found(TrailUnended, e.ID.String(), "%s was begun at %s, and nobody recorded how it ended", cmp.Or(string(e.Action), e.Route),
			e.At.UTC().Format(timeForm))
		return nil
	})
}

func (a *run) entriesOf(ctx context.Context, hour time.Time, fn func(trail.Entry) error) error {
	return entries(func(after hub.ID) ([]trail.Entry, error) { return a.o.Store.TrailEntries(ctx, hour, after, rowStep) }, fn)
}

// entries goes through what read gives, rowStep entries at a time.
func entries(read func(after hub.ID) ([]trail.Entry, error), fn func(trail.Entry) error) error {
	for after := (hub.ID{}); ; {
		list, err := read(after)
		if err != nil {
			return err
		}
		for _, e := range list {
			if err := fn(e); err != nil {
				return err
			}
			after = e.ID
		}
		if len(list) < rowStep {
			return nil
		}
	}
}

// blame names the entries of an hour that are not those that were sealed.
func (a *run) blame(ctx context.Context, c trail.Closed, there int64) error {
	list := &marks{ctx: ctx, store: a.o.Store, hour: c.Hour, digest: trail.NewDigest(c.Hour)}
	var told int64
	tell := func(kind Kind, id hub.ID, detail string) {
		told++
		a.found(kind, id.String(), "%s in the hour %s", detail, nameOf(c))
	}
	mark, ok := list.next()
	err := a.entriesOf(ctx, c.Hour, func(e trail.Entry) error {
		for ok && less(mark.ID, e.ID) {
			tell(TrailEntryMissing, mark.ID, "it was sealed, and is not there any more")
			mark, ok = list.next()
		}
		switch {
		case !ok || mark.ID != e.ID:
			tell(TrailEntryAdded, e.ID, "it was not there when the hour was sealed")
			return nil
		case mark.Hash != e.Hash():
			tell(TrailEntryChanged, e.ID, "it is not the entry that was sealed")
		}
		mark, ok = list.next()
		return nil
	})
	for ; err == nil && ok; mark, ok = list.next() {
		tell(TrailEntryMissing, mark.ID, "it was sealed, and is not there any more")
	}
	if err == nil {
		err = list.err
	}
	if err != nil {
		return err
	}
	n, sum := list.digest.Sum()
	switch listed := n == c.Entries && sum == c.Digest; {
	case !listed:
		a.found(TrailHourChanged, nameOf(c), "its %d entries are not the %d that were sealed, and the list of those was changed as well", there, c.Entries)
	case told == 0:
		a.found(TrailHourChanged, nameOf(c), "its entries are not those that were sealed")
	}
	return nil
}

func less(a, b hub.ID) bool { return string(a[:]) < string(b[:]) }

// marks goes through the list of an hour, a part at a time.
type marks struct {
	ctx    context.Context
	store  TrailStore
	hour   time.Time
	digest *trail.Digest
	part   int
	left   []trail.Mark
	err    error
}

func (m *marks) next() (trail.Mark, bool) {
	if len(m.left) == 0 && m.err == nil {
		var raw []byte
		if raw, m.err = m.store.TrailMarks(m.ctx, m.hour, m.part); m.err == nil {
			m.left, m.err = trail.ReadMarks(raw)
		}
		if m.err != nil {
			m.err = fmt.Errorf("list of the hour: %w", m.err)
		}
		m.part++
	}
	if len(m.left) == 0 || m.err != nil {
		return trail.Mark{}, false
	}
	first := m.left[0]
	m.left = m.left[1:]
	m.digest.AddMark(first.ID, first.Hash)
	m.digest.Left()
	return first, true
}
