package sms_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	warthog "github.com/warthog618/sms"
	"github.com/warthog618/sms/encoding/tpdu"
	"pgregory.net/rapid"

	"eblagh/channels/sms"
)

// 3GPP 23.040 §9.2.3.24: a concatenation header takes 7 septets or 3 code units of each part.
func TestSegments(t *testing.T) {
	for name, c := range map[string]struct {
		text     string
		encoding sms.Encoding
		parts    []int // characters in each
	}{
		"empty":                       {"", sms.GSM7, []int{0}},
		"160 septets":                 {strings.Repeat("a", 160), sms.GSM7, []int{160}},
		"161 septets":                 {strings.Repeat("a", 161), sms.GSM7, []int{153, 8}},
		"80 extension characters":     {strings.Repeat("€", 80), sms.GSM7, []int{80}},
		"81 extension characters":     {strings.Repeat("€", 81), sms.GSM7, []int{76, 5}},
		"an escape is not split":      {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 10), sms.GSM7, []int{152, 11}},
		"70 Persian characters":       {strings.Repeat("ب", 70), sms.UCS2, []int{70}},
		"71 Persian characters":       {strings.Repeat("ب", 71), sms.UCS2, []int{67, 4}},
		"one letter makes it UCS-2":   {strings.Repeat("a", 70) + "ی", sms.UCS2, []int{67, 4}},
		"a surrogate pair is whole":   {strings.Repeat("ب", 66) + "😀" + strings.Repeat("ب", 10), sms.UCS2, []int{66, 11}},
		"35 surrogate pairs":          {strings.Repeat("😀", 35), sms.UCS2, []int{35}},
		"36 surrogate pairs":          {strings.Repeat("😀", 36), sms.UCS2, []int{33, 3}},
		"the escape is no character":  {"\x1b", sms.UCS2, []int{1}},
		"line feed and carriage back": {"\n\r", sms.GSM7, []int{2}},
	} {
		encoding, parts := sms.Segments(c.text)
		if encoding != c.encoding || len(parts) != len(c.parts) || strings.Join(parts, "") != c.text {
			t.Errorf("%s: %s in %d parts", name, encoding, len(parts))
			continue
		}
		for i, part := range parts {
			if n := utf8.RuneCountInString(part); n != c.parts[i] {
				t.Errorf("%s: part %d has %d characters, want %d", name, i, n, c.parts[i])
			}
		}
	}
}

// An independent implementation counts the same parts and chooses the same alphabet.
func TestSegmentsAgreeWithAnotherImplementation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alphabet := rapid.SampledFrom([]string{"abc XYZ 019 @£Åß\n", "ab€{}[]~|^\\", "ابلاغ کد ۱۲ \u200c", "اب😀a"}).Draw(t, "alphabet")
		text := rapid.StringOfN(rapid.SampledFrom([]rune(alphabet)), 1, 400, -1).Draw(t, "text")
		encoding, parts := sms.Segments(text)
		pdus, err := warthog.Encode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		alpha, err := pdus[0].Alphabet()
		if err != nil {
			t.Fatal(err)
		}
		if (alpha == tpdu.AlphaUCS2) != (encoding == sms.UCS2) || len(pdus) != len(parts) {
			t.Fatalf("%s in %d parts, the other says %v in %d", encoding, len(parts), alpha, len(pdus))
		}
	})
}
