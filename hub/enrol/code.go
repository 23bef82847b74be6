package enrol

import (
	"strings"

	"eblagh/hub"
)

const personalCodeLength = 10

// clean folds digits and drops the spaces that people type between them.
func clean(code string) string {
	if len(code) > 100 {
		return ""
	}
	return strings.Join(strings.Fields(hub.FoldDigits(code)), "")
}

// checkPersonalCode holds a new personal code to ten digits that are not the first ones to try.
func checkPersonalCode(wrong *hub.Problems, code string, nationalID hub.NationalID) string {
	code = clean(code)
	switch {
	case len(code) != personalCodeLength || strings.Trim(code, "0123456789") != "":
		wrong.Add("/personal_code", "ten-digits", "ten digits are needed")
	case isRun(code), code == string(nationalID):
		addWeak(wrong)
	}
	return code
}

func addWeak(wrong *hub.Problems) {
	wrong.Add("/personal_code", "weak",
		"choose another: not one digit repeated, not a sequence, not your national id or mobile number")
}

// isRun reports whether each digit follows the last by the same step of 0, 1 or -1, with 0 and 9 neighbours.
func isRun(code string) bool {
	step := (int(code[1]) - int(code[0]) + 10) % 10
	if step != 0 && step != 1 && step != 9 {
		return false
	}
	for i := 1; i < len(code); i++ {
		if (int(code[i])-int(code[i-1])+10)%10 != step {
			return false
		}
	}
	return true
}
