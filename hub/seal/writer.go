package seal

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"eblagh/hub/ledger"
)

// Options are what a Writer works with. Store, Origin, Signers, Memory and Logger are needed.
type Options struct {
	Store   Store
	Origin  string           // of the log
	Signers []*ledger.Signer // the keys in force: each signs
	Retired []string         // verifier keys that sign no more
	Memory  Memory
	Logger  *slog.Logger
	Meter   Meter         // nil: nothing is counted
	Batch   int           // receipts at once; 0: 4,000
	Every   time.Duration // how often to look for receipts; 0: 200 ms
	Step    time.Duration // after which a step counts as hanging; 0: 10 s
	Again   time.Duration // how long to wait before starting anew, or asking for the lock again; 0: 500 ms
}

// Meter counts for metrics. Its methods MUST NOT block.
type Meter interface {
	// Sealed counts receipts, and tells how long the oldest of them had waited.
	Sealed(receipts int, oldest time.Duration, size int64)
	// Failed counts times that the writer began anew.
	Failed()
}

type silence struct{}

func (silence) Sealed(int, time.Duration, int64) {}
func (silence) Failed()                          {}

// Writer seals receipts. Any number of processes may run one: one of them writes.
type Writer struct {
	o Options
}

// New makes a Writer. Errors: no key, or one of another log.
func New(o Options) (*Writer, error) {
	if len(o.Signers) == 0 {
		return nil, errors.New("the log needs a key")
	}
	for _, s := range o.Signers {
		if s.Name() != o.Origin {
			return nil, errors.New("a key is of another log")
		}
	}
	if o.Meter == nil {
		o.Meter = silence{}
	}
	o.Batch, o.Every = cmp.Or(o.Batch, 4000), cmp.Or(o.Every, 200*time.Millisecond)
	o.Step, o.Again = cmp.Or(o.Step, 10*time.Second), cmp.Or(o.Again, 500*time.Millisecond)
	return &Writer{o}, nil
}

// Run seals until ctx ends. Whatever fails, it begins anew from the database.
func (w *Writer) Run(ctx context.Context) error {
	told := ""
	for ctx.Err() == nil {
		err := w.turn(ctx)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			w.o.Meter.Failed()
			if told != err.Error() { // once, not twice a second
				w.o.Logger.Error("sealing stopped; it begins anew from the database", "error", err)
			}
			told = err.Error()
		}
		w.wait(ctx, w.o.Again)
	}
	return nil
}

// turn is one life of the writer: from the lock to the first error, or to the end of ctx.
func (w *Writer) turn(ctx context.Context) error {
	session, err := step(ctx, w.o.Step, w.o.Store.Lock)
	if err != nil {
		return err
	}
	if session == nil {
		return w.standBy(ctx)
	}
	defer session.Close()
	l, err := w.load(ctx, session)
	if err != nil {
		return err
	}
	w.o.Logger.Info("sealing", "log", w.o.Origin, "size", l.head.N)
	for ctx.Err() == nil {
		n, err := l.seal(ctx)
		if err != nil {
			return w.doubtful(ctx, session, err)
		}
		if n < w.o.Batch {
			w.wait(ctx, w.o.Every)
		}
	}
	_, err = l.seal(ctx) // what the parts that stopped before this one left
	return err
}

// standBy follows the log that another process writes, so that this one's file knows of it too: whoever takes over later
// sees what was rolled back before.
func (w *Writer) standBy(ctx context.Context) error {
	check := &checking{log: w.o.Store, writer: w}
	last, err := step(ctx, w.o.Step, w.o.Memory.Last)
	if err != nil {
		return err
	}
	head, err := check.head(ctx)
	if err != nil || head.N == 0 {
		return err
	}
	return w.remember(ctx, check, last, head)
}

func (w *Writer) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// step runs one step to its end, though ctx ends meanwhile, but for no longer than the limit.
func step[T any](ctx context.Context, limit time.Duration, fn func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), limit, errHangs)
	defer cancel()
	return fn(ctx)
}

var errHangs = errors.New("a step of sealing took too long")
