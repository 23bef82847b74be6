package document

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the most characters of a file name.
const maxName = 200

// cleanName keeps of a file name what can be shown: its last part, without control characters and marks that turn
// text around ("fdp.exe" must not show as "exe.pdf").
func cleanName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if strings.Trim(name, "./ ") == "" {
		return ""
	}
	if utf8.RuneCountInString(name) <= maxName {
		return name
	}
	extension := []rune(path.Ext(name))
	if len(extension) > 10 {
		extension = nil
	}
	return string([]rune(name)[:maxName-len(extension)]) + string(extension)
}
