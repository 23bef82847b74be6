package seal

import (
	"context"
	"errors"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// seal takes the oldest receipts that wait and seals them. It gives how many. After an error the writing is not to be
// used any more: what took effect is known to the database alone.
func (l *writing) seal(ctx context.Context) (int, error) {
	receipts, now, err := l.waiting(ctx, l.o.Batch)
	if err != nil || len(receipts) == 0 {
		return 0, err
	}
	if err := l.appendBatch(ctx, nil, receipts, now); err != nil {
		return 0, err
	}
	oldest := receipts[0].RecordedAt
	for _, r := range receipts {
		oldest = earlier(oldest, r.RecordedAt)
	}
	l.o.Meter.Sealed(len(receipts), now.Sub(oldest), l.head.N)
	return len(receipts), nil
}

func (l *writing) waiting(ctx context.Context, limit int) (receipts []ledger.Receipt, now time.Time, err error) {
	receipts, err = step(ctx, l.o.Step, func(ctx context.Context) ([]ledger.Receipt, error) {
		receipts, at, err := l.session.Waiting(ctx, limit)
		now = at
		return receipts, err
	})
	if errors.Is(err, ErrVanished) {
		return nil, now, &Doubt{"a receipt was removed before it was sealed", l.head.Note}
	}
	return receipts, now, err
}

// appendBatch appends changes of keys and receipts, makes that durable, and finishes it.
func (l *writing) appendBatch(ctx context.Context, keys []ledger.Entry, receipts []ledger.Receipt, now time.Time) error {
	b := Batch{Before: l.head.N, Receipts: make([]hub.ID, len(receipts)), Keys: keys}
	b.Head.Time = later(l.head.Time, now)
	lines := make([][]byte, 0, len(keys)+len(receipts))
	for i := range keys {
		keys[i].At = b.Head.Time
		lines = append(lines, keys[i].Marshal())
	}
	for i, r := range receipts {
		entry, err := entryOf(r)
		if err != nil {
			return err
		}
		b.Receipts[i], lines = r.ID, append(lines, entry.Marshal())
		b.Head.Time = later(b.Head.Time, r.RecordedAt) // time only moves forward, whatever clocks do
	}
	b.Tiles = l.edge.Append(lines)
	root, err := l.edge.Root()
	if err != nil {
		return err
	}
	b.Head.N, b.Head.Hash = l.edge.Size(), root
	_, err = step(ctx, l.o.Step, func(ctx context.Context) (struct{}, error) { return struct{}{}, l.session.Append(ctx, b) })
	if err != nil {
		return err
	}
	l.head = b.Head
	return l.finish(ctx)
}

// finish brings a head that is durable into the open: sign, keep, publish. It is the same for a batch that was appended
// just now and for one that a crash left behind; signing again gives the same signature.
func (l *writing) finish(ctx context.Context) error {
	note, err := step(ctx, l.o.Step, l.sign)
	if err != nil {
		return err
	}
	if err := l.keep(ctx, note); err != nil { // before anybody else can hold it
		return err
	}
	_, err = step(ctx, l.o.Step, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, l.session.Publish(ctx, l.head.N, note)
	})
	if err != nil {
		return err
	}
	l.head.Note = note
	return nil
}

// sign gives up waiting for a key that hangs. What it may still sign then is a head that is durable.
func (l *writing) sign(ctx context.Context) (string, error) {
	type signed struct {
		note string
		err  error
	}
	done := make(chan signed, 1)
	checkpoint := ledger.Checkpoint{Origin: l.o.Origin, Tree: l.head.Tree, Time: l.head.Time}
	go func() {
		note, err := checkpoint.Sign(l.o.Signers...)
		done <- signed{note, err}
	}()
	select {
	case s := <-done:
		return s.note, s.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
