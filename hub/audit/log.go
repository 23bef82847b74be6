package audit

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub/ledger"
)

// walk is the walk over the log under way.
type walk struct {
	*run
	edge  *ledger.Edge // of the entries so far as the tiles have them; nil once they cannot be known any more
	marks []mark
	last  time.Time // of the checkpoint before
}

// walkLog looks at every entry up to the head.
func (a *run) walkLog(ctx context.Context) error {
	w := &walk{run: a, marks: a.held()}
	if err := w.takeEdge(ctx); err != nil {
		return err
	}
	for from := a.state.Index; from < a.head.N; from = a.state.Index {
		to := min(from+logStep, a.head.N)
		if err := w.batch(ctx, from, to); err != nil {
			return err
		}
		a.state.Index = to
		if w.edge != nil {
			root, err := w.edge.Root()
			if err != nil {
				return err
			}
			a.state.Root = root
		}
		if err := a.looked(int(to-from), to, a.head.N); err != nil {
			return err
		}
	}
	return nil
}

// takeEdge takes the log up where the audit was left. Tiles that changed meanwhile do not make the root that was found.
func (w *walk) takeEdge(ctx context.Context) error {
	index := w.state.Index
	tiles, err := w.o.Store.StoredTiles(ctx, ledger.EdgeTiles(index))
	if err != nil {
		return err
	}
	if slices.ContainsFunc(tiles, func(t []byte) bool { return t == nil }) {
		w.found(TileMissing, "log", "tiles at the edge of entry %d are gone", index)
		return nil
	}
	if w.edge, err = ledger.NewEdge(tlog.Tree{N: index, Hash: w.state.Root}, tiles); err != nil {
		w.edge = nil
		w.found(TileChanged, "log", "the tiles do not make the root that they had before entry %d: %v", index, err)
	}
	return nil
}

// batch looks at the entries in [from, to); from is where a tile begins.
func (w *walk) batch(ctx context.Context, from, to int64) error {
	leaves, err := w.o.Store.Leaves(ctx, from, to)
	if err != nil {
		return err
	}
	heads, err := w.o.Store.Checkpoints(ctx, from, logStep)
	if err != nil {
		return err
	}
	stored, hashes, err := w.entries(ctx, from, to)
	if err != nil {
		return err
	}
	lines, recomputed := make([][]byte, to-from), linesOf(leaves, from, to)
	for i := range lines {
		if lines[i] = stored[i]; lines[i] == nil {
			lines[i] = recomputed[i].line // the walk goes on with what the entry should be
		}
		w.checkEntry(from+int64(i), recomputed[i], stored[i], hashes[i])
	}
	w.checkLate(lines, from, heads)
	return w.rebuild(ctx, from, lines, heads)
}

// expected is what the database says that an entry is.
type expected struct {
	leaf *Leaf
	line []byte // nil when that cannot be said
	why  error
}

func linesOf(leaves []Leaf, from, to int64) []expected {
	out := make([]expected, to-from)
	for i := range leaves {
		l := &leaves[i]
		e := &out[l.Index-from]
		switch e.leaf = l; {
		case l.Key != "":
			e.line = []byte(l.Key)
		case l.Sealed != nil:
			entry, err := ledger.NewEntry(*l.Sealed)
			if e.why = err; err == nil {
				e.line = entry.Marshal()
			}
		}
	}
	return out
}

// entries reads the entries' tiles and the hashes that they had. What is missing or broken is told, and nil.
func (w *walk) entries(ctx context.Context, from, to int64) (lines [][]byte, hashes []*tlog.Hash, err error) {
	lines, hashes = make([][]byte, to-from), make([]*tlog.Hash, to-from)
	var tiles []tlog.Tile
	for at := from; at < to; at += ledger.TileWidth {
		width := int(min(ledger.TileWidth, to-at))
		tiles = append(tiles, tlog.Tile{H: ledger.Height, L: ledger.EntryLevel, N: at / ledger.TileWidth, W: width},
			tlog.Tile{H: ledger.Height, L: 0, N: at / ledger.TileWidth, W: width})
	}
	stored, err := w.o.Store.StoredTiles(ctx, tiles)
	if err != nil {
		return nil, nil, err
	}
	for i, t := range tiles {
		first := t.N*ledger.TileWidth - from
		if stored[i] == nil {
			w.found(TileMissing, ledger.TilePath(t), "it is not there, or not as wide as it was")
			continue
		}
		if t.L == 0 {
			for k := 0; k < t.W && (k+1)*tlog.HashSize <= len(stored[i]); k++ {
				hash := tlog.Hash(stored[i][k*tlog.HashSize:][:tlog.HashSize])
				hashes[first+int64(k)] = &hash
			}
			continue
		}
		split, err := ledger.SplitEntries(stored[i], t.W)
		if err != nil {
			w.found(TileChanged, ledger.TilePath(t), "%v", err)
			continue
		}
		copy(lines[first:], split)
	}
	return lines, hashes, nil
}

// checkEntry holds one entry against its receipt. Where they differ, the hash beside them says which of the two changed.
func (w *walk) checkEntry(index int64, e expected, stored []byte, hash *tlog.Hash) {
	of := sizeText(index)
	hashed := func(line []byte) bool { return line != nil && hash != nil && tlog.RecordHash(line) == *hash }
	switch {
	case e.leaf == nil && isKey(stored):
		w.found(EntryWithout, of, "a change of the log's keys is in the log and not in its table")
	case e.leaf == nil:
		w.found(EntryWithout, of, "nothing says any more of which receipt this entry is")
	case e.leaf.Key == "" && e.leaf.Sealed == nil:
		w.found(ReceiptMissing, e.leaf.Receipt.String(), "it was sealed at %s and is not there any more", of)
	case e.why != nil:
		w.found(ReceiptChanged, e.leaf.Receipt.String(), "sealed at %s: %v", of, e.why)
	case stored != nil && bytes.Equal(stored, e.line) && (hash == nil || hashed(stored)):
	case stored != nil && hashed(stored) || stored == nil && hash != nil && !hashed(e.line):
		w.found(ReceiptChanged, e.leaf.name(), "it is not what was sealed at %s: a field, its place or its salt was changed", of)
	case stored != nil && !bytes.Equal(stored, e.line) && hashed(e.line):
		w.found(EntryChanged, of, "the entry of receipt %s is not the one that was hashed", e.leaf.name())
	case stored != nil && !bytes.Equal(stored, e.line):
		w.found(ReceiptChanged, e.leaf.name(), "neither the entry at %s nor its hash is of this receipt", of)
	}
}

func (l *Leaf) name() string {
	if l.Key != "" {
		return "of a key"
	}
	return l.Receipt.String()
}

func isKey(line []byte) bool {
	entry, err := ledger.ParseEntry(line)
	return err == nil && entry.Key != ""
}

// rebuild appends the entries and compares every tile and every root that they make.
func (w *walk) rebuild(ctx context.Context, from int64, lines [][]byte, heads []Head) error {
	if w.edge == nil {
		for _, h := range heads {
			if h.N <= from+int64(len(lines)) {
				w.checkNote(h)
			}
		}
		return nil
	}
	made := map[tlog.Tile][]byte{}
	put := func(to int64) bool {
		segment := lines[w.edge.Size()-from : to-from]
		if slices.ContainsFunc(segment, func(line []byte) bool { return line == nil }) {
			w.edge = nil // neither tile nor receipt tells some entry: no root can be made from here on
			return false
		}
		for _, t := range w.edge.Append(segment) {
			t.W = 0
			made[t.Tile] = t.Bytes
		}
		return true
	}
	end := from + int64(len(lines))
	for _, h := range heads {
		if h.N <= end {
			w.checkNote(h)
		}
	}
	for _, m := range w.marksWithin(from, end, heads) {
		if !put(m.N) {
			return nil
		}
		if root, err := w.edge.Root(); err != nil || root != m.Hash {
			w.found(m.kind, m.of, "the first %d entries do not make the root that was signed", m.N)
		}
	}
	if !put(end) {
		return nil
	}
	return w.compare(ctx, made)
}

// marksWithin lists the roots that must come out within a batch, in order: those of the database's own checkpoints, and
// of those that were kept outside.
func (w *walk) marksWithin(from, end int64, heads []Head) []mark {
	var marks []mark
	for _, h := range heads {
		if h.N <= end {
			marks = append(marks, mark{h.Tree, CheckpointBad, sizeText(h.N)})
		}
	}
	for _, m := range w.marks {
		if m.N > from && m.N <= end {
			marks = append(marks, m)
		}
	}
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Compare(a.N, b.N) })
	return marks
}

func (w *walk) checkNote(h Head) {
	w.checkTimes(h, w.last)
	w.last = h.Time
	if h.Note == "" && h.N < w.head.N {
		w.found(CheckpointBad, sizeText(h.N), "its signature is gone")
	} else if h.Note != "" {
		w.checkSignature(h)
	}
}

// compare holds the tiles that the entries make against those that are stored, which may be wider by now.
func (w *walk) compare(ctx context.Context, made map[tlog.Tile][]byte) error {
	var tiles []tlog.Tile
	for t, content := range made {
		if t.L != ledger.EntryLevel {
			t.W = len(content) / tlog.HashSize
			tiles = append(tiles, t)
		}
	}
	slices.SortFunc(tiles, func(a, b tlog.Tile) int { return bytes.Compare([]byte(ledger.TilePath(a)), []byte(ledger.TilePath(b))) })
	stored, err := w.o.Store.StoredTiles(ctx, tiles)
	if err != nil {
		return err
	}
	for i, t := range tiles {
		content := made[tlog.Tile{H: t.H, L: t.L, N: t.N}]
		switch {
		case stored[i] == nil && t.L > 0: // level 0 was told before
			w.found(TileMissing, ledger.TilePath(t), "it is not there, or not as wide as it was")
		case stored[i] != nil && !bytes.HasPrefix(stored[i], content):
			w.found(TileChanged, ledger.TilePath(t), "it is not what the entries make")
		}
	}
	return nil
}

// checkLate tells of entries that were recorded long before the checkpoint that first holds them could have been late
// for. The first checkpoint of a log is exempt: it seals what came before the log.
func (w *walk) checkLate(lines [][]byte, from int64, heads []Head) {
	before := w.last
	for i, line := range lines {
		for len(heads) > 0 && heads[0].N <= from+int64(i) {
			before, heads = heads[0].Time, heads[1:]
		}
		entry, err := ledger.ParseEntry(line)
		if err != nil || before.IsZero() || w.o.Limit == 0 {
			continue
		}
		if late := before.Sub(entry.At); late > w.o.Limit {
			w.found(SealedLate, sizeText(from+int64(i)), "recorded %s before a checkpoint that does not hold it yet", late.Round(time.Second))
		}
	}
}

func sizeText(n int64) string { return strconv.FormatInt(n, 10) }
