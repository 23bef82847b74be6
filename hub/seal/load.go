package seal

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// writing is the log in the hands of its one writer.
type writing struct {
	*Writer
	session Session
	edge    *ledger.Edge
	head    Head
}

// load takes the log up from the database: it believes nothing that its tiles, its signature, the file and a doubt that
// another process had do not bear out; finishes what a crash left unsigned; and enters changes of the keys.
func (w *Writer) load(ctx context.Context, session Session) (*writing, error) {
	l := &writing{Writer: w, session: session}
	if err := l.check(ctx); err != nil {
		return nil, w.doubtful(ctx, session, err)
	}
	if l.head.N > 0 && l.head.Note == "" {
		if err := l.finish(ctx); err != nil {
			return nil, err
		}
	}
	if _, _, err := l.waiting(ctx, w.o.Batch); err != nil { // what waits must be there before the doubt is over
		return nil, w.doubtful(ctx, session, err)
	}
	_, err := step(ctx, w.o.Step, func(ctx context.Context) (struct{}, error) { return struct{}{}, session.Ready(ctx) })
	if err != nil {
		return nil, err
	}
	return l, l.enterKeys(ctx)
}

func (l *writing) check(ctx context.Context) error {
	c := &checking{log: l.session, writer: l.Writer}
	last, err := step(ctx, l.o.Step, l.o.Memory.Last)
	if err != nil {
		return err
	}
	if l.head, err = c.head(ctx); err != nil {
		return err
	}
	if l.head.N == 0 {
		l.head.Hash = emptyRoot()
	}
	if err := l.takeEdge(ctx); err != nil {
		return err
	}
	standing, err := step(ctx, l.o.Step, l.session.Standing)
	if err != nil {
		return err
	}
	if standing.Held != "" {
		if err := c.extends(ctx, l.head, standing.Held); err != nil {
			return err
		}
	}
	return l.remember(ctx, c, last, l.head)
}

func (l *writing) takeEdge(ctx context.Context) error {
	tiles, err := step(ctx, l.o.Step, func(ctx context.Context) ([][]byte, error) {
		return l.session.Tiles(ctx, ledger.EdgeTiles(l.head.N))
	})
	if err != nil {
		return err
	}
	if l.edge, err = ledger.NewEdge(l.head.Tree, tiles); err != nil {
		return &Doubt{"its newest tiles do not make its root: " + err.Error(), l.head.Note}
	}
	return nil
}

// enterKeys enters keys that are new, and ends those that are retired: the history of keys is in the log itself.
func (l *writing) enterKeys(ctx context.Context) error {
	changes, err := step(ctx, l.o.Step, l.session.Keys)
	if err != nil {
		return err
	}
	began, ended := map[string]bool{}, map[string]bool{}
	for _, c := range changes {
		if c.Retire {
			ended[c.Key] = true
		} else {
			began[c.Key] = true
		}
	}
	var entries []ledger.Entry
	for _, s := range l.o.Signers {
		switch key := s.VerifierKey(); {
		case ended[key]:
			return errors.New("ledger.key_file: a key in it was retired from the log; it must not sign any more")
		case !began[key]:
			entries = append(entries, ledger.Entry{Key: key})
		}
	}
	for _, key := range l.o.Retired {
		if began[key] && !ended[key] {
			entries = append(entries, ledger.Entry{Key: key, Retire: true})
		}
	}
	if len(entries) == 0 {
		return nil
	}
	_, now, err := l.waiting(ctx, 0)
	if err != nil {
		return err
	}
	l.o.Logger.Info("the log's keys change", "changes", len(entries))
	return l.appendBatch(ctx, entries, nil, now)
}

func emptyRoot() tlog.Hash {
	root, _ := tlog.TreeHash(0, nil) // SHA-256 of nothing; no hash is read
	return root
}

// unavailable tells a database that is away from one that says something wrong.
func unavailable(err error) bool {
	return hub.CodeOf(err) == hub.CodeOverloaded || errors.Is(err, errHangs) || errors.Is(err, context.DeadlineExceeded)
}

var errUnsealable = errors.New("a receipt has no canonical form")

func entryOf(r ledger.Receipt) (ledger.Entry, error) {
	entry, err := ledger.NewEntry(r)
	if err != nil {
		return entry, fmt.Errorf("%w: %w", errUnsealable, err)
	}
	return entry, nil
}
