package typeset

import (
	"bytes"
	"fmt"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

// outline is the shape of a glyph as a path, at a place in its line.
type outline struct {
	x, y unit
	path []step
}

// step is a straight line, a curve, or (first) a move to where a contour begins.
type step struct {
	first  bool
	points []point // one, or the three of a cubic curve
}

type point struct{ x, y unit }

// outlineOf reads the contours of a glyph, scaled to the size. Curves of TrueType have one control point, those of PDF
// two.
func outlineOf(face *font.Face, id font.GID, size unit, upem int) outline {
	data, _ := face.GlyphDataOutline(id)
	var o outline
	var pen point
	for _, s := range data.Segments {
		var p [3]point
		for i, a := range s.ArgsSlice() {
			p[i] = point{unit(int64(a.X) * int64(size) / int64(upem)), unit(int64(a.Y) * int64(size) / int64(upem))}
		}
		switch s.Op {
		case opentype.SegmentOpMoveTo, opentype.SegmentOpLineTo:
			o.path = append(o.path, step{first: s.Op == opentype.SegmentOpMoveTo, points: []point{p[0]}})
			pen = p[0]
		case opentype.SegmentOpQuadTo:
			o.path = append(o.path, step{points: []point{third(pen, p[0]), third(p[1], p[0]), p[1]}})
			pen = p[1]
		case opentype.SegmentOpCubeTo:
			o.path = append(o.path, step{points: p[:]})
			pen = p[2]
		}
	}
	return o
}

// third is the point two thirds of the way from one to the other.
func third(from, to point) point {
	return point{from.x + (to.x-from.x)*2/3, from.y + (to.y-from.y)*2/3}
}

// at moves the outline to its place in the line.
func (o outline) at(x, y unit) outline {
	o.x, o.y = x, y
	return o
}

// write fills the path, in the ink of the text, with the line's left end and baseline at x, y.
func (o outline) write(b *bytes.Buffer, x, y unit) {
	if len(o.path) == 0 {
		return
	}
	for _, s := range o.path {
		for _, p := range s.points {
			fmt.Fprintf(b, "%v %v ", x+o.x+p.x, y+o.y+p.y)
		}
		switch {
		case s.first:
			b.WriteString("m ")
		case len(s.points) == 1:
			b.WriteString("l ")
		default:
			b.WriteString("c ")
		}
	}
	b.WriteString("f\n")
}
