package typeset

// strip is a horizontal slice of the flow that no page break may cut. Its parts are measured from its top left.
type strip struct {
	height unit
	keep   bool // stays on one page with the next strip
	gap    bool // only space: dropped at the head of a page
	texts  []placed
	boxes  []box
	repeat *strip // set again at the head of the page when a break falls before this strip: a table's header
}

// placed is a line of text at a place: x is its left end, y its baseline, downwards. Without an element it is
// furniture of the page, which screen readers skip.
type placed struct {
	x, y unit
	line line
	of   *element
}

// box is a filled or stroked rectangle; a height of zero makes it a rule.
type box struct {
	x, y, width, height unit
	fill, stroke        grey // 0: none
	thickness           unit
}

// page is the strips of one page with their distance from its head.
type page struct {
	strips []strip
	tops   []unit
	used   unit
}

func (p *page) put(s strip) {
	p.strips = append(p.strips, s)
	p.tops = append(p.tops, textTop+p.used)
	p.used += s.height
}

// paginate lays strips on as many pages as they need. Strips that belong together go to the next page together,
// unless they would not fit on any.
func paginate(strips []strip, height unit) []page {
	pages := []page{{}}
	for len(strips) > 0 {
		n, group := 1, strips[0].height
		for n < len(strips) && strips[n-1].keep {
			group += strips[n].height
			n++
		}
		if group > height {
			n, group = 1, strips[0].height
		}
		p := &pages[len(pages)-1]
		if p.used > 0 && p.used+group > height {
			pages = append(pages, page{})
			p = &pages[len(pages)-1]
			if head := strips[0].repeat; head != nil {
				p.put(*head)
			}
		}
		for _, s := range strips[:n] {
			if !s.gap || p.used > 0 {
				p.put(s)
			}
		}
		strips = strips[n:]
	}
	return pages
}

// asStrips gives each line a strip. The first two and the last two stay together: no line stands alone on a page.
func asStrips(lines []line, dir Language, width unit, of *element) []strip {
	out := make([]strip, len(lines))
	for i, l := range lines {
		out[i] = strip{
			height: l.style.leading,
			keep:   len(lines) > 1 && (i == 0 || i == len(lines)-2),
			texts:  []placed{place(l, dir, 0, width, 0, of)},
		}
	}
	return out
}

// place puts a line into the space from x to x+width, whose top is y.
func place(l line, lang Language, x, width, y unit, of *element) placed {
	free := width - l.width
	switch {
	case l.style.align == atCentre:
		x += free / 2
	case (l.style.align == atEnd) != (lang == Persian):
		x += free
	}
	return placed{x: x, y: y + baseline(l.style), line: l, of: of}
}

// baseline is how far below the top of its line a text stands: what remains of the leading is shared above and below.
func baseline(st style) unit { return (st.leading-st.size)/2 + st.size*83/100 }
