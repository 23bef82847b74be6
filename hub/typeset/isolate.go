package typeset

import (
	"regexp"
	"strings"
)

// The marks of Unicode's bidirectional algorithm (UAX 9) that the package knows.
const (
	leftToRightMark = '\u200e'
	rightToLeftMark = '\u200f'
	startIsolate    = '\u2066' // left-to-right isolate
	startRight      = '\u2067' // right-to-left isolate
	endIsolate      = '\u2069'
)

// Isolate sets a piece of text apart as left-to-right, in a paragraph of either direction. Paragraphs isolate numbers,
// identifiers and Latin phrases by themselves; this is for what they cannot know, such as ۰۹۹۰ ۰۰۰ ۰۰۰۱ being one
// number and not three.
func Isolate(s string) string { return string(startIsolate) + s + string(endIsolate) }

// IsolateRight sets a piece of text apart as right-to-left: a Persian name or phrase in an English paper.
func IsolateRight(s string) string { return string(startRight) + s + string(endIsolate) }

// isolator finds what reads from left to right inside Persian text. Left alone, the algorithm would set the parts of
// «+98 990 000 0001», «RCPT-7f3a (v2)» or «۱۴۰۵-۰۹-۰۲» in the opposite order.
type isolator struct{ tokens *regexp.Regexp }

func newIsolator() isolator {
	const digit = `[0-9۰-۹٠-٩]`
	return isolator{regexp.MustCompile(strings.Join([]string{
		`\x{2066}[^\x{2069}]*\x{2069}`,            // isolated already
		`\+` + digit + `+(?:[ -]` + digit + `+)*`, // a phone number
		`[A-Za-z0-9]+(?:[-_/:.,@+#&=]+[A-Za-z0-9]+|[.,]? [A-Za-z0-9]+| ?\([A-Za-z0-9][ -'*-~]*\))*`, // an identifier, a Latin phrase
		`[۰-۹٠-٩]+(?:[-/:._]+` + digit + `+)+`,                                                      // a date, a time, a number in parts
	}, "|"))}
}

// isolate wraps each token that has parts; one word or one number needs no help.
func (i isolator) isolate(s string) string {
	return i.tokens.ReplaceAllStringFunc(s, func(token string) string {
		switch {
		case strings.HasPrefix(token, string(startIsolate)):
			return token
		case !strings.ContainsAny(token, " -_/:.,@+#&=("):
			return token
		case strings.Contains(token, " ") && token[0] != '+' && !hasLetter(token):
			return token // numbers beside each other, read from right to left like the words
		}
		return Isolate(token)
	})
}

func hasLetter(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
}
