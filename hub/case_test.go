package hub_test

import (
	"strings"
	"testing"

	"eblagh/hub"
)

func TestCaseNumber(t *testing.T) {
	for _, c := range []struct {
		name, in, normalised string
		standard             bool
	}{
		{"18 digits from 1400", "140012345678901234", "140012345678901234", true},
		{"18 digits to 1499", "149912345678901234", "149912345678901234", true},
		{"18 digits of 1399", "139912345678901234", "139912345678901234", false},
		{"16 digits from 80", "8012345678901234", "8012345678901234", true},
		{"16 digits to 99", "9912345678901234", "9912345678901234", true},
		{"16 digits of 79", "7912345678901234", "7912345678901234", false},
		{"18 digits from 80", "801234567890123456", "801234567890123456", false},
		{"17 digits", "14001234567890123", "14001234567890123", false},
		{"Persian digits and marks", "۱۴۰۰/۱۲۳۴-۵۶۷۸ ۹۰۱۲۳۴", "140012345678901234", true},
		{"opaque", "ب/۱۲", "ب12", false},
		{"opaque, typed with Arabic letters", "كي/۱۲", "کی12", false},
		{"empty", "", "", false},
		{"nothing but marks", " - / ", "", false},
	} {
		got := hub.ParseCaseNumber(c.in)
		if got.Normalised != c.normalised || got.Standard != c.standard || got.Typed != strings.TrimSpace(c.in) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// What was typed stays; what is compared is stable.
func FuzzParseCaseNumber(f *testing.F) {
	for _, seed := range []string{"140012345678901234", "۹۹۱۲", " 14-00 ", "\u200f14\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := hub.ParseCaseNumber(s)
		if again := hub.ParseCaseNumber(got.Normalised); again.Normalised != got.Normalised && !strings.ContainsFunc(got.Normalised, isSpace) {
			t.Errorf("%q: %q becomes %q", s, got.Normalised, again.Normalised)
		}
		if n := len(got.Normalised); got.Standard && n != 16 && n != 18 {
			t.Errorf("%q: standard with %d digits", s, n)
		}
	})
}
