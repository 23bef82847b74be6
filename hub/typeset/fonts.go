package typeset

import (
	"bytes"
	_ "embed" // the fonts
	"fmt"
	"strings"

	"github.com/go-text/typesetting/font"
	sfnt "github.com/tdewolff/font"
)

// Vazirmatn 33.0.3, SIL Open Font License (fonts/OFL.txt).
var (
	//go:embed fonts/Vazirmatn-Regular.ttf
	regularTTF []byte
	//go:embed fonts/Vazirmatn-Bold.ttf
	boldTTF []byte
)

// weight tells the two cuts of the font apart.
type weight int

const (
	regular weight = iota
	bold
	weights
)

// Fonts is what documents are set in: read once, shared by any number of documents at the same time.
type Fonts struct {
	cuts [weights]cut
}

// cut is one font file, parsed for shaping and parsed again for subsetting.
type cut struct {
	name  string
	stem  int // StemV, in thousandths of the size
	shape *font.Font
	file  *sfnt.SFNT
}

// LoadFonts reads the embedded Vazirmatn. Errors: only if the program itself was built wrong.
func LoadFonts() (*Fonts, error) {
	var f Fonts
	for w, raw := range [weights][]byte{regular: regularTTF, bold: boldTTF} {
		face, err := font.ParseTTF(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("font for shaping: %w", err)
		}
		file, err := sfnt.ParseSFNT(raw, 0)
		if err != nil {
			return nil, fmt.Errorf("font for embedding: %w", err)
		}
		f.cuts[w] = cut{
			name:  [weights]string{regular: "Vazirmatn-Regular", bold: "Vazirmatn-Bold"}[w],
			stem:  [weights]int{regular: 84, bold: 140}[w],
			shape: face.Font,
			file:  file,
		}
	}
	return &f, nil
}

// Settable gives text with each character that a paper cannot show replaced by a dot, so that what others
// typed (a name, the name of a file) never keeps a paper from being set. Marks of direction stay.
func (f *Fonts) Settable(text string) string {
	text = strings.ToValidUTF8(text, string(notShown))
	return strings.Map(func(r rune) rune {
		if r == '\n' || isMark(r) {
			return r
		}
		for _, c := range f.cuts {
			if _, ok := c.shape.NominalGlyph(r); !ok || check(string(r)) != nil {
				return notShown
			}
		}
		return r
	}, text)
}

// notShown stands for a character that the fonts lack.
const notShown = '•'
