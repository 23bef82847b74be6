package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"eblagh/hub"
)

// Period says how long the papers of a kind of case are kept after the last one came in, and on what basis they then go.
type Period struct {
	Kind  string
	Days  int
	Basis string
}

// Plan says how long things are kept. What is zero is kept.
type Plan struct {
	Cases    []Period
	Contacts time.Duration // after another took its place
	Codes    time.Duration // after they could be met last
}

// Options are what a Keeper works with. Erase is needed where anything is erased.
type Options struct {
	Store  Store
	Book   *Book
	Plan   Plan
	Erase  Eraser
	Clock  hub.Clock
	Logger *slog.Logger
}

// Keeper holds and erases. It is safe for concurrent use.
type Keeper struct{ o Options }

// New makes a Keeper. Errors: the plan names a kind that is none, or a period without days or basis.
func New(o Options) (*Keeper, error) {
	for i, p := range o.Plan.Cases {
		if _, known := o.Book.Kind(p.Kind); !known || p.Kind == "" {
			return nil, fmt.Errorf("retention.cases[%d].kind: %q is none of the kinds of case", i, p.Kind)
		}
		if p.Days <= 0 || p.Basis == "" {
			return nil, fmt.Errorf("retention.cases[%d]: days and basis are needed", i)
		}
	}
	return &Keeper{o}, nil
}

const (
	casesAtOnce = 200
	rowsAtOnce  = 1000
	mostTurns   = 10_000
)

// Done is what a run erased.
type Done struct {
	Documents int
	Held      int // documents that were held in the meantime
	Contacts  int
	Codes     int
}

// Run erases what is over. Each thing is one short transaction, and a run that is cut off goes on with the next. Errors
// of one document do not keep the others.
func (k *Keeper) Run(ctx context.Context) (done Done, err error) {
	now := k.o.Clock()
	var failed []error
	for _, p := range k.o.Plan.Cases {
		failed = append(failed, k.documents(ctx, p, now, func(q Quiet) error {
			err := k.o.Erase(ctx, q.Document, fmt.Sprintf("retention of %s cases, %d days: %s", p.Kind, p.Days, p.Basis))
			switch hub.CodeOf(err) {
			case hub.CodeWrongState: // another node was there first, or a hold
				done.Held++
				return nil
			case "":
				if err == nil {
					done.Documents++
				}
			}
			return err
		}))
	}
	done.Contacts, err = forget(ctx, now, k.o.Plan.Contacts, k.o.Store.ForgetContacts)
	failed = append(failed, err)
	done.Codes, err = forget(ctx, now, k.o.Plan.Codes, k.o.Store.ForgetCodes)
	return done, errors.Join(append(failed, err)...)
}

// Due lists the documents that a run would erase, to each.
func (k *Keeper) Due(ctx context.Context, each func(Period, Quiet) error) error {
	for _, p := range k.o.Plan.Cases {
		if err := k.documents(ctx, p, k.o.Clock(), func(q Quiet) error { return each(p, q) }); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) documents(ctx context.Context, p Period, now time.Time, each func(Quiet) error) error {
	var failed []error
	for after, turns := (hub.ID{}), 0; turns < mostTurns; turns++ {
		found, last, err := k.o.Store.QuietDocuments(ctx, p.Kind, now.AddDate(0, 0, -p.Days), after, casesAtOnce)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, q := range found {
			if err := each(q); err != nil {
				failed = append(failed, fmt.Errorf("document %s: %w", q.Document, err))
			}
		}
		if last.IsZero() {
			break
		}
		after = last
	}
	return errors.Join(failed...)
}

func forget(ctx context.Context, now time.Time, kept time.Duration, some func(context.Context, time.Time, int) (int, error)) (n int, err error) {
	if kept <= 0 {
		return 0, nil
	}
	for turns := 0; turns < mostTurns; turns++ {
		forgotten, err := some(ctx, now.Add(-kept), rowsAtOnce)
		n += forgotten
		if err != nil || forgotten < rowsAtOnce {
			return n, err
		}
	}
	return n, nil
}

// Loop runs now and then until ctx ends.
func (k *Keeper) Loop(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if done, err := k.Run(ctx); err != nil && ctx.Err() == nil {
			k.o.Logger.Error("cannot erase what is over", "error", err)
		} else if done != (Done{}) {
			k.o.Logger.Info("erased what is over", "documents", done.Documents, "held", done.Held, "contacts", done.Contacts, "codes", done.Codes)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
