package endtoend

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// The README's tour works as written, word for word: its shell blocks run one after the other in one shell, beside an
// instance like the one that make run starts, and print what the README says they print.
func TestTheReadmesTourWorksAsWritten(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, tour, found := strings.Cut(string(readme), "## A tour in five minutes")
	if !found {
		t.Fatal("the README has no tour")
	}
	tour, _, _ = strings.Cut(tour, "\n## ")
	blocks := shellBlock.FindAllStringSubmatch(tour, -1)
	if len(blocks) < 5 {
		t.Fatalf("the tour has %d shell blocks", len(blocks))
	}

	dir := t.TempDir()
	startDev(t, filepath.Join(dir, "var"))
	if err := os.Symlink(filepath.Join(root, "docs"), filepath.Join(dir, "docs")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "bin"), 0o755), os.Symlink(program, filepath.Join(dir, "bin", "eblagh"))); err != nil {
		t.Fatal(err)
	}
	script := "set -euo pipefail\n"
	for _, b := range blocks {
		script += b[1]
	}
	wants := regexp.MustCompile(`(?m)^→ (.*)$`).FindAllStringSubmatch(tour, -1)
	for _, which := range []string{"first", "second"} { // who takes it again has the codes of the first time on the phone
		cmd := exec.Command("bash", "-c", script)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("the %s tour stopped: %v\n%s", which, err, out)
		}
		for _, want := range wants {
			if !strings.Contains(string(out), want[1]) {
				t.Errorf("the %s tour does not print %q:\n%s", which, want[1], out)
			}
		}
	}
}
