package hub

import "strings"

// Case is a پرونده: one normalised number at one branch.
type Case struct {
	ID            ID
	Branch        ID
	Number        string // as typed
	ArchiveNumber string
	Subject       string
	Kind          string // a word of config/cases; empty for who is not of its organisations
	Restricted    bool   // family, minors: fewer see it, and lists tell less
}

// CaseNumber keeps what was typed and how the hub compares it.
type CaseNumber struct {
	Typed      string
	Normalised string // ASCII digits, no separators
	Standard   bool   // false: accepted as opaque, with a warning
}

// ParseCaseNumber folds digits and letters, so that one number typed on two keyboards is one case, and drops spaces,
// hyphens and slashes. A number is standard with 18 digits when it starts with a year 1400–1499, with 16 when it starts
// with 80–99; anything else is opaque.
func ParseCaseNumber(s string) CaseNumber {
	typed := strings.TrimSpace(s)
	n := without(FoldLetters(FoldDigits(typed)), " -/\u200e\u200f")
	standard := allDigits(n) &&
		(len(n) == 18 && n[:2] == "14" || len(n) == 16 && n[0] >= '8')
	return CaseNumber{Typed: typed, Normalised: n, Standard: standard}
}
