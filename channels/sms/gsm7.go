package sms

import (
	"strings"
	"unicode/utf8"
)

// The default alphabet of GSM 03.38 §6.2.1, and its extension table, whose characters cost two septets. The escape
// itself is no character.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// Plain reports whether a text is the same in ASCII and in GSM-7, a byte for each character.
func Plain(text string) bool {
	for i := range len(text) {
		if !plain(text[i]) {
			return false
		}
	}
	return true
}

// plain is true of what both alphabets have at the same place.
func plain(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '%' && c <= '?', c >= ' ' && c <= '#', c == '\n', c == '\r':
		return true
	}
	return false
}

// septets is what a character costs in GSM-7, 0 when the alphabet lacks it.
func septets(r rune) int {
	switch {
	case r < utf8.RuneSelf && plain(byte(r)), strings.ContainsRune(gsmBasic, r):
		return 1
	case strings.ContainsRune(gsmExtended, r):
		return 2
	}
	return 0
}
