package typeset

import "strconv"

// unit is a length in thousandths of a point. Integers only: fused multiply-adds of floating point differ between
// machines, and the bytes must not.
type unit int64

const pt unit = 1000

// String writes a length as a PDF number.
func (u unit) String() string {
	sign := ""
	if u < 0 {
		sign, u = "-", -u
	}
	s := sign + strconv.FormatInt(int64(u/pt), 10)
	if rest := int64(u % pt); rest > 0 {
		digits := strconv.FormatInt(1000+rest, 10)[1:]
		for digits[len(digits)-1] == '0' {
			digits = digits[:len(digits)-1]
		}
		s += "." + digits
	}
	return s
}

// A4, with margins that leave 487 points for text.
const (
	pageWidth  = 595 * pt
	pageHeight = 842 * pt
	margin     = 54 * pt
	textWidth  = pageWidth - 2*margin
	textTop    = 48 * pt                // from the head of the page
	textHeight = 842*pt - 48*pt - 64*pt // the last 64 points are the foot's
)

// grey is a shade in thousandths: 0 black, 1000 white.
type grey int

const (
	black  grey = 80
	dim    grey = 380
	line05 grey = 620 // hairlines of tables
	shade  grey = 945 // behind labels
)

// style is how a piece of text is set.
type style struct {
	weight  weight
	size    unit
	leading unit
	ink     grey
	align   align
}

// align is where lines stand: at the start (right in Persian), in the middle, or at the end.
type align int

const (
	atStart align = iota
	atCentre
	atEnd
)

// The styles of a paper. Vazirmatn needs about 1.6 of its size from line to line; bodies get more air.
func bodyStyle() style { return style{weight: regular, size: 11 * pt, leading: 21 * pt, ink: black} }
func headingStyle() style {
	return style{weight: bold, size: 15 * pt, leading: 27 * pt, ink: black, align: atCentre}
}
func sectionStyle() style { return style{weight: bold, size: 11500, leading: 21 * pt, ink: black} }
func noteStyle() style    { return style{weight: regular, size: 8500, leading: 15 * pt, ink: dim} }
func cellStyle() style    { return style{weight: regular, size: 10 * pt, leading: 17 * pt, ink: black} }
func labelStyle() style   { return style{weight: bold, size: 9500, leading: 17 * pt, ink: black} }
func footStyle() style    { return style{weight: regular, size: 8 * pt, leading: 13 * pt, ink: dim} }
