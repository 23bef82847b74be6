package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Height is the height of tiles, C2SP tlog-tiles.
const Height = 8

// TileWidth is how many hashes or entries a full tile holds.
const TileWidth = 1 << Height

// EntryLevel is the level of tiles that hold entries rather than hashes.
const EntryLevel = -1

var errBadPath = errors.New("not the path of a tile")

// TilePath is where C2SP tlog-tiles has a tile: tile/LEVEL/N[.p/W], tile/entries/N[.p/W].
func TilePath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", Height))
	if rest, ok := strings.CutPrefix(path, "data/"); ok {
		path = "entries/" + rest
	}
	return "tile/" + path
}

// ParseTilePath reads such a path. Errors: anything that TilePath would not write, and levels above 7, which no log of
// 2^63 entries has.
func ParseTilePath(path string) (tlog.Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > 100 {
		return tlog.Tile{}, errBadPath
	}
	if n, ok := strings.CutPrefix(rest, "entries/"); ok {
		rest = "data/" + n
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", Height, rest))
	if err != nil || t.L > 7 || t.N < 0 || TilePath(t) != path {
		return tlog.Tile{}, errBadPath
	}
	return t, nil
}

// AppendEntry appends a line to the bytes of a tile of entries.
func AppendEntry(tile, line []byte) []byte {
	return append(binary.BigEndian.AppendUint16(tile, uint16(len(line))), line...)
}

// SplitEntries gives the lines of the first n entries of a tile. Errors: it does not hold as many.
func SplitEntries(tile []byte, n int) ([][]byte, error) {
	lines := make([][]byte, 0, n)
	for range n {
		if len(tile) < 2 || len(tile) < 2+int(binary.BigEndian.Uint16(tile)) {
			return nil, errors.New("the tile is too short")
		}
		end := 2 + int(binary.BigEndian.Uint16(tile))
		lines, tile = append(lines, tile[2:end]), tile[end:]
	}
	return lines, nil
}

// CutTile gives the first w of a tile's hashes or entries: the partial tile of an earlier tree. Errors: it does not
// hold as many.
func CutTile(level, w int, tile []byte) ([]byte, error) {
	if level != EntryLevel {
		if len(tile) < w*tlog.HashSize {
			return nil, errors.New("the tile is too short")
		}
		return tile[:w*tlog.HashSize], nil
	}
	lines, err := SplitEntries(tile, w)
	length := 0
	for _, line := range lines {
		length += 2 + len(line)
	}
	return tile[:length], err
}

// Tiles reads hashes of a tree from its tiles, each checked against the tree's root: what it gives is in the tree.
// read gives the bytes of one tile, at least as wide as asked for.
func Tiles(tree tlog.Tree, read func([]tlog.Tile) ([][]byte, error)) tlog.HashReader {
	return tlog.TileHashReader(tree, tileReader(read))
}

type tileReader func([]tlog.Tile) ([][]byte, error)

// Height implements tlog.TileReader.
func (tileReader) Height() int { return Height }

// ReadTiles implements tlog.TileReader.
func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all, err := r(tiles)
	if err != nil {
		return nil, err
	}
	if len(all) != len(tiles) {
		return nil, errors.New("tiles are missing")
	}
	for i, t := range tiles {
		if all[i], err = CutTile(t.L, t.W, all[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", TilePath(t), err)
		}
	}
	return all, nil
}

// SaveTiles implements tlog.TileReader.
func (tileReader) SaveTiles([]tlog.Tile, [][]byte) {}
