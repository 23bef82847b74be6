package enrol

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"eblagh/hub"
)

// checkText trims a text and holds it to 1…longest characters of one line. Directional marks that could make a name
// show as another are refused; the zero-width non-joiner belongs to Persian and stays.
func checkText(wrong *hub.Problems, pointer, text string, longest int, required bool) string {
	text = strings.TrimSpace(text)
	switch {
	case text == "" && required:
		wrong.Add(pointer, "required", "this is needed")
	case !utf8.ValidString(text):
		wrong.Add(pointer, "not-text", "this is not UTF-8 text")
	case utf8.RuneCountInString(text) > longest:
		wrong.Add(pointer, "too-long", "this is too long")
	case strings.ContainsFunc(text, hidden):
		wrong.Add(pointer, "control-character", "control characters are not allowed here")
	}
	return text
}

func hidden(r rune) bool {
	return unicode.IsControl(r) || (unicode.Is(unicode.Bidi_Control, r) && r != '\u200e' && r != '\u200f') ||
		r == '\u2028' || r == '\u2029' || r == '\ufeff'
}

// checkTimeZone accepts the names of the tz database, but for Local, which is wherever a program runs.
func checkTimeZone(wrong *hub.Problems, name string) {
	if name == "" {
		wrong.Add("/time_zone", "required", "a time zone cannot be taken away: name another")
		return
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" || len(name) > 64 {
		wrong.Add("/time_zone", "unknown", "this is no time zone of the tz database, as Asia/Tehran is")
	}
}

func checkMobile(wrong *hub.Problems, text string) hub.Mobile {
	if strings.TrimSpace(text) == "" {
		wrong.Add("/mobile", "required", "this is needed")
		return ""
	}
	mobile, err := hub.ParseMobile(text)
	if err != nil {
		wrong.Add("/mobile", "mobile", "this is not an Iranian mobile number")
	}
	return mobile
}

// checkEmail accepts an address alone, with a domain. Empty is none.
func checkEmail(wrong *hub.Problems, text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || len(text) > 254 || strings.ContainsFunc(text, hidden) ||
		strings.HasPrefix(text, `"`) {
		wrong.Add("/email", "email", "this is not an e-mail address")
		return ""
	}
	return text
}

// checkAddress holds a postal address to 500 characters; its lines become one.
func checkAddress(wrong *hub.Problems, text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "، ")
	return checkText(wrong, "/address", text, 500, false)
}

func checkNationalID(wrong *hub.Problems, pointer, text string, kind hub.PersonKind) hub.NationalID {
	if strings.TrimSpace(text) == "" {
		wrong.Add(pointer, "required", "this is needed")
		return ""
	}
	parse, detail := hub.ParseNationalID, "this is not a valid national id"
	if kind == hub.PersonLegal {
		parse, detail = hub.ParseLegalID, "this is not a valid legal-entity id"
	}
	id, err := parse(text)
	if err != nil {
		wrong.Add(pointer, "national-id", detail)
	}
	return id
}
