package seal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub/ledger"
)

// Doubt is why a writer refuses to go on: the database is not the one that it has sealed.
type Doubt struct {
	Reason string
	Held   string // the checkpoint that shows it
}

// Error implements error.
func (d *Doubt) Error() string { return "the log is in doubt: " + d.Reason }

// checking is one look at the log before it is believed.
type checking struct {
	log    Log
	writer *Writer
	tree   tlog.Tree
}

// head gives the newest state, if its signature is one of this log's keys, or still missing.
func (c *checking) head(ctx context.Context) (Head, error) {
	head, err := step(ctx, c.writer.o.Step, c.log.Head)
	if err != nil || head.N == 0 || head.Note == "" {
		return head, err
	}
	keys, err := c.keys(ctx)
	if err != nil {
		return head, err
	}
	signed, err := ledger.OpenCheckpoint(head.Note, keys)
	if err != nil {
		return head, fmt.Errorf("the newest checkpoint does not fit ledger.origin and ledger.key_file: %w", err)
	}
	if signed.Tree != head.Tree || !signed.Time.Equal(head.Time) {
		return head, &Doubt{"the newest checkpoint says something else than what was signed", head.Note}
	}
	return head, nil
}

// keys are all that the log has had, and those of this writer.
func (c *checking) keys(ctx context.Context) (ledger.Keys, error) {
	changes, err := step(ctx, c.writer.o.Step, c.log.Keys)
	if err != nil {
		return ledger.Keys{}, err
	}
	var texts []string
	for _, s := range c.writer.o.Signers {
		texts = append(texts, s.VerifierKey())
	}
	for _, change := range changes {
		if !change.Retire && !slices.Contains(texts, change.Key) {
			texts = append(texts, change.Key)
		}
	}
	return ledger.ParseKeys(texts...)
}

// extends refuses a log that is not an extension of a checkpoint held outside of it.
func (c *checking) extends(ctx context.Context, head Head, note string) error {
	held, err := ledger.ReadCheckpoint(note)
	if err != nil {
		return fmt.Errorf("the checkpoint held outside the database: %w", err)
	}
	if held.Origin != c.writer.o.Origin {
		return fmt.Errorf("the checkpoint held outside the database is of the log %q, not of %q", held.Origin, c.writer.o.Origin)
	}
	switch {
	case held.N > head.N:
		return &Doubt{fmt.Sprintf("it was rolled back: it has %d entries, and had %d", head.N, held.N), note}
	case held.N == head.N && held.Hash != head.Hash:
		return &Doubt{fmt.Sprintf("it was forked: its %d entries are not those that were sealed", head.N), note}
	case held.Time.After(head.Time):
		return &Doubt{"its newest checkpoint has an earlier time than one that was signed", note}
	case held.N == head.N:
		return nil
	}
	root, err := ledger.RootAt(held.N, ledger.Tiles(head.Tree, func(tiles []tlog.Tile) ([][]byte, error) {
		return step(ctx, c.writer.o.Step, func(ctx context.Context) ([][]byte, error) { return c.log.Tiles(ctx, tiles) })
	}))
	switch {
	case err != nil && unavailable(err):
		return err
	case err != nil:
		return &Doubt{"its tiles do not make its root: " + err.Error(), note}
	case root != held.Hash:
		return &Doubt{fmt.Sprintf("it was rewritten: its first %d entries are not those that were sealed", held.N), note}
	}
	return nil
}

// remember checks the log against what the writer's file held, and brings the file up to it. last MUST be read before
// the head: processes may share a file, and then another one may write meanwhile.
func (w *Writer) remember(ctx context.Context, c *checking, last string, head Head) error {
	if last == "" && head.N > 0 {
		w.o.Logger.Warn("this process has no checkpoint of the log yet; it takes the database's", "size", head.N)
	}
	if last != "" {
		if err := c.extends(ctx, head, last); err != nil {
			return err
		}
	}
	if head.Note == "" || head.Note == last {
		return nil
	}
	return w.keep(ctx, head.Note)
}

func (w *Writer) keep(ctx context.Context, note string) error {
	_, err := step(ctx, w.o.Step, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, w.o.Memory.Keep(ctx, note)
	})
	return err
}

// doubtful makes a doubt known to every process, and gives the error back.
func (w *Writer) doubtful(ctx context.Context, session Session, err error) error {
	var doubt *Doubt
	if !errors.As(err, &doubt) {
		return err
	}
	_, failed := step(ctx, w.o.Step, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, session.Doubt(ctx, doubt.Reason, doubt.Held)
	})
	return errors.Join(err, failed)
}
