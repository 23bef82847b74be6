package typeset

import (
	"slices"
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// line is one line of shaped text, measured from its left end and its baseline.
type line struct {
	style    style
	width    unit
	glyphs   []glyph   // from left to right
	outlines []outline // drawn, but no letters of their own
}

// glyph is one letter in the file. Its width is what readers take the letter to be wide, in thousandths of the size.
type glyph struct {
	id    uint16
	text  string
	x, y  unit
	width int
}

// lineSetter puts the shaped runs of one line into order and place.
type lineSetter struct {
	face   *font.Face
	text   []rune
	levels []bidi.Level
	size   unit
	upem   int
	pen    fixed.Int26_6 // font units
	out    line
}

// set places the runs from left to right. White space at the line's end is dropped: it would push the line off its
// edge.
func (l *lineSetter) set(runs shaping.Line) line {
	end := 0
	for _, r := range runs {
		end = max(end, r.Runes.Offset+r.Runes.Count)
	}
	for end > 0 && (unicode.IsSpace(l.text[end-1]) || isMark(l.text[end-1])) {
		end--
	}
	for _, r := range visual(runs, l.levels) {
		for rest := r.Glyphs; len(rest) > 0; {
			n := rest[0].GlyphsCount()
			if rest[0].TextIndex() < end {
				l.cluster(rest[:n])
			}
			rest = rest[n:]
		}
	}
	l.out.width = l.length(l.pen)
	return l.out
}

// cluster places glyphs that cannot be taken apart, and the letters they show. The widest glyph becomes the leftmost
// letter; the other letters become empty glyphs beside it, each with an equal share of the width; the other glyphs
// (vowel signs) are drawn as outlines. So readers that put letters in order by their place find them in order.
func (l *lineSetter) cluster(glyphs []shaping.Glyph) {
	letters := l.letters(glyphs[0])
	main, width := 0, fixed.Int26_6(0)
	for i, g := range glyphs {
		if g.Advance > glyphs[main].Advance {
			main = i
		}
		width += g.Advance
	}
	left := l.pen
	for i, g := range glyphs {
		x, y := l.length(l.pen+g.XOffset), l.length(g.YOffset)
		if i != main && len(letters) > 0 {
			l.out.outlines = append(l.out.outlines, outlineOf(l.face, g.GlyphID, l.size, l.upem).at(x, y))
		}
		l.pen += g.Advance
	}
	if l.levels[glyphs[0].TextIndex()]%2 == 1 {
		slices.Reverse(letters)
	}
	for i, r := range letters {
		share := width * fixed.Int26_6(i) / fixed.Int26_6(len(letters))
		g := glyph{text: string(r), x: l.length(left + share), width: l.thousandths(int(width) / len(letters))}
		if i == 0 {
			before := fixed.Int26_6(0)
			for _, other := range glyphs[:main] {
				before += other.Advance
			}
			g.id = uint16(glyphs[main].GlyphID)
			g.x, g.y = l.length(left+before+glyphs[main].XOffset), l.length(glyphs[main].YOffset)
		} else {
			g.id = l.empty()
		}
		l.out.glyphs = append(l.out.glyphs, g)
	}
}

// letters gives the text of a cluster without the marks that only order it.
func (l *lineSetter) letters(g shaping.Glyph) []rune {
	text := l.text[g.TextIndex() : g.TextIndex()+g.RunesCount()]
	return slices.DeleteFunc(slices.Clone(text), isMark)
}

// empty is the glyph of the space, which draws nothing.
func (l *lineSetter) empty() uint16 {
	id, _ := l.face.NominalGlyph(' ')
	return uint16(id)
}

// length turns font units into lengths.
func (l *lineSetter) length(v fixed.Int26_6) unit {
	return unit(int64(v) * int64(l.size) / (64 * int64(l.upem)))
}

func (l *lineSetter) thousandths(v int) int { return v * 1000 / (64 * l.upem) }

// visual puts runs in the order of the eye: UAX 9 rule L2. (The wrapper's own order knows two levels only, and a date
// in a Persian name on an English page is a third.)
func visual(runs shaping.Line, levels []bidi.Level) []shaping.Output {
	out := slices.Clone(runs)
	level := func(r shaping.Output) bidi.Level { return levels[r.Runes.Offset] }
	var highest bidi.Level
	for _, r := range out {
		highest = max(highest, level(r))
	}
	for l := highest; l > 0; l-- {
		for i := 0; i < len(out); {
			j := i
			for j < len(out) && level(out[j]) >= l {
				j++
			}
			slices.Reverse(out[i:j])
			i = max(j, i+1)
		}
	}
	return out
}
