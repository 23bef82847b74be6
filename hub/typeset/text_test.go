package typeset_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"eblagh/hub/typeset"
)

// A paper's text must come back letter by letter in the order in which it is read: joined letters, letters that share
// a glyph (لا، الله), vowel signs, the non-joiner, and numbers that run from left to right.
func TestTextCopiesInReadingOrder(t *testing.T) {
	text := extract(t, bytesOf(t, notice(t)))
	for _, want := range []string{
		"دادگستری نمونه", "اخطاریهٔ وقت رسیدگی", "خانم مریم نمونه (خوانده)", "+98 990 000 0001",
		"SAMPLE-1405/22", "۱۴۰۵/۱۰/۱۶", "۰۹:۳۰", "۱۴۰۵۰۰۹۹۰۰۰۰۰۰۰۰۰۱",
		"در خصوص دعوای آقای علی نمونه به طرفیت شما", "خواهشمند است در وقت مقرر در این شعبه حاضر شوید",
		"عدم حضور مانع رسیدگی نیست و می‌توانید لایحهٔ دفاعیهٔ خود را پیش از جلسه بفرستید",
		"قبلاً مثلاً مُهرِ دادگاهِ ملّی مدّعی، لا الهَ الّا الله؛ کتاب‌ها", "نامه‌ها و «دلایل» (مواد",
		"قانون آیین دادرسی مدنی) را همراه داشته باشید.", "۱۲٬۵۰۰٬۰۰۰",
		"RCPT-7f3a-9c21 (SHA-256)", "این برگه را سامانهٔ ابلاغ ساخته است.",
		"Notice of hearing", "Maryam Nemooneh,", "مریم نمونه",
		"You are invited to the hearing of case 140500990000000001 on 6 January 2027 at 09:30.",
		"نمونهٔ آزمایشی؛ فاقد اعتبار قضایی",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not hold %q", want)
		}
	}
	// pdftotext itself moves a space from one side of a number or comma to the other; the letters must be in order.
	whole := strings.ReplaceAll("در خصوص دعوای آقای علی نمونه به طرفیت شما، خواهشمند است در وقت مقرر در این شعبه حاضر "+
		"شوید. عدم حضور مانع رسیدگی نیست و می‌توانید لایحهٔ دفاعیهٔ خود را پیش از جلسه بفرستید. قبلاً مثلاً مُهرِ دادگاهِ ملّی "+
		"مدّعی، لا الهَ الّا الله؛ کتاب‌ها، نامه‌ها و «دلایل» (مواد ۶۴ و ۹۵ قانون آیین دادرسی مدنی) را همراه داشته باشید.", " ", "")
	if !strings.Contains(strings.ReplaceAll(text, " ", ""), whole) {
		t.Error("the paragraph as a whole is not in order")
	}
	if t.Failed() {
		t.Log(text)
	}
}

// Readers that do not know ActualText (browsers) must find the same letters by ToUnicode.
func TestEveryGlyphHasItsLetterTwice(t *testing.T) {
	pdf := bytesOf(t, notice(t))
	streams := inflate(t, pdf)
	maps := map[string]map[string]string{}
	for _, s := range streams {
		if strings.Contains(s, "begincmap") {
			codes := map[string]string{}
			for _, m := range regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]+)>\n`).FindAllStringSubmatch(s, -1) {
				codes[m[1]] = m[2]
			}
			maps[fmt.Sprintf("/F%d", len(maps))] = codes
		}
	}
	span := regexp.MustCompile(`(/F[01]) |/ActualText <FEFF([0-9A-F]+)>>> BDC [^<]*<([0-9A-F]{4})> Tj EMC`)
	seen, font := 0, ""
	for _, s := range streams {
		for _, m := range span.FindAllStringSubmatch(s, -1) {
			if m[1] != "" {
				font = m[1]
				continue
			}
			if seen++; maps[font][m[3]] != m[2] {
				t.Fatalf("glyph %s of %s stands for %q and for %q", m[3], font, m[2], maps[font][m[3]])
			}
		}
	}
	if seen < 900 {
		t.Errorf("only %d letters were found", seen)
	}
}

func TestIsolatedNumberKeepsItsOrder(t *testing.T) {
	d := typeset.New(fonts(t), typeset.About{Title: "شماره", Language: typeset.Persian})
	d.Paragraph("با شمارهٔ " + typeset.Isolate("۰۹۹۰ ۰۰۰ ۰۰۰۱") + " تماس بگیرید.")
	if text := extract(t, bytesOf(t, d)); !strings.Contains(text, "۰۹۹۰ ۰۰۰ ۰۰۰۱") {
		t.Errorf("the groups are out of order: %q", text)
	}
}

// extract is what pdftotext copies, without the direction marks that it adds.
func extract(t testing.TB, pdf []byte) string {
	t.Helper()
	path, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Fatal("pdftotext is missing: install the package poppler-utils")
	}
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, "-enc", "UTF-8", "-", "-")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(pdf), &out, &complaint
	if err := cmd.Run(); err != nil || complaint.Len() > 0 {
		t.Fatalf("pdftotext: %v %s", err, complaint.String())
	}
	plain := strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r == '\u200e' || r == '\u200f' {
			return -1
		}
		return r
	}, out.String())
	return strings.Join(strings.Fields(plain), " ")
}

// inflate gives every stream of a file.
func inflate(t testing.TB, pdf []byte) []string {
	t.Helper()
	var out []string
	for _, part := range bytes.Split(pdf, []byte("stream\n"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue // what follows an "endstream"
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}

// A screen reader goes by the structure: what each block is, and what it says in the order of reading.
func TestStructureSpeaksTheTextInOrder(t *testing.T) {
	pdf := string(bytesOf(t, notice(t)))
	for _, want := range []struct{ role, text string }{
		{"H1", "اخطاریهٔ وقت رسیدگی"}, {"H2", "متن اخطاریه"}, {"TH", "مخاطب"}, {"TD", "خانم مریم نمونه (خوانده)"},
		{"P", "شمارهٔ پرونده: ۱۴۰۵۰۰۹۹۰۰۰۰۰۰۰۰۰۱"}, {"H1", "Notice of hearing"},
	} {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(want.text)) {
			fmt.Fprintf(&b, "%04X", u)
		}
		element := regexp.MustCompile(`/S/` + want.role + `/P \d+ 0 R/Lang\(\w+\)(?:/A<<[^>]*>>)?/ActualText <FEFF` + b.String() + `>/K\[<</Type/MCR`)
		if !element.MatchString(pdf) {
			t.Errorf("no %s says %q", want.role, want.text)
		}
	}
}
