package typeset_test

import (
	"testing"

	"eblagh/hub/typeset"
)

// Whatever people are called, the paper about them can be set.
func TestSettableTextCanBeSet(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"Persian", "مریم نمونه‌پور", "مریم نمونه‌پور"},
		{"Latin with marks", "Zoë Ålund-Łukasz", "Zoë Ålund-Łukasz"},
		{"no glyph", "李 Wei", "• Wei"},
		{"emoji", "a🙂b", "a•b"},
		{"override", "امضا\u202eمحفوظ", "امضا•محفوظ"},
		{"control", "a\tb\x00", "a•b•"},
		{"not UTF-8", "a\xffb", "a•b"},
		{"digits and isolates", "\u2066۰۹۹۰ ۰۰۰\u2069", "\u2066۰۹۹۰ ۰۰۰\u2069"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := fonts(t).Settable(c.in)
			if got != c.want {
				t.Errorf("%+q, want %+q", got, c.want)
			}
			d := typeset.New(fonts(t), typeset.About{Title: "ابلاغ", Language: typeset.Persian})
			d.Paragraph(got)
			d.Fields(typeset.Field{Label: "نام", Value: got})
			bytesOf(t, d)
		})
	}
}
