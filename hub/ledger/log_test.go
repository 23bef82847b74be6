package ledger_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"eblagh/hub/ledger"
)

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return string(s[:])
}

// tiles is a log as tiles, and who appends to it.
type tiles struct {
	edge  *ledger.Edge
	bytes map[tlog.Tile][]byte
}

func newTiles(t rapid.TB) *tiles {
	root, _ := tlog.TreeHash(0, nil)
	edge, err := ledger.NewEdge(tlog.Tree{Hash: root}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &tiles{edge, map[tlog.Tile][]byte{}}
}

func (l *tiles) read(want []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(want))
	for i, t := range want {
		w := t.W
		t.W = 0
		part, err := ledger.CutTile(t.L, w, l.bytes[t])
		if err != nil {
			return nil, err
		}
		out[i] = part
	}
	return out, nil
}

func (l *tiles) append(t rapid.TB, lines [][]byte) {
	before := l.edge.Size()
	for _, tile := range l.edge.Append(lines) {
		w := tile.W
		tile.W = 0
		was := l.bytes[tile.Tile]
		if len(tile.Bytes) <= len(was) || string(tile.Bytes[:len(was)]) != string(was) {
			t.Fatalf("the tile %v did not grow from %d to %d", tile.Tile, before, l.edge.Size())
		}
		if _, err := ledger.CutTile(tile.L, w, tile.Bytes); err != nil {
			t.Fatal(err)
		}
		l.bytes[tile.Tile] = tile.Bytes
	}
}

// reopen takes the log up from its tiles, as a writer does that starts.
func (l *tiles) reopen(t rapid.TB) {
	root, err := l.edge.Root()
	if err != nil {
		t.Fatal(err)
	}
	tree := tlog.Tree{N: l.edge.Size(), Hash: root}
	parts, err := l.read(ledger.EdgeTiles(tree.N))
	if err != nil {
		t.Fatal(err)
	}
	if l.edge, err = ledger.NewEdge(tree, parts); err != nil {
		t.Fatal(err)
	}
}

// Any sizes and any batches: the roots are those of RFC 6962 as another implementation computes them, and its verifier
// accepts each proof.
func TestEveryEntryVerifiesElsewhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newTiles(t)
		other := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
		roots := map[int64][]byte{}
		var lines [][]byte
		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			var batch [][]byte
			for range rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(250, 520)).Draw(t, "entries") {
				line := fmt.Appendf(nil, "entry %d", len(lines))
				lines, batch = append(lines, line), append(batch, line)
				if err := other.Append(rfc6962.DefaultHasher.HashLeaf(line), nil); err != nil {
					t.Fatal(err)
				}
			}
			l.append(t, batch)
			if rapid.Bool().Draw(t, "reopen") {
				l.reopen(t)
			}
			root, err := l.edge.Root()
			if err != nil {
				t.Fatal(err)
			}
			want, err := other.GetRootHash(nil)
			if err != nil || string(want) != string(root[:]) {
				t.Fatalf("root %x, want %x (%v)", root, want, err)
			}
			roots[l.edge.Size()] = want
		}
		size := l.edge.Size()
		tree := tlog.Tree{N: size, Hash: tlog.Hash(roots[size])}
		reader := ledger.Tiles(tree, l.read)
		for range 20 {
			index := rapid.Int64Range(0, size-1).Draw(t, "index")
			p, err := ledger.ProveInclusion(tree, index, reader)
			if err != nil {
				t.Fatal(err)
			}
			leaf := rfc6962.DefaultHasher.HashLeaf(lines[index])
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size), leaf, plain(p), roots[size]); err != nil {
				t.Fatal(err)
			}
			if len(p)*tlog.HashSize >= 4096 {
				t.Fatal("a proof of more than 4 KB")
			}
		}
		for old, root := range roots {
			p, err := ledger.ProveConsistency(tree, old, reader)
			if err != nil {
				t.Fatal(err)
			}
			if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(old), uint64(size), plain(p), root, roots[size]); err != nil {
				t.Fatal(err)
			}
			if again, err := ledger.RootAt(old, reader); err != nil || string(again[:]) != string(root) {
				t.Fatalf("root of %d: %x, %v", old, again, err)
			}
		}
	})
}

func plain[P ~[]tlog.Hash](p P) [][]byte {
	out := make([][]byte, len(p))
	for i, h := range p {
		out[i] = h[:]
	}
	return out
}

// A writer that starts sees that the tiles were tampered with.
func TestAChangedEdgeIsNotTakenUp(t *testing.T) {
	l := newTiles(t)
	var lines [][]byte
	for i := range 700 {
		lines = append(lines, fmt.Appendf(nil, "entry %d", i))
	}
	l.append(t, lines)
	root, err := l.edge.Root()
	if err != nil {
		t.Fatal(err)
	}
	tree := tlog.Tree{N: 700, Hash: root}
	parts, err := l.read(ledger.EdgeTiles(700))
	if err != nil {
		t.Fatal(err)
	}
	for i := range parts {
		for at := range parts[i] {
			parts[i][at] ^= 1
			if _, err := ledger.NewEdge(tree, parts); err == nil {
				t.Fatalf("tile %d was changed at %d and nobody saw", i, at)
			}
			parts[i][at] ^= 1
		}
	}
	if _, err := ledger.NewEdge(tree, parts); err != nil {
		t.Fatal(err)
	}
}

func TestTilePaths(t *testing.T) {
	for path, want := range map[string]tlog.Tile{
		"tile/0/000":                     {H: 8, L: 0, N: 0, W: 256},
		"tile/1/x001/x234/067":           {H: 8, L: 1, N: 1234067, W: 256},
		"tile/entries/x123/456.p/255":    {H: 8, L: -1, N: 123456, W: 255},
		"tile/7/000.p/1":                 {H: 8, L: 7, N: 0, W: 1},
		"tile/entries/x999/x999/999.p/1": {H: 8, L: -1, N: 999999999, W: 1},
	} {
		got, err := ledger.ParseTilePath(path)
		if err != nil || got != want || ledger.TilePath(got) != path {
			t.Errorf("%s: %v, %v", path, got, err)
		}
	}
	for _, bad := range []string{"", "tile", "tile/", "tile/0", "tile/0/0", "tile/00/000", "tile/-1/000", "tile/8/000", "tile/data/000",
		"tile/8/0/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/x000/000", "tile/0/001/002", "tile/0/000/", "tile/0/../000",
		"tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999"} {
		if got, err := ledger.ParseTilePath(bad); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}
