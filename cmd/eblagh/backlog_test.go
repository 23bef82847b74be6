package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"eblagh/hub"
)

// countedStore is a store of numbers behind a backlog.
type countedStore struct {
	*backlog
	waiting int // what really waits
	refused int
	writing []func() // ends a call that found room
	*rand.Rand
}

func newCountedStore(seed uint64, limit int) *countedStore {
	s := &countedStore{Rand: rand.New(rand.NewPCG(seed, 0))}
	s.backlog = &backlog{limit: limit, refused: func() { s.refused++ }}
	return s
}

// step does something of what goes on in a hub: a call begins or ends, or something is delivered.
func (s *countedStore) step(t *testing.T, most int) {
	t.Helper()
	switch {
	case s.IntN(4) == 0:
		s.waiting -= s.IntN(s.waiting + 1)
	case len(s.writing) > 0 && s.IntN(2) == 0:
		i := s.IntN(len(s.writing))
		s.writing[i]()
		s.writing[i] = s.writing[len(s.writing)-1]
		s.writing = s.writing[:len(s.writing)-1]
	default:
		n := 1 + s.IntN(most)
		written, err := s.Take(n)
		if err != nil {
			if hub.CodeOf(err) != hub.CodeOverloaded {
				t.Fatal(err)
			}
			return
		}
		s.writing = append(s.writing, func() {
			fresh := s.IntN(n + 1) // the others were there before
			if s.waiting += fresh; s.waiting >= s.limit+most {
				t.Errorf("%d wait, with a limit of %d and batches of %d", s.waiting, s.limit, most)
			}
			if s.IntN(8) == 0 {
				fresh = n // nobody knows how it ended
			}
			written(fresh)
		})
	}
}

// Whatever is written while somebody looks, or between two looks, and however long a call takes: on one node the limit is
// passed by less than one batch.
func TestTheBacklogKeepsItsLimit(t *testing.T) {
	const limit, most = 100, 30
	refused := 0
	for seed := range uint64(300) {
		s := newCountedStore(seed, limit)
		s.count = func(_ context.Context, limit int) (int, error) {
			for range s.IntN(20) {
				s.step(t, most)
			}
			n := min(s.waiting, limit)
			for range s.IntN(20) {
				s.step(t, most)
			}
			if s.IntN(5) == 0 {
				return 0, errors.New("the store is away")
			}
			return n, nil
		}
		for range 50 {
			s.look(t.Context())
			for range s.IntN(40) {
				s.step(t, most)
			}
		}
		for _, end := range s.writing {
			end()
		}
		refused += s.refused
		s.waiting, s.count = 0, func(context.Context, int) (int, error) { return 0, nil }
		s.look(t.Context())
		if s.over() {
			t.Errorf("nothing waits, and there is no room: %d seen, %d since, %d held", s.seen, s.since, s.held)
		}
	}
	if refused == 0 {
		t.Error("the limit was never met")
	}
}

// Between two looks no more is taken in than there is room for, and the look that follows makes room again.
func TestTheBacklogFillsBetweenTwoLooks(t *testing.T) {
	s := newCountedStore(1, 100)
	s.count = func(context.Context, int) (int, error) { return 40, nil }
	s.look(t.Context())
	for _, c := range []struct {
		n, written int
		room       bool
	}{{30, 30, true}, {20, 0, true}, {29, 29, true}, {50, 50, true}, {1, 0, false}} {
		written, err := s.Take(c.n)
		if (err == nil) != c.room {
			t.Errorf("%d papers: %v", c.n, err)
		}
		if err == nil {
			written(c.written)
		}
	}
	if s.refused != 1 || !s.over() {
		t.Errorf("%d refused, over: %t", s.refused, s.over())
	}
	if s.look(t.Context()); s.over() {
		t.Error("the look made no room")
	}
}
