package postgres

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/jackc/pgx/v5/pgconn"
)

// gathering answers with the double of each question and keeps which came together.
type gathering struct {
	together[int, int]
	mu   sync.Mutex
	runs [][]int
	gate chan struct{} // a run waits for it
	fail func(questions []int) error
}

func newGathering(most int) *gathering {
	g := &gathering{gate: make(chan struct{}), fail: func([]int) error { return nil }}
	g.most = most
	g.run = func(_ context.Context, questions []int) ([]int, error) {
		<-g.gate
		g.mu.Lock()
		defer g.mu.Unlock()
		g.runs = append(g.runs, slices.Clone(questions))
		return column(questions, func(q int) int { return 2 * q }), g.fail(questions)
	}
	return g
}

// ask lets 1…n come one after the other and gives what each was told.
func (g *gathering) ask(n int) (answers []int, errs []error, wait func()) {
	answers, errs = make([]int, n+1), make([]error, n+1)
	var all sync.WaitGroup
	for q := 1; q <= n; q++ {
		all.Go(func() { answers[q], errs[q] = g.do(context.Background(), q) })
		synctest.Wait()
	}
	return answers, errs, all.Wait
}

func TestCallsThatComeMeanwhileGoTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGathering(3)
		answers, errs, wait := g.ask(6)
		close(g.gate)
		wait()
		if want := [][]int{{1}, {2, 3, 4}, {5, 6}}; !slices.EqualFunc(g.runs, want, slices.Equal) {
			t.Errorf("runs %v, want %v", g.runs, want)
		}
		for q := 1; q <= 6; q++ {
			if answers[q] != 2*q || errs[q] != nil {
				t.Errorf("%d: %d, %v", q, answers[q], errs[q])
			}
		}
	})
}

// The fault of one is not that of the others: what Postgres took back as a whole, each tries alone.
func TestTheFaultOfOneIsItsOwn(t *testing.T) {
	for name, refusal := range map[string]error{"a constraint": &pgconn.PgError{Code: "23505"}, "not together": errApart} {
		synctest.Test(t, func(t *testing.T) {
			g := newGathering(8)
			g.fail = func(questions []int) error {
				if slices.Contains(questions, 3) {
					return refusal
				}
				return nil
			}
			answers, errs, wait := g.ask(4)
			close(g.gate)
			wait()
			if want := [][]int{{1}, {2, 3, 4}, {2}, {3}, {4}}; !slices.EqualFunc(g.runs, want, slices.Equal) {
				t.Errorf("%s: runs %v, want %v", name, g.runs, want)
			}
			if !errors.Is(errs[3], refusal) || errs[2] != nil || errs[4] != nil || answers[4] != 8 {
				t.Errorf("%s: %v, %v", name, answers, errs)
			}
		})
	}
}

// A connection that broke may have committed: nothing is tried again.
func TestWhatMayHaveHappenedIsNotDoneAgain(t *testing.T) {
	for _, broken := range []error{&pgconn.PgError{Code: "57P01"}, context.DeadlineExceeded, errors.New("conn closed")} {
		synctest.Test(t, func(t *testing.T) {
			g := newGathering(8)
			g.fail = func([]int) error { return broken }
			_, errs, wait := g.ask(3)
			close(g.gate)
			wait()
			if len(g.runs) != 2 || !errors.Is(errs[2], broken) || !errors.Is(errs[3], broken) {
				t.Errorf("%v: runs %v, %v", broken, g.runs, errs)
			}
		})
	}
}

// A run that hangs holds up nobody for longer than a moment.
func TestALateCallGetsARunOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGathering(8)
		hang := make(chan struct{})
		free := g.run
		g.run = func(ctx context.Context, questions []int) ([]int, error) {
			if questions[0] == 1 {
				<-hang
			}
			return free(ctx, questions)
		}
		close(g.gate)
		first := make(chan struct{})
		go func() { defer close(first); _, _ = g.do(context.Background(), 1) }()
		synctest.Wait()
		if answer, err := g.do(context.Background(), 2); answer != 4 || err != nil {
			t.Errorf("%d, %v", answer, err)
		}
		close(hang)
		<-first
	})
}

func TestACallerThatGivesUpLeavesTheOthersTheirs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGathering(8)
		_, _, wait := g.ask(1)
		ctx, cancel := context.WithCancel(context.Background())
		gone := make(chan error, 1)
		go func() { _, err := g.do(ctx, 2); gone <- err }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(g.gate)
		if answer, err := g.do(context.Background(), 3); answer != 6 || err != nil {
			t.Errorf("%d, %v", answer, err)
		}
		wait()
	})
}

// A panic belongs to the calls that it met, not to the process.
func TestAPanicComesBackToItsCallers(t *testing.T) {
	g := newGathering(8)
	close(g.gate)
	g.fail = func([]int) error { panic("oops") }
	defer func() {
		if p := recover(); p != "oops" {
			t.Errorf("recovered %v", p)
		}
	}()
	_, _ = g.do(t.Context(), 1)
	t.Error("no panic")
}
