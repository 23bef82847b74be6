package typeset

import (
	"bytes"
	"fmt"
)

// content writes the operators of one page (ISO 32000-1 §9.4, §14.6). PDF counts upwards from the foot; the flow
// counts downwards from the head.
type content struct {
	buf    bytes.Buffer
	page   int
	sets   *[weights]glyphSet
	marked []*element // by the number of the marked piece
	marks  map[*element][]mark
}

// strip writes one strip whose top is the given distance below the page's head.
func (c *content) strip(s strip, top unit) {
	if len(s.boxes) > 0 {
		c.buf.WriteString("/Artifact BMC\n")
		for _, b := range s.boxes {
			c.box(b, top)
		}
		c.buf.WriteString("EMC\n")
	}
	for _, t := range s.texts {
		if len(t.line.glyphs) > 0 {
			c.text(t, top)
		}
	}
}

func (c *content) box(b box, top unit) {
	x, y := margin+b.x, pageHeight-top-b.y-b.height
	if b.fill > 0 {
		fmt.Fprintf(&c.buf, "%v g %v %v %v %v re f\n", unit(b.fill), x, y, b.width, b.height)
	}
	if b.stroke == 0 {
		return
	}
	fmt.Fprintf(&c.buf, "%v G %v w ", unit(b.stroke), b.thickness)
	if b.height == 0 {
		fmt.Fprintf(&c.buf, "%v %v m %v %v l S\n", x, y, x+b.width, y)
		return
	}
	fmt.Fprintf(&c.buf, "%v %v %v %v re S\n", x, y, b.width, b.height)
}

// text writes a line: one span per letter, and then what is drawn without being one.
func (c *content) text(t placed, top unit) {
	if t.of == nil {
		c.buf.WriteString("/Artifact BMC\n")
	} else {
		m := mark{page: c.page, id: len(c.marked)}
		fmt.Fprintf(&c.buf, "/%s <</MCID %d>> BDC\n", t.of.role, m.id)
		c.marked = append(c.marked, t.of)
		c.marks[t.of] = append(c.marks[t.of], m)
	}
	st := t.line.style
	fmt.Fprintf(&c.buf, "BT /F%d %v Tf %v g\n", int(st.weight), st.size, unit(st.ink))
	x, y := margin+t.x, pageHeight-top-t.y
	for _, g := range t.line.glyphs {
		fmt.Fprintf(&c.buf, "/Span <</ActualText %s>> BDC 1 0 0 1 %v %v Tm <%04X> Tj EMC\n",
			textString(g.text), x+g.x, y+g.y, c.sets[st.weight].code(g))
	}
	c.buf.WriteString("ET\n")
	for _, o := range t.line.outlines {
		o.write(&c.buf, x, y)
	}
	c.buf.WriteString("EMC\n")
}
