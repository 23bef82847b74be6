package sms

import "unicode/utf16"

// Encoding is how a text goes over the air.
type Encoding string

// The encodings: a text that GSM-7 cannot hold, as every Persian one, goes as UCS-2.
const (
	GSM7 Encoding = "gsm7"
	UCS2 Encoding = "ucs2"
)

// Segments splits a text into the parts that go over the air, in order: 160 septets in one or 153 in each of several
// (3GPP 23.040 §9.2.3.24), for UCS-2 70 or 67 code units. An extension character costs two septets and, like a
// surrogate pair, is never split. An empty text is one empty part.
func Segments(text string) (Encoding, []string) {
	encoding, cost, total := GSM7, septets, 0
	for _, r := range text {
		n := septets(r)
		if n == 0 {
			encoding, cost = UCS2, units
			break
		}
		total += n
	}
	single, part := 160, 153
	if encoding == UCS2 {
		single, part, total = 70, 67, 0
		for _, r := range text {
			total += units(r)
		}
	}
	if total <= single {
		return encoding, []string{text}
	}
	return encoding, split(text, part, cost)
}

func split(text string, most int, cost func(rune) int) (parts []string) {
	began, used := 0, 0
	for i, r := range text {
		n := cost(r)
		if used+n > most {
			parts = append(parts, text[began:i])
			began, used = i, 0
		}
		used += n
	}
	return append(parts, text[began:])
}

// units is what a character costs in UTF-16.
func units(r rune) int { return utf16.RuneLen(r) }
