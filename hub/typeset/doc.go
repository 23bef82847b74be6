// Package typeset writes papers: PDF pages in Persian and English that look like a court's, from which text copies
// and searches right, and whose bytes depend on nothing but what was put in.
//
// A Document takes blocks one after the other: a letterhead, headings, paragraphs, tables, a signature. Each block is
// shaped at once (shape.go: letters joined, right-to-left and left-to-right ordered, lines broken) and becomes strips,
// the slices of a page that no page break may cut (flow.go). Bytes then lays the strips on pages, adds the page
// numbers, cuts the fonts down to the glyphs used (subset.go), and writes the objects (pdf.go).
//
// A glyph is not a letter: ی has four shapes, لا is one glyph for two letters, a vowel sign is a glyph of its own. Readers
// that meet two letters in one glyph mostly give them back in the wrong order, so that ابلاغ could not be found. Here
// every letter has exactly one glyph in the file (line.go), with /ActualText and ToUnicode naming it, from left to
// right as readers expect; and every block has its place in a structure tree (structure.go), which is what a screen
// reader speaks.
//
// All lengths are integers, and no date, random number or map order gets into the file: the same blocks give the same
// bytes on every machine, which lets a digest of a paper be sealed before the paper is signed.
package typeset
