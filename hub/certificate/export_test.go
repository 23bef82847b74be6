package certificate

import (
	"testing"

	"eblagh/hub/typeset"
)

// Words gives the texts of a language to tests.
func Words(t *testing.T, language typeset.Language) map[string]string {
	t.Helper()
	w, err := readWords(language)
	if err != nil {
		t.Fatal(err)
	}
	return w.texts
}
