package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// statements gathers the texts of what the database was asked.
type statements struct {
	mu    sync.Mutex
	texts []string
}

// add takes what a request asked; what the program asks by itself has no server.
func (s *statements) add(ctx context.Context, text string) {
	if ctx.Value(http.ServerContextKey) == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = append(s.texts, text)
}

// take gives what was gathered since it was taken last.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	texts := s.texts
	s.texts = nil
	return texts
}

// What is another's is looked for by the very statements by which what is not there is looked for: neither the answer nor
// the work tells that it exists.
func TestOthersTakeTheSamePath(t *testing.T) {
	told := &statements{}
	w := newMatrixWorldWith(t, func(o *Options) { o.Statements = told.add })
	rows, tried := w.rows(), 0
	for _, c := range w.everyCall() {
		row := rows[c.pattern]
		c = c.as(row)
		for _, o := range row.objects {
			if o.ids == nil || row.keeps {
				continue
			}
			ids, unknown := o.take(), o.unknown()
			for _, p := range w.principals {
				if c.page && p.key != "" || c.expected(p.principal, o) != http.StatusNotFound || theirs(p.principal, o.of) {
					continue // who may read a paper and not certify it knows that it is there
				}
				foreign, absent := w.asks(t, told, c, row, p, ids), w.asks(t, told, c, row, p, unknown)
				for again := 0; again < 3 && !slices.Equal(foreign, absent); again++ { // a key is remembered for a while
					foreign, absent = w.asks(t, told, c, row, p, ids), w.asks(t, told, c, row, p, unknown)
				}
				if len(foreign) > 0 { // else it was decided without asking
					tried++
				}
				if !slices.Equal(foreign, absent) {
					t.Errorf("%s on %s as %s asks\n%s\nand for what is not there\n%s", c.pattern, o.name, p.name,
						strings.Join(foreign, "\n"), strings.Join(absent, "\n"))
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("%d calls asked anything: nothing was tried", tried)
	}
}

// asks makes a call and gives what it asked of the database.
func (w *matrixWorld) asks(t *testing.T, told *statements, c matrixCall, row matrixRow, p matrixPrincipal, ids map[string]string) []string {
	t.Helper()
	told.take()
	w.call(t, c, row, p, ids)
	return told.take()
}
