package eblagh_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// What SECURITY.md names as the test of a defence is there.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "git", "grep", "-hoE", `^func Test[A-Za-z0-9]+\(`, "--", "*_test.go").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`\bTest[A-Z][A-Za-z0-9]+`).FindAllString(string(text), -1)
	for _, name := range names {
		if !strings.Contains(string(out), "func "+name+"(") {
			t.Errorf("there is no %s", name)
		}
	}
	if len(names) < 20 {
		t.Errorf("%d tests are named: nothing was searched", len(names))
	}
}
