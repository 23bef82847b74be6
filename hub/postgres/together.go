package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// together lets calls that come at once share the round trips and the commit of one run. A call that finds nobody at work
// runs at once, alone and in its own context; those that come meanwhile go together in the next run. A call that has
// waited too long for others gets a run of its own, so that a run which hangs on a lock holds up nobody else for long.
type together[Q, A any] struct {
	run  func(ctx context.Context, questions []Q) (answers []A, err error) // as many answers, in the same order
	most int                                                               // questions of one run

	mu      sync.Mutex
	waiting []*gathered[Q, A]
	running int
}

// gathered is a call that waits for its answer. Its fields are read after done is closed.
type gathered[Q, A any] struct {
	ctx      context.Context
	question Q
	answer   A
	err      error
	panicked any
	done     chan struct{}
}

const (
	togetherWithin = 30 * time.Second       // for a run of several, whose callers may have gone one by one
	togetherLate   = 250 * time.Millisecond // a call that has waited so long does not wait for others any more: longer than planning takes
	togetherRuns   = 6                      // at once, at most: each takes a connection
)

// do gives the answer to one question. A caller that gives up does not stop the run: whether it took effect is then as
// unknown as with a transaction of its own.
func (t *together[Q, A]) do(ctx context.Context, question Q) (answer A, err error) {
	c := &gathered[Q, A]{ctx: ctx, question: question, done: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, c)
	first := t.running == 0
	if first {
		t.running++
	}
	t.mu.Unlock()
	if first {
		go t.work()
	}
	late := time.NewTimer(togetherLate)
	defer late.Stop()
	for {
		select {
		case <-c.done:
			if c.panicked != nil {
				panic(c.panicked)
			}
			return c.answer, c.err
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-late.C:
			t.another()
		}
	}
}

// another starts a run beside those that take long.
func (t *together[Q, A]) another() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) > 0 && t.running < togetherRuns {
		t.running++
		go t.work()
	}
}

// work answers until nobody waits.
func (t *together[Q, A]) work() {
	for {
		t.mu.Lock()
		n := min(len(t.waiting), t.most)
		if n == 0 {
			t.running--
			t.mu.Unlock()
			return
		}
		calls := t.waiting[:n:n]
		t.waiting = append([]*gathered[Q, A](nil), t.waiting[n:]...)
		t.mu.Unlock()
		if n == 1 {
			t.answer(calls[0].ctx, calls)
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), togetherWithin)
		alone := t.answer(ctx, calls)
		cancel()
		for _, c := range alone {
			t.answer(c.ctx, []*gathered[Q, A]{c})
		}
	}
}

// answer runs the questions of some calls. What several could not have together, and what Postgres has taken back as a
// whole, each of them tries alone, for the fault is likely that of one.
func (t *together[Q, A]) answer(ctx context.Context, calls []*gathered[Q, A]) (alone []*gathered[Q, A]) {
	defer func() {
		if len(alone) > 0 {
			return
		}
		p := recover()
		for _, c := range calls {
			c.panicked = p
			close(c.done)
		}
	}()
	answers, err := t.run(ctx, column(calls, func(c *gathered[Q, A]) Q { return c.question }))
	if err != nil && len(calls) > 1 && undone(err) {
		return calls
	}
	for i, c := range calls {
		if c.err = err; err == nil {
			c.answer = answers[i]
		}
	}
	return nil
}

// errApart says that some questions do not go in one run.
var errApart = errors.New("these do not go together")

// undone reports whether a transaction that failed so has certainly left nothing behind, and may go better another time.
func undone(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return !strings.HasPrefix(pg.Code, "57") && !strings.HasPrefix(pg.Code, "08") && !strings.HasPrefix(pg.Code, "53")
	}
	return !isConnection(err)
}
