package typeset

import (
	"fmt"
	"strings"

	"eblagh/hub"
)

// About is what a paper says of itself.
type About struct {
	Title    string   // shown by readers in place of the file name; must be set
	Language Language // of the page numbers, and of the blocks until SwitchTo
	Foot     string   // at the foot of every page, beside its number
}

// Document is a paper under way: blocks in the order in which they are read. The first block that cannot be set is
// remembered and stops the document; Bytes gives the error. A Document serves one goroutine.
type Document struct {
	fonts  *Fonts
	shaper *shaper
	about  About
	lang   Language
	top    *element
	strips []strip
	err    error
}

// New begins a paper on A4.
func New(fonts *Fonts, about About) *Document {
	d := &Document{
		fonts: fonts, shaper: newShaper(fonts), about: about, lang: about.Language,
		top: &element{role: "Document", lang: about.Language},
	}
	if about.Title == "" || (about.Language != Persian && about.Language != English) {
		d.err = fmt.Errorf("a paper needs a title and a language")
	}
	return d
}

// SwitchTo changes the language, and so the direction, of the blocks that follow.
func (d *Document) SwitchTo(lang Language) { d.lang = lang }

// Heading sets the name of the paper, or of a large part of it, in the middle.
func (d *Document) Heading(text string) {
	d.gap(6*pt, false)
	d.lines("H1", text, headingStyle(), true)
	d.gap(2*pt, true)
}

// Section sets the name of a part, which stays with what follows it.
func (d *Document) Section(text string) {
	d.gap(9*pt, false)
	d.lines("H2", text, sectionStyle(), true)
}

// Paragraph sets running text; a newline in it begins a new line.
func (d *Document) Paragraph(text string) {
	d.lines("P", text, bodyStyle(), false)
	d.gap(4*pt, false)
}

// Note sets a remark in small grey letters.
func (d *Document) Note(text string) {
	d.lines("P", text, noteStyle(), false)
	d.gap(3*pt, false)
}

// Rule draws a thin line from edge to edge.
func (d *Document) Rule() {
	d.strips = append(d.strips, strip{
		height: 11 * pt, gap: true,
		boxes: []box{{y: 5500, width: textWidth, stroke: line05, thickness: 500}},
	})
}

// lines sets one block of text across the page; keep binds all of it to what follows.
func (d *Document) lines(role, text string, st style, keep bool) {
	set := d.shape(text, st, textWidth)
	if d.err != nil {
		return
	}
	strips := asStrips(set, d.lang, textWidth, d.element(d.top, role, text))
	for i := range strips {
		strips[i].keep = strips[i].keep || keep
	}
	d.strips = append(d.strips, strips...)
}

// shape breaks a text into lines, and remembers the first failure with the block's number.
func (d *Document) shape(text string, st style, width unit) []line {
	if d.err != nil {
		return nil
	}
	set, err := d.shaper.lines(text, d.lang, st, width)
	if err != nil {
		d.err = fmt.Errorf("block %d: %w", len(d.top.kids)+1, err)
	}
	return set
}

// element adds a place in the structure, in the language of the moment; text is what it says, if it is not only a
// holder of others.
func (d *Document) element(parent *element, role, text string) *element {
	e := &element{role: role, lang: d.lang, text: text}
	parent.kids = append(parent.kids, e)
	return e
}

func (d *Document) gap(height unit, keep bool) {
	d.strips = append(d.strips, strip{height: height, gap: true, keep: keep})
}

// Bytes lays the pages out and writes the file. The same blocks give the same bytes, however often it is called.
// Errors: ErrUnshapable, with the number of the block.
func (d *Document) Bytes() ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	pages := paginate(d.strips, textHeight)
	var sets [weights]glyphSet
	marks := map[*element][]mark{}
	contents := make([]content, len(pages))
	for i, p := range pages {
		c := content{page: i, sets: &sets, marks: marks}
		for k, s := range p.strips {
			c.strip(s, p.tops[k])
		}
		foot, err := d.foot(i+1, len(pages))
		if err != nil {
			return nil, err
		}
		c.strip(foot, textTop+textHeight+12*pt)
		contents[i] = c
	}
	return d.write(contents, sets, marks)
}

// foot is the line under the text: what the paper says of itself, and the number of the page.
func (d *Document) foot(number, of int) (strip, error) {
	count := fmt.Sprintf("Page %d of %d", number, of)
	if d.about.Language == Persian {
		count = hub.PersianDigits(fmt.Sprintf("صفحهٔ %d از %d", number, of))
	}
	s := strip{boxes: []box{{width: textWidth, stroke: line05, thickness: 500}}}
	for i, text := range []string{d.about.Foot, count} {
		st := footStyle()
		st.align = []align{atStart, atEnd}[i]
		lines, err := d.shaper.lines(text, d.about.Language, st, textWidth*[]unit{8, 2}[i]/10)
		if err != nil {
			return strip{}, fmt.Errorf("foot: %w", err)
		}
		if len(lines) > 0 {
			s.texts = append(s.texts, place(lines[0], d.about.Language, 0, textWidth, 4*pt, nil))
		}
	}
	return s, nil
}

// write puts fonts, pages, structure and catalogue into the file.
func (d *Document) write(contents []content, sets [weights]glyphSet, marks map[*element][]mark) ([]byte, error) {
	f := newFile()
	root, parent := f.reserve(), f.reserve()
	var fonts strings.Builder
	for w, set := range sets {
		if len(set.used) == 0 {
			continue
		}
		r, err := f.writeFont(d.fonts.cuts[w], set)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&fonts, "/F%d %v", w, r)
	}
	t := tree{marks: marks}
	var kids strings.Builder
	for i := range contents {
		body := f.stream("", contents[i].buf.Bytes())
		r := f.add(fmt.Sprintf("<</Type/Page/Parent %v/MediaBox[0 0 %v %v]/Contents %v/Resources<</Font<<%s>>>>"+
			"/StructParents %d/Tabs/S>>", parent, pageWidth, pageHeight, body, fonts.String(), i))
		fmt.Fprintf(&kids, "%v ", r)
		t.pages = append(t.pages, r)
		t.marked = append(t.marked, contents[i].marked)
	}
	f.write(parent, fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), len(contents)))
	direction := "L2R"
	if d.about.Language == Persian {
		direction = "R2L"
	}
	f.write(root, fmt.Sprintf("<</Type/Catalog/Pages %v/Lang(%s)/MarkInfo<</Marked true>>/StructTreeRoot %v"+
		"/ViewerPreferences<</Direction/%s/DisplayDocTitle true>>>>", parent, d.about.Language, f.writeStructure(d.top, t), direction))
	return f.finish(root, f.add(fmt.Sprintf("<</Title %s>>", textString(d.about.Title)))), nil
}
