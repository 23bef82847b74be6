package typeset

// Field is one row of a table of names and values.
type Field struct{ Label, Value string }

// Column is one column of a table: its name, and its share of the width beside the other columns' shares.
type Column struct {
	Name  string
	Share int
}

// padding of a cell, on all sides but the lines' own air.
const (
	padX = 7 * pt
	padY = 3 * pt
)

// Fields sets a table of names and values, names first in the direction of reading.
func (d *Document) Fields(fields ...Field) {
	columns := []Column{{Share: 26}, {Share: 74}}
	table := d.element(d.top, "Table", "")
	for _, f := range fields {
		row := d.element(table, "TR", "")
		d.row(columns, []cell{
			{text: f.Label, style: labelStyle(), shaded: true, of: d.header(row, "Row", f.Label)},
			{text: f.Value, style: cellStyle(), of: d.element(row, "TD", f.Value)},
		}, nil)
	}
	d.gap(8*pt, false)
}

// Table sets rows under a header, which is set again on every page that the table reaches. Each row must have as many
// texts as there are columns; missing ones stay empty.
func (d *Document) Table(columns []Column, rows [][]string) {
	table := d.element(d.top, "Table", "")
	line := d.element(table, "TR", "")
	head := make([]cell, len(columns))
	again := make([]cell, len(columns))
	for i, c := range columns {
		again[i] = cell{text: c.Name, style: labelStyle(), shaded: true}
		head[i] = again[i]
		head[i].of = d.header(line, "Column", c.Name)
	}
	if strips := d.cells(columns, head); len(strips) > 0 {
		strips[len(strips)-1].keep = true
		d.strips = append(d.strips, strips...)
	}
	var repeat *strip
	if strips := d.cells(columns, again); len(strips) == 1 {
		repeat = &strips[0]
	}
	for _, texts := range rows {
		line := d.element(table, "TR", "")
		cells := make([]cell, len(columns))
		for i := range columns {
			text := ""
			if i < len(texts) {
				text = texts[i]
			}
			cells[i] = cell{text: text, style: cellStyle(), of: d.element(line, "TD", text)}
		}
		d.row(columns, cells, repeat)
	}
	d.gap(8*pt, false)
}

func (d *Document) header(row *element, scope, text string) *element {
	e := d.element(row, "TH", text)
	e.scope = scope
	return e
}

// cell is one field of a row before it is shaped.
type cell struct {
	text   string
	style  style
	shaded bool
	of     *element
}

func (d *Document) row(columns []Column, cells []cell, repeat *strip) {
	for _, s := range d.cells(columns, cells) {
		s.repeat = repeat
		d.strips = append(d.strips, s)
	}
}

// cells shapes a row. A row is one strip, so that a page break falls between rows; only a row too long for a quarter
// of a page is cut into several.
func (d *Document) cells(columns []Column, cells []cell) []strip {
	shares := 0
	for _, c := range columns {
		shares += c.Share
	}
	set := make([][]line, len(cells))
	rows := 1
	for i, c := range cells {
		set[i] = d.shape(c.text, c.style, textWidth*unit(columns[i].Share)/unit(shares)-2*padX)
		rows = max(rows, len(set[i]))
	}
	if d.err != nil {
		return nil
	}
	const most = 10 // lines in one strip
	var out []strip
	for from := 0; from < rows; from += most {
		out = append(out, d.cut(columns, shares, cells, set, from, min(from+most, rows)))
	}
	return out
}

// cut makes the strip of a row's lines from one to the next.
func (d *Document) cut(columns []Column, shares int, cells []cell, set [][]line, from, to int) strip {
	s := strip{height: 2 * padY}
	for i := range cells {
		s.height = max(s.height, 2*padY+unit(to-from)*cells[i].style.leading)
	}
	before := 0
	for i, c := range cells {
		x, next := textWidth*unit(before)/unit(shares), textWidth*unit(before+columns[i].Share)/unit(shares)
		before += columns[i].Share
		width := next - x
		if d.lang == Persian {
			x = textWidth - next
		}
		b := box{x: x, width: width, height: s.height, stroke: line05, thickness: 500}
		if c.shaded {
			b.fill = shade
		}
		s.boxes = append(s.boxes, b)
		for k := from; k < min(to, len(set[i])); k++ {
			y := padY + unit(k-from)*c.style.leading
			s.texts = append(s.texts, place(set[i][k], d.lang, x+padX, width-2*padX, y, c.of))
		}
	}
	return s
}
