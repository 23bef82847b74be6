package ladder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"eblagh/hub"
	"eblagh/hub/vault"
)

// Options are what a Ladder works with. Store, Vault, Book and Clock are needed.
type Options struct {
	Store Store
	Vault *vault.Vault
	Book  *Book
	Clock hub.Clock
	ID    string        // which ladder; "": Iran
	Day   time.Duration // how long a day of the data is; 0: 24 h. Shorter ones are for tests
	Wake  func()        // told that texts became due; nil: nobody
	Meter Meter         // nil: nothing is counted
}

// Meter counts for metrics. It MUST NOT block.
type Meter interface {
	// Climbed counts what due rungs did.
	Climbed(rung string, effect Effect, n int)
}

type silence struct{}

func (silence) Climbed(string, Effect, int) {}

// Ladder climbs. It is safe for concurrent use, by any number of processes on one store.
type Ladder struct {
	store Store
	vault *vault.Vault
	book  *Book
	clock hub.Clock
	id    string
	day   time.Duration
	wake  func()
	meter Meter
}

// New makes a Ladder. Errors: the book has no ladder of that id, or the day is none.
func New(o Options) (*Ladder, error) {
	l := &Ladder{store: o.Store, vault: o.Vault, book: o.Book, clock: o.Clock, id: cmp.Or(o.ID, Iran),
		day: cmp.Or(o.Day, 24*time.Hour), wake: o.Wake, meter: o.Meter}
	if l.day < 0 {
		return nil, errors.New("ladder: a day must be above zero")
	}
	if _, ok := l.book.inForce(l.id, l.clock()); !ok {
		return nil, fmt.Errorf("ladder: none of the name %s is in force", l.id)
	}
	if l.wake == nil {
		l.wake = func() {}
	}
	if l.meter == nil {
		l.meter = silence{}
	}
	return l, nil
}

// First gives the rung that a paper waits for once it arrives now, if there is one.
func (l *Ladder) First(kind hub.Kind, channels []hub.Channel) (hub.Rung, bool) {
	e, ok := l.book.inForce(l.id, l.clock())
	if !ok {
		return hub.Rung{}, false
	}
	return e.first(kind, channels, l.day)
}

// fireBatch is how many rungs fire in one transaction.
const fireBatch = 500

// Fire does what is due, and returns when nothing is that others do not have in hand. It may be called on every node.
func (l *Ladder) Fire(ctx context.Context) error {
	for {
		fired, err := l.store.FireRungs(ctx, l.book.names(), fireBatch, l.step, l.newID)
		if err != nil {
			return fmt.Errorf("ladder: %w", err)
		}
		l.tell(fired)
		if len(fired) < fireBatch {
			return nil
		}
	}
}

// tell counts what was committed and wakes the pumps if texts are due. Whoever misses it finds the rows.
func (l *Ladder) tell(fired []Step) {
	type kind struct {
		rung   string
		effect Effect
	}
	count, texts := map[kind]int{}, false
	for _, s := range fired {
		count[kind{s.Rung, s.Effect}]++
		texts = texts || s.Effect == Text
	}
	for k, n := range count {
		l.meter.Climbed(k.rung, k.effect, n)
	}
	if texts {
		l.wake()
	}
}

// step is the store's way to ask what a rung does.
func (l *Ladder) step(d Due) Step {
	e, ok := l.book.named(d.Ladder)
	if !ok { // the store gives none of those
		return Step{Due: d, Effect: Wait, After: l.day}
	}
	return e.step(d, l.day)
}

func (l *Ladder) newID() hub.ID { return hub.NewID(l.clock()) }
