package document

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"eblagh/hub"
)

func newExaminer() *examiner {
	return &examiner{slots: make(chan struct{}, 2), patience: 30 * time.Second, unpacked: 8 << 20}
}

// why is the code of the first field of a refusal, "" for none.
func why(t testing.TB, err error) string {
	t.Helper()
	var refusal *hub.Error
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &refusal) || refusal.Code != hub.CodeUnsupportedDocument || len(refusal.Fields) != 1:
		t.Fatalf("error %v is not a refusal with its reason", err)
	}
	return refusal.Fields[0].Code
}

func TestPDFMustBeWholeOpenAndPassive(t *testing.T) {
	plain := paper("")
	bomb := deflated(make([]byte, 3<<20))
	locked := encrypt(t, plain)
	script := "<</S/JavaScript/JS(app.alert\\(1\\))>>"
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"plain":                  {plain, ""},
		"with a link":            {paper("", "<</Type/Annot/Subtype/Link/Rect[0 0 1 1]/A<</S/URI/URI(https://example.test)>>>>"), ""},
		"opening at a page":      {paper("/OpenAction[3 0 R/Fit]"), ""},
		"a font by a bad name":   {paper("", "<</Font<</JS 4 0 R/EF 4 0 R>>>>"), ""},
		"script at opening":      {paper("/OpenAction " + script), "active-content"},
		"script by reference":    {paper("/OpenAction 5 0 R", script), "active-content"},
		"script in hidden name":  {paper("/OpenAction<</S/Java#53cript/J#53(x)>>"), "active-content"},
		"script among names":     {paper("/Names<</JavaScript<</Names[(a)5 0 R]>>>>", script), "active-content"},
		"script on the page":     {paper("", "<</AA<</O 6 0 R>>>>", script), "active-content"},
		"program to start":       {paper("/OpenAction<</S/Launch/F(cmd.exe)>>"), "active-content"},
		"form that sends":        {paper("", "<</S/SubmitForm/F(http://example.test)>>"), "active-content"},
		"attachment":             {paper("/Names<</EmbeddedFiles<</Names[(a)5 0 R]>>>>", "<</Type/Filespec/F(a)/EF<</F 6 0 R>>>>", stream("/Type/EmbeddedFile", "x")), "active-content"},
		"attachment by note":     {paper("", "<</Type/Annot/Subtype/FileAttachment/Rect[0 0 1 1]/FS<</F(a)/EF<</F 4 0 R>>>>>>"), "active-content"},
		"dynamic form":           {paper("/AcroForm<</Fields[]/XFA 5 0 R>>", stream("", "<xdp/>")), "active-content"},
		"password":               {locked, "encrypted"},
		"cut in half":            {plain[:len(plain)/2], "broken"},
		"cut at the end":         {plain[:len(plain)-8], "broken"},
		"head alone":             {[]byte("%PDF-1.7\n"), "broken"},
		"words after the head":   {[]byte("%PDF-1.7\nstartxref\n0\n%%EOF\n"), "broken"},
		"no pages":               {pdf("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"), "no-pages"},
		"no catalogue":           {pdf("", "<</Type/Font>>"), "broken"},
		"content that breaks":    {paper("", stream("/Filter/FlateDecode", damage(deflated([]byte(strings.Repeat("0 0 m 10 10 l S ", 200)))))), "broken"},
		"a little becomes much":  {paper("", stream("/Filter/FlateDecode", bomb), stream("/Filter/FlateDecode", bomb), stream("/Filter/FlateDecode", bomb), stream("/Filter/FlateDecode", bomb)), "too-complex"},
		"much that calls itself": {paper("", stream("/Type/Obj#53tm/N 1/First 4/X/Image/Filter/FlateDecode", strings.Repeat(bomb, 1)), stream("/Type/ObjStm/X/Image/Filter/FlateDecode", bomb), stream("/Type/ObjStm/Filter/FlateDecode", bomb), stream("/Type/ObjStm/Filter/FlateDecode", bomb)), "too-complex"},
		"structure oddly packed": {paper("", stream("/Type/ObjStm/N 1/First 4/Filter[/ASCIIHexDecode/FlateDecode]", "78")), "too-complex"},
	} {
		if got := why(t, newExaminer().examine(t.Context(), c.content, typePDF)); got != c.want {
			t.Errorf("%s: refused as %q, want %q", name, got, c.want)
		}
	}
}

func damage(s string) string {
	b := []byte(s)
	for i := len(b) / 2; i < len(b)/2+8; i++ {
		b[i] = ^b[i]
	}
	return string(b)
}

func encrypt(t *testing.T, content []byte) []byte {
	t.Helper()
	conf := pdfLimits(maxUnpacked)
	conf.UserPW, conf.OwnerPW, conf.EncryptUsingAES, conf.EncryptKeyLength, conf.Eol = "user", "owner", true, 256, types.EolLF
	conf.Cmd, conf.Permissions, conf.WriteObjectStream, conf.WriteXRefStream = model.ENCRYPT, model.PermissionsNone, true, true
	var out bytes.Buffer
	if err := api.Encrypt(bytes.NewReader(content), &out, conf); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFileMustBeWhatItIsDeclaredToBe(t *testing.T) {
	small := picture(8, 8)
	files := map[string][]byte{
		typePDF: paper(""), typePNG: pngOf(t, small), typeJPEG: jpegOf(t, small),
		"a program":  append([]byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"), make([]byte, 500)...),
		"elf":        append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 500)...),
		"a page":     []byte("<!doctype html><script>alert(1)</script>"),
		"words":      []byte("just words"),
		"an archive": append([]byte("PK\x03\x04"), make([]byte, 100)...),
	}
	for name, content := range files {
		for _, declared := range []string{typePDF, typePNG, typeJPEG} {
			want := "wrong-type"
			if name == declared {
				want = ""
			}
			if got := why(t, newExaminer().examine(t.Context(), content, declared)); got != want {
				t.Errorf("%s as %s: refused as %q, want %q", name, declared, got, want)
			}
		}
	}
	if got := why(t, newExaminer().examine(t.Context(), nil, typePDF)); got != "empty" {
		t.Errorf("nothing: refused as %q", got)
	}
}

func TestImageMustBeWholeAndOfBoundedSize(t *testing.T) {
	grey := image.NewGray16(image.Rect(0, 0, 33, 17))
	palette := image.NewPaletted(image.Rect(0, 0, 19, 9), color.Palette{color.Black, color.White, color.Opaque})
	for name, m := range map[string]image.Image{"rgba": picture(300, 200), "grey": grey, "palette": palette, "one": picture(1, 1)} {
		whole := pngOf(t, m)
		if got := why(t, newExaminer().examine(t.Context(), whole, typePNG)); got != "" {
			t.Errorf("%s: refused as %q", name, got)
		}
		for cut := 40; cut < len(whole); cut += 1 + len(whole)/97 {
			if got := why(t, newExaminer().examine(t.Context(), whole[:cut], typePNG)); got != "broken" {
				t.Errorf("%s cut at %d of %d: refused as %q", name, cut, len(whole), got)
			}
			bad := bytes.Clone(whole)
			bad[cut] ^= 0x10
			if got := why(t, newExaminer().examine(t.Context(), bad, typePNG)); got == "" && cut < len(whole)-12 {
				t.Errorf("%s flipped at %d of %d: taken", name, cut, len(whole))
			}
		}
	}
	photo := jpegOf(t, picture(300, 200))
	if got := why(t, newExaminer().examine(t.Context(), photo, typeJPEG)); got != "" {
		t.Errorf("photo: refused as %q", got)
	}
	for cut := 20; cut < len(photo)-2; cut += 1 + len(photo)/97 {
		if got := why(t, newExaminer().examine(t.Context(), photo[:cut], typeJPEG)); got != "broken" {
			t.Errorf("photo cut at %d of %d: refused as %q", cut, len(photo), got)
		}
	}
	// The size in the head, made huge; the sum of the chunk is made right again.
	huge := pngOf(t, picture(8, 8))
	copy(huge[16:24], []byte{0, 0, 0x20, 0, 0, 0, 0x20, 0}) // 8192 × 8192
	putCRC(huge[12:29], huge[29:33])
	if got := why(t, newExaminer().examine(t.Context(), huge, typePNG)); got != "too-many-pixels" {
		t.Errorf("huge picture: refused as %q", got)
	}
	at := bytes.Index(photo, []byte{0xff, 0xc0})
	tall := bytes.Clone(photo)
	copy(tall[at+5:at+9], []byte{0xff, 0xff, 0xff, 0xff})
	if got := why(t, newExaminer().examine(t.Context(), tall, typeJPEG)); got != "too-many-pixels" {
		t.Errorf("huge photo: refused as %q", got)
	}
	copy(tall[at+5:at+9], []byte{0x1b, 0x58, 0x1b, 0x58}) // 49 megapixels
	tall[at+1] = 0xc2
	if got := why(t, newExaminer().examine(t.Context(), tall, typeJPEG)); got != "too-many-pixels" {
		t.Errorf("huge progressive photo: refused as %q", got)
	}
}

// A picture of nine megapixels comes in 9 KB; examining it must not unpack it all into memory.
func TestExaminingAPictureTakesLittleMemory(t *testing.T) {
	content := pngOf(t, image.NewGray(image.Rect(0, 0, 3000, 3000)))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if got := why(t, newExaminer().examine(t.Context(), content, typePNG)); got != "" {
		t.Fatalf("refused as %q", got)
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 4<<20 {
		t.Errorf("took %d bytes", taken)
	}
}

func TestInterlacedPNGIsReadInSevenPasses(t *testing.T) {
	// 8 bit grey, 5 × 3, Adam7.
	header := ihdr{width: 5, height: 3, depth: 8, colourType: 0, interlaced: true}
	total := 0
	for _, p := range header.passes() {
		total += p.rows * p.bytes
	}
	if total != 15 {
		t.Errorf("the passes have %d pixels, want 15", total)
	}
}

func TestPatienceEndsAndTheSlotStaysTakenMeanwhile(t *testing.T) {
	e := &examiner{slots: make(chan struct{}, 1), patience: time.Nanosecond, unpacked: maxUnpacked}
	if got := why(t, e.examine(t.Context(), paper(""), typePDF)); got != "too-complex" {
		t.Errorf("refused as %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e.slots <- struct{}{}
	if err := e.examine(ctx, paper(""), typePDF); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("no slot, and the caller gone: %v", err)
	}
}

func TestPanicOfADecoderIsARefusal(t *testing.T) {
	err := newExaminer().guarded(nil, paper(""), typePDF) //nolint:staticcheck // a nil context makes the reader panic
	if got := why(t, err); got != "broken" {
		t.Errorf("refused as %q", got)
	}
}

// The library would keep its settings in the home of whoever runs the hub.
func TestExaminingLeavesNothingBehind(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	if err := newExaminer().examine(t.Context(), paper(""), typePDF); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(home)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func FuzzExamine(f *testing.F) {
	f.Add(paper(""), 0)
	f.Add(paper("/OpenAction<</S/JavaScript/JS(x)>>"), 0)
	f.Add(pngOf(f, picture(9, 5)), 1)
	f.Add(jpegOf(f, picture(9, 5)), 2)
	f.Add([]byte("%PDF-1.4\nstartxref %%EOF stream\n\x78\x9c"), 0)
	types := []string{typePDF, typePNG, typeJPEG}
	e := &examiner{slots: make(chan struct{}, 1), patience: 20 * time.Second, unpacked: 8 << 20}
	f.Fuzz(func(t *testing.T, content []byte, kind int) {
		began := time.Now()
		err := e.examine(t.Context(), content, types[uint(kind)%3])
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%d bytes took %v", len(content), took)
		}
		if code := why(t, err); code == "too-complex" && len(content) < 1<<12 {
			t.Errorf("%d bytes took all the patience", len(content))
		}
	})
}
