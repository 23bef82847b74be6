package ledger

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Edge is the right edge of a log: all that appending needs to know of it, a few partial tiles.
type Edge struct {
	size    int64
	hashes  [][]byte // the partial tile of each level, from 0
	entries []byte   // the partial tile of entries
}

// TileBytes is a tile and what is in it.
type TileBytes struct {
	tlog.Tile
	Bytes []byte
}

// EdgeTiles names the tiles that NewEdge needs of a log of this size.
func EdgeTiles(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	if w := int(size % TileWidth); w > 0 {
		tiles = append(tiles, tlog.Tile{H: Height, L: EntryLevel, N: size / TileWidth, W: w})
	}
	for level := 0; size>>(Height*level) > 0; level++ {
		n := size >> (Height * level)
		if w := int(n % TileWidth); w > 0 {
			tiles = append(tiles, tlog.Tile{H: Height, L: level, N: n / TileWidth, W: w})
		}
	}
	return tiles
}

// NewEdge takes up a log where it was left. tiles are what EdgeTiles names, at least as wide. Errors: they are not of
// this tree.
func NewEdge(tree tlog.Tree, tiles [][]byte) (*Edge, error) {
	want := EdgeTiles(tree.N)
	if len(want) != len(tiles) {
		return nil, errors.New("the edge's tiles are missing")
	}
	e := &Edge{size: tree.N}
	for i, t := range want {
		part, err := CutTile(t.L, t.W, tiles[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", TilePath(t), err)
		}
		if t.L == EntryLevel {
			e.entries = slices.Clone(part)
			continue
		}
		for len(e.hashes) <= t.L {
			e.hashes = append(e.hashes, nil)
		}
		e.hashes[t.L] = slices.Clone(part)
	}
	if err := e.checkEntries(); err != nil {
		return nil, err
	}
	if root, err := e.Root(); err != nil || root != tree.Hash {
		return nil, errors.Join(errors.New("the tiles do not make the root"), err)
	}
	return e, nil
}

// checkEntries holds the partial tile of entries against the hashes beside it.
func (e *Edge) checkEntries() error {
	lines, err := SplitEntries(e.entries, int(e.size%TileWidth))
	if err != nil {
		return err
	}
	for i, line := range lines {
		hash := tlog.RecordHash(line)
		if !slices.Equal(hash[:], e.hashes[0][i*tlog.HashSize:][:tlog.HashSize]) {
			return errors.New("the entries are not those that were hashed")
		}
	}
	return nil
}

// Size is how many entries the log has.
func (e *Edge) Size() int64 { return e.size }

// Append puts lines at the end of the log and gives the tiles that changed, as wide as they are now.
func (e *Edge) Append(lines [][]byte) []TileBytes {
	var changed []TileBytes
	was := e.size
	for _, line := range lines {
		hash := tlog.RecordHash(line)
		e.entries = AppendEntry(e.entries, line)
		if e.size%TileWidth == TileWidth-1 {
			changed = append(changed, TileBytes{e.tile(EntryLevel, e.size/TileWidth, TileWidth), e.entries})
			e.entries = nil
		}
		changed = e.push(0, hash, changed)
		e.size++
	}
	for _, t := range EdgeTiles(e.size) {
		bytes, level := e.entries, 0
		if t.L != EntryLevel {
			bytes, level = e.hashes[t.L], t.L
		}
		if was>>(Height*level) < e.size>>(Height*level) {
			changed = append(changed, TileBytes{t, slices.Clone(bytes)})
		}
	}
	return changed
}

// push adds a hash to a level; a tile that becomes full adds its own hash to the level above.
func (e *Edge) push(level int, hash tlog.Hash, changed []TileBytes) []TileBytes {
	if len(e.hashes) == level {
		e.hashes = append(e.hashes, nil)
	}
	e.hashes[level] = append(e.hashes[level], hash[:]...)
	if len(e.hashes[level]) < TileWidth*tlog.HashSize {
		return changed
	}
	full := e.hashes[level]
	e.hashes[level] = nil
	n := e.size >> (Height * (level + 1))
	return e.push(level+1, foldTile(full), append(changed, TileBytes{e.tile(level, n, TileWidth), full}))
}

func (e *Edge) tile(level int, n int64, w int) tlog.Tile {
	return tlog.Tile{H: Height, L: level, N: n, W: w}
}

// foldTile is the hash of a full tile's subtree.
func foldTile(tile []byte) tlog.Hash {
	if len(tile) == tlog.HashSize {
		return tlog.Hash(tile)
	}
	half := len(tile) / 2
	return tlog.NodeHash(foldTile(tile[:half]), foldTile(tile[half:]))
}

// Root is the root of the log as it is now.
func (e *Edge) Root() (tlog.Hash, error) {
	return tlog.TreeHash(e.size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			t := tlog.TileForIndex(Height, index)
			if t.L >= len(e.hashes) {
				return nil, errors.New("not at the edge")
			}
			data := e.hashes[t.L]
			t.W = len(data) / tlog.HashSize
			hash, err := tlog.HashFromTile(t, data, index)
			if err != nil {
				return nil, err
			}
			hashes[i] = hash
		}
		return hashes, nil
	}))
}
