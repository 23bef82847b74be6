package typeset

// Matrix is a square of dark and light modules, such as a QR code.
type Matrix struct {
	Side int // modules from edge to edge
	Dark func(x, y int) bool
}

// quiet is the light border, in modules, that readers of QR codes ask for (ISO/IEC 18004 §6.3.8).
const quiet = 4

// Matrix sets a code at the end of the line, and what it leads to as small text beside it. Both stay on one page. The
// code is furniture to screen readers: the text MUST say the same.
func (d *Document) Matrix(m Matrix, beside ...string) {
	const module = 1900
	side := module * unit(m.Side+2*quiet)
	x, textX := textWidth-side, unit(0)
	if d.lang == Persian {
		x, textX = 0, side
	}
	var s strip
	text := d.column(&s, textX, textWidth-side, quiet*module, columnText{beside, noteStyle(), "P"})
	if d.err != nil {
		return
	}
	s.height = max(side, text+quiet*module)
	for row := range m.Side {
		for from := 0; from < m.Side; from++ {
			to := from
			for to < m.Side && m.Dark(to, row) {
				to++
			}
			if to > from { // one box for neighbours: between two boxes a screen would show a hair of light
				s.boxes = append(s.boxes, box{x: x + module*unit(quiet+from), y: module * unit(quiet+row),
					width: module * unit(to-from), height: module, fill: black})
				from = to
			}
		}
	}
	d.strips = append(d.strips, s)
	d.gap(6*pt, false)
}
