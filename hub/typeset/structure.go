package typeset

import (
	"fmt"
	"strings"
)

// element is a node of the structure tree (ISO 32000-1 §14.7): what a block is, for screen readers and for copying
// in the order of reading.
type element struct {
	role  string // Document, H1, H2, P, Table, TR, TH, TD
	scope string // TH: Row or Column
	lang  Language
	text  string // what it says, in reading order: the content itself stands from left to right
	kids  []*element
}

// mark is a marked piece of a page's content.
type mark struct{ page, id int }

// tree is what writing the structure needs to know of the pages.
type tree struct {
	pages  []ref
	marked [][]*element // for every page, the element of each marked piece in order
	marks  map[*element][]mark
	refs   map[*element]ref
}

// writeStructure writes the elements from the top down, and the way back from the pages to them.
func (f *file) writeStructure(top *element, t tree) ref {
	root := f.reserve()
	t.refs = map[*element]ref{}
	document := f.writeElement(top, root, t)
	var nums strings.Builder
	for page, elements := range t.marked {
		fmt.Fprintf(&nums, "%d[", page)
		for _, e := range elements {
			fmt.Fprintf(&nums, "%v ", t.refs[e])
		}
		nums.WriteString("]")
	}
	parents := f.add(fmt.Sprintf("<</Nums[%s]>>", nums.String()))
	f.write(root, fmt.Sprintf("<</Type/StructTreeRoot/K %v/ParentTree %v/ParentTreeNextKey %d>>", document, parents, len(t.pages)))
	return root
}

func (f *file) writeElement(e *element, parent ref, t tree) ref {
	self := f.reserve()
	t.refs[e] = self
	var kids strings.Builder
	for _, m := range t.marks[e] {
		fmt.Fprintf(&kids, "<</Type/MCR/Pg %v/MCID %d>>", t.pages[m.page], m.id)
	}
	for _, kid := range e.kids {
		fmt.Fprintf(&kids, "%v ", f.writeElement(kid, self, t))
	}
	scope := ""
	if e.scope != "" {
		scope = "/A<</O/Table/Scope/" + e.scope + ">>"
	}
	text := ""
	if e.text != "" {
		text = "/ActualText " + textString(strings.Map(withoutMarks, e.text))
	}
	f.write(self, fmt.Sprintf("<</Type/StructElem/S/%s/P %v/Lang(%s)%s%s/K[%s]>>",
		e.role, parent, e.lang, scope, text, kids.String()))
	return self
}

func withoutMarks(r rune) rune {
	if isMark(r) {
		return -1
	}
	return r
}
