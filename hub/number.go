package hub

import (
	"errors"
	"strings"
)

// What can be wrong with a number.
var (
	ErrBadNationalID = errors.New("not a valid national id")
	ErrBadLegalID    = errors.New("not a valid legal-entity id")
	ErrBadMobile     = errors.New("not an Iranian mobile number")
)

// NationalID is a checked کد ملی: 10 ASCII digits.
type NationalID string

// ParseNationalID folds digits, pads 8–9 digits with leading zeros and checks the control digit.
// Errors: ErrBadNationalID.
func ParseNationalID(s string) (NationalID, error) {
	s = FoldDigits(strings.TrimSpace(s))
	if !allDigits(s) || len(s) < 8 || len(s) > 10 {
		return "", ErrBadNationalID
	}
	s = strings.Repeat("0", 10-len(s)) + s
	if strings.Count(s, s[:1]) == 10 || s[3:9] == "000000" {
		return "", ErrBadNationalID
	}
	sum := 0
	for i := range 9 {
		sum += int(s[i]-'0') * (10 - i)
	}
	r, control := sum%11, int(s[9]-'0')
	if (r < 2 && control == r) || (r >= 2 && control == 11-r) {
		return NationalID(s), nil
	}
	return "", ErrBadNationalID
}

// ParseLegalID checks a شناسه ملی of a legal person: 11 digits with a control digit. Errors: ErrBadLegalID.
func ParseLegalID(s string) (NationalID, error) {
	s = FoldDigits(strings.TrimSpace(s))
	if !allDigits(s) || len(s) != 11 || s[3:9] == "000000" {
		return "", ErrBadLegalID
	}
	k, sum := int(s[9]-'0')+2, 0
	for i, w := range []int{29, 27, 23, 19, 17, 29, 27, 23, 19, 17} {
		sum += (k + int(s[i]-'0')) * w
	}
	if sum%11%10 != int(s[10]-'0') {
		return "", ErrBadLegalID
	}
	return NationalID(s), nil
}

// ParsePersonID accepts the id of a natural or a legal person by its length.
// Errors: ErrBadNationalID, ErrBadLegalID.
func ParsePersonID(s string) (NationalID, PersonKind, error) {
	if len(FoldDigits(strings.TrimSpace(s))) == 11 {
		id, err := ParseLegalID(s)
		return id, PersonLegal, err
	}
	id, err := ParseNationalID(s)
	return id, PersonNatural, err
}

// Mobile is an Iranian mobile number in E.164: +989 and nine digits.
type Mobile string

// ParseMobile accepts 0912…, 98912…, +98912…, 0098912… and 912…, in any digits, with spaces or hyphens between them.
// Errors: ErrBadMobile.
func ParseMobile(s string) (Mobile, error) {
	s = without(FoldDigits(strings.TrimSpace(s)), " -\u200e\u200f")
	for _, prefix := range []string{"+98", "0098", "98", "0"} {
		// Only a prefix of the whole: 9812345678 is a number of its own, not the country's code and a rest.
		if rest, ok := strings.CutPrefix(s, prefix); ok && len(rest) == 10 {
			s = rest
			break
		}
	}
	if len(s) != 10 || s[0] != '9' || !allDigits(s) {
		return "", ErrBadMobile
	}
	return Mobile("+98" + s), nil
}

// Masked shows the last two digits only, for pages that say where a code went.
func (m Mobile) Masked() string {
	if len(m) < 4 {
		return ""
	}
	return "09•••••••" + string(m[len(m)-2:])
}
