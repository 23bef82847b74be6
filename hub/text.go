package hub

import "strings"

// FoldDigits turns Persian ۰-۹ and Arabic ٠-٩ digits to ASCII and leaves all else.
func FoldDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		}
		return r
	}, s)
}

// FoldLetters makes Arabic and Persian spellings of a word equal for search: ي and ى become ی, ك becomes ک.
// A zero-width non-joiner stays as typed.
func FoldLetters(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'ي', 'ى':
			return 'ی'
		case 'ك':
			return 'ک'
		}
		return r
	}, s)
}

// PersianDigits writes ASCII digits as ۰-۹, for pages and papers in Persian.
func PersianDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '۰'
		}
		return r
	}, s)
}

// without leaves out what separates the parts of a number.
func without(s, separators string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return -1
		}
		return r
	}, s)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}
