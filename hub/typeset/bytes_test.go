package typeset_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"eblagh/hub/typeset"
)

// golden is the digest of the paper in paper_test.go. It changes with the layout, the fonts, and with Go's compressor;
// then look at the page before writing the new one here.
const golden = "3c8e41955dad1ae845e8c609489fde4836865325ebb01ae6fb3c6137a52aeff2"

func TestSameBlocksSameBytes(t *testing.T) {
	digest := sha256.Sum256(bytesOf(t, notice(t)))
	if got := hex.EncodeToString(digest[:]); got != golden {
		t.Errorf("digest %s, want %s", got, golden)
	}
	d := notice(t)
	if !bytes.Equal(bytesOf(t, d), bytesOf(t, d)) {
		t.Error("a second call of Bytes gives other bytes")
	}
}

func TestFontsServeManyDocumentsAtOnce(t *testing.T) {
	shared := fonts(t)
	var wg sync.WaitGroup
	papers := make([][]byte, 8)
	for i := range papers {
		wg.Go(func() {
			d := typeset.New(shared, typeset.About{Title: "ابلاغ", Language: typeset.Persian})
			d.Heading("ابلاغ الکترونیک")
			d.Paragraph("لطفاً پیش از وقت مقرر حاضر شوید.")
			papers[i], _ = d.Bytes()
		})
	}
	wg.Wait()
	for _, p := range papers {
		if len(p) == 0 || !bytes.Equal(p, papers[0]) {
			t.Fatal("documents set at the same time differ")
		}
	}
}

func TestFileIsValid(t *testing.T) {
	conf := strict()
	for name, pdf := range map[string][]byte{"one page": bytesOf(t, notice(t)), "many": bytesOf(t, long(t))} {
		if err := api.Validate(bytes.NewReader(pdf), conf); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// strict is how pdfcpu is to look at a file, without leaving its settings in anybody's home.
func strict() *model.Configuration {
	api.DisableConfigDir()
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode = model.ValidationStrict
	return conf
}

// long is a paper of several pages: paragraphs, and a table that a page break cuts.
func long(t testing.TB) *typeset.Document {
	t.Helper()
	d := typeset.New(fonts(t), typeset.About{Title: "دادنامه", Language: typeset.Persian, Foot: "نمونه"})
	for range 14 {
		d.Section("گردش کار")
		d.Paragraph(strings.Repeat("خواهان دادخواستی به خواستهٔ مطالبهٔ وجه تقدیم نموده و دادگاه به شرح زیر رأی صادر می‌کند. ", 4))
	}
	rows := make([][]string, 30)
	for i := range rows {
		rows[i] = []string{"ابلاغیه", "۱۴۰۵/۰۹/۰۲"}
	}
	d.Table([]typeset.Column{{"رویداد", 1}, {"زمان ثبت", 1}}, rows)
	return d
}

func TestPagesBreakAndAreNumbered(t *testing.T) {
	pdf := bytesOf(t, long(t))
	pages, err := api.PageCount(bytes.NewReader(pdf), strict())
	if err != nil || pages != 4 {
		t.Fatalf("%d pages, %v", pages, err)
	}
	text := extract(t, pdf)
	for _, number := range []string{"۱", "۲", "۳", "۴"} {
		if !strings.Contains(strings.ReplaceAll(text, " ", ""), "صفحهٔ"+number+"از۴") {
			t.Errorf("page %s is not numbered", number)
		}
	}
	if n := strings.Count(text, "زمان ثبت"); n != 2 {
		t.Errorf("the table's header stands %d times, want once on each of its two pages", n)
	}
	if n := strings.Count(text, "گردش کار"); n != 14 {
		t.Errorf("%d of 14 sections survived", n)
	}
}

func TestWhatCannotBeSetIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no glyph": "متن 試", "emoji": "🙂", "control character": "الف\u0007", "tab": "a\tb", "override": "امضا\u202eمحفوظ",
		"not UTF-8": "\xff\xfe", "private use": "\ue000", "line separator": "a\u2028b",
	} {
		t.Run(name, func(t *testing.T) {
			d := typeset.New(fonts(t), typeset.About{Title: "ابلاغ", Language: typeset.Persian})
			d.Paragraph("درست")
			d.Fields(typeset.Field{Label: "متن", Value: text})
			d.Paragraph("درست")
			_, err := d.Bytes()
			if !errors.Is(err, typeset.ErrUnshapable) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), text) {
				t.Errorf("the error repeats the text: %v", err)
			}
		})
	}
	if _, err := typeset.New(fonts(t), typeset.About{Language: typeset.Persian}).Bytes(); err == nil {
		t.Error("a paper without a title was set")
	}
	d := typeset.New(fonts(t), typeset.About{Title: "ابلاغ", Language: typeset.Persian, Foot: "\u0001"})
	if _, err := d.Bytes(); !errors.Is(err, typeset.ErrUnshapable) {
		t.Errorf("a foot that cannot be set: %v", err)
	}
}
