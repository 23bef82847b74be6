package endtoend

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// breakage is a statement put after a line of a file of the program.
type breakage struct{ file, after, statement string }

// brokenProgram builds the program with faults in it that a test can meet.
func brokenProgram(t *testing.T, breakages ...breakage) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	replaced := map[string]string{}
	for _, b := range breakages {
		path := filepath.Join(root, b.file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), b.after) != 1 {
			t.Fatalf("%s: %q stands there %d times", b.file, b.after, strings.Count(string(text), b.after))
		}
		replaced[path] = filepath.Join(dir, strings.ReplaceAll(b.file, "/", "_"))
		if err := os.WriteFile(replaced[path], []byte(strings.Replace(string(text), b.after, b.after+"\n"+b.statement, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "eblagh")
	out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, "eblagh/cmd/eblagh").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}
