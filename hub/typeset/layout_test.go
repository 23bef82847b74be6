package typeset

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// UAX 9: what reads from left to right inside a Persian line is isolated, what the algorithm does by itself is not.
func TestTokensAreIsolated(t *testing.T) {
	mark := strings.NewReplacer("[", "\u2066", "]", "\u2069")
	for _, c := range []struct{ name, in, want string }{
		{"date", "تاریخ ۱۴۰۵/۰۹/۰۲ است", "تاریخ [۱۴۰۵/۰۹/۰۲] است"},
		{"dashed date", "۱۴۰۵-۰۹-۰۲،", "[۱۴۰۵-۰۹-۰۲]،"},
		{"phone", "شمارهٔ +98 990 000 0001 و", "شمارهٔ [+98 990 000 0001] و"},
		{"identifier", "شناسه: RCPT-7f3a.", "شناسه: [RCPT-7f3a]."},
		{"identifier with remark", "RCPT-1 (SHA-256)؛", "[RCPT-1 (SHA-256)]؛"},
		{"persian remark", "SAMPLE-1 (بانک)", "[SAMPLE-1] (بانک)"},
		{"latin phrase", "بانک EN 319 522-1 نمونه", "بانک [EN 319 522-1] نمونه"},
		{"address", "a.b@example.invalid", "[a.b@example.invalid]"},
		{"one number", "ماده ۶۴ قانون", "ماده ۶۴ قانون"},
		{"one word", "سامانه Eblagh است", "سامانه Eblagh است"},
		{"company", "شرکت Trading Co. Ltd و", "شرکت [Trading Co. Ltd] و"},
		{"numbers beside each other", "12 13", "12 13"},
		{"isolated already", "[۰۹۹۰ ۰۰۰-۱] و ۱/۲", "[۰۹۹۰ ۰۰۰-۱] و [۱/۲]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, want := c.in, mark.Replace(c.want)
			if c.name == "isolated already" {
				in = mark.Replace(in)
			}
			if got := newIsolator().isolate(in); got != want {
				t.Errorf("%+q, want %+q", got, want)
			}
		})
	}
}

// Whatever the text, no line is wider than its room and no letter is lost or doubled.
func TestLinesFitAndKeepEveryLetter(t *testing.T) {
	fonts, err := LoadFonts()
	if err != nil {
		t.Fatal(err)
	}
	shaper := newShaper(fonts)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ابلاغلله هٔیَّ‌ ۱۲/:-()«»abcXfi12 +.،؛ \u2066\u2069")), 0, 120, -1).Draw(t, "text")
		lang := rapid.SampledFrom([]Language{Persian, English}).Draw(t, "language")
		width := rapid.SampledFrom([]unit{60 * pt, 200 * pt, textWidth}).Draw(t, "width")
		lines, err := shaper.lines(text, lang, bodyStyle(), width)
		if err != nil {
			t.Fatal(err)
		}
		var got []rune
		for _, l := range lines {
			if l.width > width+pt/10 {
				t.Fatalf("a line of %v in a room of %v", l.width, width)
			}
			for _, g := range l.glyphs {
				got = append(got, []rune(g.text)...)
			}
		}
		if want := lettersOf([]rune(text)); !slices.Equal(lettersOf(got), want) {
			t.Fatalf("letters %q, want %q", string(lettersOf(got)), string(want))
		}
	})
}

// A Persian phrase at the end of an English line keeps its inner spaces: it is as wide as on a Persian page.
func TestPersianInEnglishKeepsItsSpaces(t *testing.T) {
	fonts, err := LoadFonts()
	if err != nil {
		t.Fatal(err)
	}
	var widths []unit
	for _, lang := range []Language{Persian, English} {
		lines, err := newShaper(fonts).lines("شعبهٔ ۱۲ دادگاه حقوقی", lang, bodyStyle(), textWidth)
		if err != nil || len(lines) != 1 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		widths = append(widths, lines[0].width)
	}
	if widths[0] != widths[1] {
		t.Errorf("%v wide in English, %v in Persian", widths[1], widths[0])
	}
}

func lettersOf(text []rune) []rune {
	out := slices.DeleteFunc(slices.Clone(text), func(r rune) bool { return r == ' ' || isMark(r) })
	slices.Sort(out)
	return out
}

func TestStripsThatBelongTogetherShareAPage(t *testing.T) {
	head := &strip{height: 5}
	for _, c := range []struct {
		name   string
		strips []strip
		want   []int // strips on each page
	}{
		{"nothing", nil, []int{0}},
		{"fits", []strip{{height: 50}, {height: 50}}, []int{2}},
		{"breaks", []strip{{height: 60}, {height: 60}}, []int{1, 1}},
		{"heading goes with its text", []strip{{height: 70}, {height: 20, keep: true}, {height: 20}}, []int{1, 2}},
		{"gap at the head is dropped", []strip{{height: 100}, {height: 10, gap: true, keep: true}, {height: 20}}, []int{1, 1}},
		{"too much to keep together", []strip{{height: 90, keep: true}, {height: 90, keep: true}, {height: 90}}, []int{1, 1, 1}},
		{"taller than a page", []strip{{height: 300}, {height: 10}}, []int{1, 1}},
		{"table header again", []strip{{height: 90, repeat: head}, {height: 90, repeat: head}}, []int{1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []int
			for _, p := range paginate(c.strips, 100) {
				got = append(got, len(p.strips))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("pages of %v strips, want %v", got, c.want)
			}
		})
	}
}

func TestLengthsAreWrittenAsNumbers(t *testing.T) {
	for u, want := range map[unit]string{0: "0", 1: "0.001", 500: "0.5", 12_340: "12.34", -1_500: "-1.5", 595 * pt: "595"} {
		if got := u.String(); got != want {
			t.Errorf("%d is written %q, want %q", int64(u), got, want)
		}
	}
}
