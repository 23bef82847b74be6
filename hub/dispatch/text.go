package dispatch

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"eblagh/hub"
)

// line bounds a text of one line, in characters.
type line struct{ least, most int }

// checkText refuses texts that are too short or long, are not UTF-8, or carry control characters, which could make a
// page or a paper show something else than what was accepted.
func checkText(problems *hub.Problems, pointer, text string, bounds line) {
	count := utf8.RuneCountInString(text)
	switch {
	case bounds.least > 0 && strings.TrimSpace(text) == "":
		problems.Add(pointer, "required", "this is needed")
	case count > bounds.most:
		problems.Add(pointer, "too_long", fmt.Sprintf("at most %d characters", bounds.most))
	case !utf8.ValidString(text):
		problems.Add(pointer, "invalid", "this is not UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		problems.Add(pointer, "control_character", "control characters and line breaks have no place here")
	}
}

// checkBody is checkText for the body, which may have lines and tabs.
func checkBody(problems *hub.Problems, body string) {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
	switch {
	case len(body) > maxBody:
		problems.Add("/body", "too_long", fmt.Sprintf("at most %d bytes", maxBody))
	case !utf8.ValidString(body):
		problems.Add("/body", "invalid", "this is not UTF-8")
	case strings.ContainsFunc(body, control):
		problems.Add("/body", "control_character", "control characters other than line breaks and tabs have no place here")
	}
}

// checkReason is checkText for why a draft is returned, which may have lines.
func checkReason(problems *hub.Problems, reason string) {
	flat := strings.NewReplacer("\r\n", " ", "\n", " ").Replace(reason)
	checkText(problems, "/reason", flat, line{1, 1000})
}
