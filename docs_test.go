package eblagh_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every claim of the threat model names a test that is there.
func TestThreatModelNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile("docs/threat-model-evidence.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`(hub/[a-z]+)` ((?:Test[A-Za-z]+(?:, )?)+)").FindAllStringSubmatch(string(text), -1)
	if len(names) < 15 {
		t.Fatalf("only %d tests are named", len(names))
	}
	for _, match := range names {
		files, err := filepath.Glob(match[1] + "/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for name := range strings.SplitSeq(match[2], ", ") {
			there := slices.ContainsFunc(files, func(file string) bool {
				source, err := os.ReadFile(file)
				return err == nil && strings.Contains(string(source), "func "+name+"(t *testing.T)")
			})
			if !there {
				t.Errorf("%s has no %s", match[1], name)
			}
		}
	}
}
