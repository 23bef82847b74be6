package typeset

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// ErrUnshapable says that a text has a character that the fonts cannot show or that has no place on a paper: control
// characters, bidirectional overrides (which make a text read as something else), bytes that are not UTF-8.
var ErrUnshapable = errors.New("text cannot be set")

// Language decides the direction of a page and the shapes of letters.
type Language string

// The languages.
const (
	Persian Language = "fa"
	English Language = "en"
)

func (l Language) direction() di.Direction {
	if l == Persian {
		return di.DirectionRTL
	}
	return di.DirectionLTR
}

// shaper turns text into lines. One serves one document: the faces cache, and are not safe to share.
type shaper struct {
	faces    [weights]*font.Face
	isolator isolator
	harfbuzz shaping.HarfbuzzShaper
	segments shaping.Segmenter
	levels   bidi.Paragraph
	wrapper  shaping.LineWrapper
}

func newShaper(fonts *Fonts) *shaper {
	s := &shaper{isolator: newIsolator()}
	for w := range fonts.cuts {
		s.faces[w] = font.NewFace(fonts.cuts[w].shape)
	}
	return s
}

// oneFace is what the segmenter asks for the face of a letter.
type oneFace struct{ face *font.Face }

// ResolveFace gives the one face.
func (f oneFace) ResolveFace(rune) *font.Face { return f.face }

// lines breaks a text into lines no wider than width; a newline in it breaks always. Errors: ErrUnshapable.
func (s *shaper) lines(text string, lang Language, st style, width unit) ([]line, error) {
	if err := check(text); err != nil {
		return nil, err
	}
	var out []line
	for part := range strings.SplitSeq(text, "\n") {
		// A paragraph has the direction of its language, whatever letter it begins with.
		mark := leftToRightMark
		if lang == Persian {
			mark, part = rightToLeftMark, s.isolator.isolate(part)
		}
		lines, err := s.paragraph([]rune(string(mark)+part), lang, st, width)
		if err != nil {
			return nil, err
		}
		out = append(out, lines...)
	}
	return out, nil
}

// paragraph shapes in font units (the shaper knows whole sizes only) and wraps there.
func (s *shaper) paragraph(text []rune, lang Language, st style, width unit) ([]line, error) {
	face := s.faces[st.weight]
	upem := int(face.Upem())
	dir := lang.direction()
	levels := s.levelsOf(text, dir)
	input := shaping.Input{
		Text: text, RunEnd: len(text), Direction: dir, Face: face, Size: fixed.I(upem),
		Language: language.NewLanguage(string(lang)), Script: language.Arabic,
	}
	var runs []shaping.Output
	for _, in := range s.segments.Split(input, oneFace{face}) {
		out := s.harfbuzz.Shape(in)
		for _, g := range out.Glyphs {
			if g.GlyphID == 0 {
				return nil, fmt.Errorf("%w: no glyph for U+%04X", ErrUnshapable, text[g.TextIndex()])
			}
		}
		runs = append(runs, out)
	}
	room := fixed.Int26_6(int64(width) * 64 * int64(upem) / int64(st.size))
	wrapped, _ := s.wrapper.WrapParagraphF(shaping.WrapConfig{Direction: dir, DisableTrailingWhitespaceTrim: true}, room, text, shaping.NewSliceIterator(runs))
	lines := make([]line, len(wrapped))
	for i, w := range wrapped {
		l := lineSetter{face: face, text: text, levels: levels, size: st.size, upem: upem, out: line{style: st}}
		lines[i] = l.set(w)
	}
	return lines, nil
}

// levelsOf gives the embedding level of every rune.
func (s *shaper) levelsOf(text []rune, dir di.Direction) []bidi.Level {
	base := bidi.LeftToRight
	if dir == di.DirectionRTL {
		base = bidi.RightToLeft
	}
	levels := make([]bidi.Level, len(text))
	runs := s.levels.Segment(text, base)
	for i := range runs.NumRuns() {
		run := runs.Run(i)
		for at := run.Start; at < run.End; at++ {
			levels[at] = run.Level
		}
	}
	return levels
}

// isMark reports the invisible characters that only order a text.
func isMark(r rune) bool {
	return r == leftToRightMark || r == rightToLeftMark || r >= '\u2066' && r <= '\u2069'
}

// check refuses what has no place on a paper. Errors: ErrUnshapable.
func check(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("%w: not UTF-8", ErrUnshapable)
	}
	for _, r := range text {
		override := r >= '\u202a' && r <= '\u202e'
		if override || r != '\n' && unicode.IsControl(r) || unicode.In(r, unicode.Co, unicode.Zl, unicode.Zp) {
			return fmt.Errorf("%w: U+%04X", ErrUnshapable, r)
		}
	}
	return nil
}
