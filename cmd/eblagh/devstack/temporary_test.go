package devstack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTemporaryClearsWhatKilledProgramsLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const prefix = "eblagh-of-this-test-"
	old := time.Now().Add(-time.Hour)
	folder := func(name string, made time.Time) (dir, home string) {
		dir = filepath.Join(os.TempDir(), prefix+name)
		home = filepath.Join(dir, "postgres")
		if err := os.MkdirAll(home, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, "lock"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, made, made); err != nil {
			t.Fatal(err)
		}
		return dir, home
	}
	left, _ := folder("left", old)
	used, home := folder("used", old)
	fresh, _ := folder("fresh", time.Now())
	lock, err := lockFolder(home)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	made, err := Temporary(prefix)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an abandoned folder is still there: %v", err)
	}
	for _, kept := range []string{used, fresh, made} {
		if _, err := os.Stat(kept); err != nil {
			t.Error(err)
		}
	}
}
