package typeset

// Letterhead is the head of a paper: who issues it, what it is, and its numbers.
type Letterhead struct {
	Issuer  []string // at the start of the line: authority, court, branch
	Motto   string   // small, in the middle, above the title
	Title   string   // the name of the paper
	Numbers []Field  // at the end of the line: number, date, annexes
}

// Letterhead sets the head of the first page, with a double rule under it.
func (d *Document) Letterhead(h Letterhead) {
	small, strong, title := cellStyle(), labelStyle(), headingStyle()
	small.size, small.leading = 9*pt, 16*pt
	strong.leading = 16 * pt
	motto := small
	motto.align = atCentre
	const side, middle = 158 * pt, textWidth - 2*158*pt
	start, end := unit(0), textWidth-side
	if d.lang == Persian {
		start, end = end, start
	}
	var s strip
	s.height = max(
		d.column(&s, start, side, 0, columnText{h.Issuer, strong, "P"}),
		d.column(&s, side, middle, 0, columnText{[]string{h.Motto}, motto, "P"}, columnText{[]string{h.Title}, title, "H1"}),
		d.column(&s, end, side, 0, columnText{joined(h.Numbers), small, "P"}),
	) + 12*pt
	if d.err != nil {
		return
	}
	s.boxes = []box{
		{y: s.height - 5*pt, width: textWidth, stroke: black, thickness: 1200},
		{y: s.height - 2500, width: textWidth, stroke: black, thickness: 400},
	}
	d.strips = append(d.strips, s)
	d.gap(10*pt, false)
}

// Signature sets who signs, in the middle of the last third of the line, and stays in one piece.
func (d *Document) Signature(lines ...string) {
	name, rest := labelStyle(), cellStyle()
	name.align, rest.align = atCentre, atCentre
	const width = 200 * pt
	x := textWidth - width
	if d.lang == Persian {
		x = 0
	}
	var s strip
	blocks := []columnText{{lines[:min(1, len(lines))], name, "P"}, {lines[min(1, len(lines)):], rest, "P"}}
	if s.height = d.column(&s, x, width, 14*pt, blocks...); d.err == nil {
		d.strips = append(d.strips, s)
	}
}

// columnText is lines of one style in a column.
type columnText struct {
	lines []string
	style style
	role  string
}

// column sets texts below each other into a strip, from y down, and returns where they end.
func (d *Document) column(s *strip, x, width, y unit, texts ...columnText) unit {
	for _, t := range texts {
		for _, text := range t.lines {
			set := d.shape(text, t.style, width)
			of := d.element(d.top, t.role, text)
			for _, l := range set {
				s.texts = append(s.texts, place(l, d.lang, x, width, y, of))
				y += l.style.leading
			}
		}
	}
	return y
}

// joined writes fields as "name: value".
func joined(fields []Field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.Label + ": " + f.Value
	}
	return out
}
