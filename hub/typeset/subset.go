package typeset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	sfnt "github.com/tdewolff/font"
)

// glyphSet numbers the glyphs of one cut that a document uses, in the order of first use. The same glyph for another
// letter, or with a share of its width, gets another number: that is how ToUnicode can tell them apart.
type glyphSet struct {
	codes map[glyphKey]uint16
	used  []glyphKey // by code − 1; code 0 is the missing glyph
}

type glyphKey struct {
	id    uint16
	text  string
	width int // thousandths of the size
}

// code gives the number to write for a glyph.
func (s *glyphSet) code(g glyph) uint16 {
	key := glyphKey{g.id, g.text, g.width}
	if c, ok := s.codes[key]; ok {
		return c
	}
	if s.codes == nil {
		s.codes = map[glyphKey]uint16{}
	}
	s.used = append(s.used, key)
	s.codes[key] = uint16(len(s.used))
	return uint16(len(s.used))
}

// writeFont writes a cut with the glyphs of the set, as a composite font (ISO 32000-1 §9.7).
func (f *file) writeFont(c cut, set glyphSet) (ref, error) {
	ids := []uint16{0}
	toGlyph := []byte{0, 0}
	for _, key := range set.used {
		at := slices.Index(ids, key.id)
		if at < 0 {
			at = len(ids)
			ids = append(ids, key.id)
		}
		toGlyph = binary.BigEndian.AppendUint16(toGlyph, uint16(at))
	}
	part, err := c.file.Subset(ids, sfnt.SubsetOptions{Tables: sfnt.KeepPDFTables})
	if err != nil {
		return 0, fmt.Errorf("subset %s: %w", c.name, err)
	}
	program, err := undated(part.Write())
	if err != nil {
		return 0, fmt.Errorf("subset %s: %w", c.name, err)
	}
	name := subsetName(program, c.name)
	descriptor := f.writeDescriptor(c, name, f.stream(fmt.Sprintf("/Length1 %d", len(program)), program))
	var widths strings.Builder
	for _, key := range set.used {
		fmt.Fprintf(&widths, " %d", key.width)
	}
	descendant := f.add(fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)"+
		"/Ordering(Identity)/Supplement 0>>/FontDescriptor %v/CIDToGIDMap %v/DW 0/W[1[%s]]>>",
		name, descriptor, f.stream("", toGlyph), strings.TrimSpace(widths.String())))
	return f.add(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%v]"+
		"/ToUnicode %v>>", name, descendant, f.stream("", toUnicode(set)))), nil
}

func (f *file) writeDescriptor(c cut, name string, program ref) ref {
	head, hhea := c.file.Head, c.file.Hhea
	return f.add(fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0"+
		"/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %v>>", name,
		perMille(c, int(head.XMin)), perMille(c, int(head.YMin)), perMille(c, int(head.XMax)), perMille(c, int(head.YMax)),
		perMille(c, int(hhea.Ascender)), perMille(c, int(hhea.Descender)), perMille(c, int(c.file.OS2.SCapHeight)),
		c.stem, program))
}

func perMille(c cut, v int) int { return v * 1000 / int(c.file.Head.UnitsPerEm) }

// subsetName prefixes the six letters that mark a subset (§9.9.2), taken from its digest.
func subsetName(program []byte, name string) string {
	digest := sha256.Sum256(program)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + digest[i]%26
	}
	return string(tag) + "+" + name
}

// toUnicode maps codes to letters (§9.10.3), for readers that do not know ActualText.
func toUnicode(set glyphSet) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry(Adobe)" +
		"/Ordering(UCS)/Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	var rows []string
	for i, key := range set.used {
		rows = append(rows, fmt.Sprintf("<%04X> <%s>\n", i+1, utf16Hex(key.text)))
	}
	for chunk := range slices.Chunk(rows, 100) { // the most that one block may hold
		fmt.Fprintf(&b, "%d beginbfchar\n%sendbfchar\n", len(chunk), strings.Join(chunk, ""))
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}

// undated puts back what the subsetter cannot leave alone: it stamps the moment of writing into the head table
// ("modified"), which would make every run's bytes differ. The checksums follow.
func undated(program []byte) ([]byte, error) {
	tables := int(binary.BigEndian.Uint16(program[4:]))
	for i := range tables {
		record := program[12+16*i:]
		if string(record[:4]) != "head" {
			continue
		}
		at, size := binary.BigEndian.Uint32(record[8:]), binary.BigEndian.Uint32(record[12:])
		head := program[at : at+size]
		copy(head[28:36], head[20:28])          // modified: when it was created
		binary.BigEndian.PutUint32(head[8:], 0) // the adjustment counts as zero while it is computed
		padded := program[at : at+(size+3)/4*4] // tables are padded to whole words
		binary.BigEndian.PutUint32(record[4:], sum32(padded))
		binary.BigEndian.PutUint32(head[8:], 0xB1B0AFBA-sum32(program))
		return program, nil
	}
	return nil, fmt.Errorf("no head table")
}

func sum32(b []byte) uint32 {
	var sum uint32
	for i := 0; i+4 <= len(b); i += 4 {
		sum += binary.BigEndian.Uint32(b[i:])
	}
	return sum
}
