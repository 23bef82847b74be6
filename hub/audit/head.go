package audit

import (
	"context"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub/ledger"
)

// mark is a size at which the log must have had a known root.
type mark struct {
	tlog.Tree
	kind Kind
	of   string
}

// checkHead holds the newest checkpoint, and those that were kept outside, against the database.
func (a *run) checkHead(ctx context.Context, newest int64) error {
	if a.head.N > 0 {
		a.checkSignature(a.head)
	}
	beyond, err := a.o.Store.LeavesFrom(ctx, newest, rowStep)
	if err != nil {
		return err
	}
	if len(beyond) > 0 { // the log may have grown meanwhile; its head comes with its leaves
		if _, newest, err = a.o.Store.NewestHead(ctx); err != nil {
			return err
		}
	}
	for _, l := range beyond {
		if l.Index >= newest {
			a.found(LeafBeyond, l.Receipt.String(), "it claims the place %d of a log of %d entries", l.Index, newest)
		}
	}
	for _, m := range a.held() {
		switch {
		case m.N > a.head.N:
			a.found(RolledBack, "log", "a checkpoint that was kept outside has %d entries, the database's newest %d: "+
				"the log was cut short, or an older database was put in its place", m.N, a.head.N)
		case m.N > 0 && m.N <= a.state.Index: // the walk will not come by it
			if root, err := ledger.RootAt(m.N, a.tiles(ctx)); err != nil || root != m.Hash {
				a.found(Forked, "log", "the log is not the one of a checkpoint that was kept outside, of %d entries", m.N)
			}
		}
	}
	return a.checkFrom(ctx)
}

// held reads the checkpoints that were kept outside. One that none of the keys signed proves nothing.
func (a *run) held() []mark {
	var marks []mark
	for _, note := range append(a.state.Held[:len(a.state.Held):len(a.state.Held)], a.o.Held...) {
		c, err := ledger.OpenCheckpoint(note, a.o.Keys)
		if err != nil {
			a.found(CheckpointBad, "kept outside", "%v", err)
			continue
		}
		marks = append(marks, mark{c.Tree, Forked, "log"})
	}
	return marks
}

// checkFrom takes what is before the first entry to look at from the tiles, as far as they bear out the checkpoint.
func (a *run) checkFrom(ctx context.Context) error {
	from := a.state.Index
	if from == 0 {
		a.state.Root = emptyRoot()
		return nil
	}
	if from >= a.head.N {
		a.state.Index = 0
		return a.checkFrom(ctx)
	}
	root, err := ledger.RootAt(from, a.tiles(ctx))
	if err != nil {
		a.found(TileChanged, "log", "the tiles before entry %d do not bear out the checkpoint: %v", from, err)
		a.state.Index = 0
		return a.checkFrom(ctx)
	}
	a.state.Root = root
	return nil
}

// tiles reads hashes, each proved against the head.
func (a *run) tiles(ctx context.Context) tlog.HashReader {
	return ledger.Tiles(a.head.Tree, func(tiles []tlog.Tile) ([][]byte, error) { return a.o.Store.StoredTiles(ctx, tiles) })
}

// checkSignature holds a head's row against the note that was signed.
func (a *run) checkSignature(h Head) {
	of := sizeText(h.N)
	c, err := ledger.OpenCheckpoint(h.Note, a.o.Keys)
	switch {
	case err != nil:
		a.found(CheckpointBad, of, "%v", err)
	case c.Tree != h.Tree || !c.Time.Equal(h.Time):
		a.found(CheckpointBad, of, "its row says another size, root or time than what was signed")
	}
}

// checkTimes: the time of the log never goes back.
func (a *run) checkTimes(h Head, before time.Time) {
	if h.Time.Before(before) {
		a.found(CheckpointBad, sizeText(h.N), "its time is before that of the checkpoint before it")
	}
}

func emptyRoot() tlog.Hash {
	root, _ := tlog.TreeHash(0, nil) // SHA-256 of nothing; no hash is read
	return root
}
