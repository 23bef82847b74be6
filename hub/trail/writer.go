package trail

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"eblagh/hub"
)

// Store writes entries down.
//
// AddTrail MUST be one transaction, durable when it returns without an error. Errors: overloaded when the database is
// away.
type Store interface {
	AddTrail(ctx context.Context, entries []Entry) error
}

// WriterOptions are what a Writer needs; Store must be there.
type WriterOptions struct {
	Store   Store
	Waiting int           // entries that may wait; 0: 8,192
	Batch   int           // entries in one transaction; 0: 512
	Wait    time.Duration // how long a call waits for its entries; 0: 5 s
	// Wrote is told of every batch: how many entries, how long the oldest waited, and whether it failed. nil: nobody is.
	Wrote func(entries int, waited time.Duration, err error)
}

// Writer writes the entries of calls that end at the same moment in one transaction: while one commits, the next
// gathers. Nobody waits for others to come. It is safe for concurrent use.
type Writer struct {
	o    WriterOptions
	wake chan struct{}
	stop chan struct{}
	done chan struct{}

	mu      sync.Mutex
	waiting []*waiting
	entries int
	closed  bool
}

// waiting are the entries of one call.
type waiting struct {
	entries []Entry
	since   time.Time
	result  chan error
}

// NewWriter starts a Writer; Close ends it.
func NewWriter(o WriterOptions) *Writer {
	o.Waiting, o.Batch, o.Wait = cmp.Or(o.Waiting, 8_192), cmp.Or(o.Batch, 512), cmp.Or(o.Wait, 5*time.Second)
	if o.Wrote == nil {
		o.Wrote = func(int, time.Duration, error) {}
	}
	w := &Writer{o: o, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

var (
	errFull   = hub.Refuse(hub.CodeOverloaded, "too much waits to be recorded at the moment; try again")
	errClosed = hub.Refuse(hub.CodeOverloaded, "this process is stopping; try again")
	errLate   = errors.New("the trail was not written in time")
)

// Write returns when the entries are durable. Errors: overloaded when they cannot be written, or not in time; then
// whether they are is not known.
func (w *Writer) Write(ctx context.Context, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	mine, err := w.join(entries)
	if err != nil {
		return err
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
	// Who asked may have gone; what they did is written all the same.
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), w.o.Wait, errLate)
	defer cancel()
	select {
	case err := <-mine.result:
		return err
	case <-ctx.Done():
		w.leave(mine)
		return &hub.Error{Code: hub.CodeOverloaded, Detail: "what you do cannot be recorded at the moment; try again", Cause: errLate}
	}
}

func (w *Writer) join(entries []Entry) (*waiting, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return nil, errClosed
	case w.entries+len(entries) > w.o.Waiting:
		return nil, errFull
	}
	mine := &waiting{entries: entries, since: time.Now(), result: make(chan error, 1)}
	w.waiting, w.entries = append(w.waiting, mine), w.entries+len(entries)
	return mine, nil
}

// leave takes back entries that are not being written yet.
func (w *Writer) leave(mine *waiting) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.waiting, mine); i >= 0 {
		w.waiting, w.entries = slices.Delete(w.waiting, i, i+1), w.entries-len(mine.entries)
	}
}

// Close writes what waits and ends the Writer.
func (w *Writer) Close(context.Context) error {
	w.mu.Lock()
	already := w.closed
	w.closed = true
	w.mu.Unlock()
	if !already {
		close(w.stop)
	}
	<-w.done
	return nil
}

func (w *Writer) run() {
	defer close(w.done)
	for {
		select {
		case <-w.wake:
		case <-w.stop:
			for w.flush() {
			}
			return
		}
		for w.flush() {
		}
	}
}

// flush writes one batch. It reports whether there was one.
func (w *Writer) flush() bool {
	batch, entries := w.take()
	if len(batch) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), w.o.Wait, errLate)
	defer cancel()
	err := w.o.Store.AddTrail(ctx, merge(entries))
	if err != nil && hub.CodeOf(err) != hub.CodeOverloaded {
		err = &hub.Error{Code: hub.CodeOverloaded, Detail: "what you do cannot be recorded at the moment; try again", Cause: err}
	}
	for _, b := range batch {
		b.result <- err
	}
	w.o.Wrote(len(entries), time.Since(batch[0].since), err)
	return true
}

// take gives the oldest that wait, at least one.
func (w *Writer) take() (batch []*waiting, entries []Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for n < len(w.waiting) && (n == 0 || len(entries)+len(w.waiting[n].entries) <= w.o.Batch) {
		entries = append(entries, w.waiting[n].entries...)
		n++
	}
	batch = slices.Clone(w.waiting[:n])
	w.waiting = slices.Delete(w.waiting, 0, n)
	w.entries -= len(entries)
	return batch, entries
}

// nobodysMost is how many entries of nobody one batch keeps apart. A flood by nobody fills no disk.
const nobodysMost = 32

// merge makes one entry of what nobody did from one address on one route in one batch, and from then on one of all that
// nobody did.
func merge(entries []Entry) []Entry {
	type same struct {
		route   string
		outcome Outcome
		status  int
		from    From
	}
	seen := map[same]int{}
	out := entries[:0:0]
	for _, e := range entries {
		if e.Kind != Nobody || e.Outcome == Begun {
			out = append(out, e)
			continue
		}
		key := same{e.Route, e.Outcome, e.Status, e.From}
		if _, known := seen[key]; !known && len(seen) >= nobodysMost {
			key = same{outcome: e.Outcome, from: From{Place: Many}}
		}
		if i, known := seen[key]; known {
			first := &out[i]
			first.Count += e.Count
			first.Object, first.Objects = Object{}, nil
			first.Route, first.Status, first.From = key.route, key.status, key.from
			continue
		}
		seen[key] = len(out)
		out = append(out, e)
	}
	return out
}
