package hub_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"eblagh/hub"
)

func isSpace(r rune) bool { return unicode.IsSpace(r) }

func TestFolding(t *testing.T) {
	for in, want := range map[string]string{
		"۰۱۲۳۴۵۶۷۸۹": "0123456789", "٠١٢٣٤٥٦٧٨٩": "0123456789", "0123": "0123", "سال ۱۴۰۵": "سال 1405",
	} {
		if got := hub.FoldDigits(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	for in, want := range map[string]string{
		"علي كريمى": "علی کریمی", "می\u200cرود": "می\u200cرود", "abc": "abc", // ZWNJ stays as typed
	} {
		if got := hub.FoldLetters(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// Folding twice is folding once, and Persian digits fold back.
func TestFoldingIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		digits, letters := hub.FoldDigits(s), hub.FoldLetters(s)
		if hub.FoldDigits(digits) != digits || hub.FoldLetters(letters) != letters {
			t.Fatalf("%q folds on", s)
		}
		if hub.FoldDigits(hub.PersianDigits(s)) != digits {
			t.Fatalf("%q does not come back", s)
		}
		if utf8.RuneCountInString(letters) != utf8.RuneCountInString(s) {
			t.Fatalf("%q changed its length", s)
		}
	})
}
