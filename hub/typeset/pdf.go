package typeset

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
)

// ref is the number of an object.
type ref int

// String writes a reference to the object.
func (r ref) String() string { return fmt.Sprintf("%d 0 R", int(r)) }

// file is a PDF 1.7 file under way (ISO 32000-1 §7.5).
type file struct {
	buf     bytes.Buffer
	offsets []int // by object number − 1; 0: reserved, not yet written
}

func newFile() *file {
	f := &file{}
	f.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return f
}

// reserve gives the number of an object that is written later.
func (f *file) reserve() ref {
	f.offsets = append(f.offsets, 0)
	return ref(len(f.offsets))
}

// write puts the body of a reserved object.
func (f *file) write(r ref, body string) {
	f.offsets[r-1] = f.buf.Len()
	fmt.Fprintf(&f.buf, "%d 0 obj\n%s\nendobj\n", int(r), body)
}

// add writes a new object.
func (f *file) add(body string) ref {
	r := f.reserve()
	f.write(r, body)
	return r
}

// stream writes a new compressed stream; dict holds its own entries, without brackets.
func (f *file) stream(dict string, data []byte) ref {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return f.add(fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream", dict, z.Len(), z.Bytes()))
}

// finish writes the table of objects. The file's identifier is its content's digest, so that it names these bytes
// and no moment.
func (f *file) finish(root, info ref) []byte {
	digest := sha256.Sum256(f.buf.Bytes())
	id := strings.ToUpper(hex.EncodeToString(digest[:16]))
	at := f.buf.Len()
	fmt.Fprintf(&f.buf, "xref\n0 %d\n0000000000 65535 f \n", len(f.offsets)+1)
	for _, o := range f.offsets {
		fmt.Fprintf(&f.buf, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&f.buf, "trailer\n<</Size %d/Root %v/Info %v/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(f.offsets)+1, root, info, id, id, at)
	return f.buf.Bytes()
}

// textString writes any text as a PDF text string: UTF-16BE with its mark, in hex.
func textString(s string) string { return "<FEFF" + utf16Hex(s) + ">" }

func utf16Hex(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}
