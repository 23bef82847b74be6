package devstack

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// install writes a program that tells a version.
func install(t *testing.T, dir, name, version string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho '"+version+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFindPostgres(t *testing.T) {
	for _, c := range []struct {
		name      string
		installed map[string]string // folder → version
		need      int
		want      int
		says      string
	}{
		{"nothing installed", nil, 0, 0, "apt-get install --no-install-recommends postgresql"},
		{"the newest", map[string]string{"15": "15.14 (Debian)", "17": "17.2"}, 0, 17, ""},
		{"the one of the data", map[string]string{"15": "15.14", "17": "17.2"}, 15, 15, ""},
		{"data of another version", map[string]string{"17": "17.2"}, 15, 0, "made by PostgreSQL 15"},
		{"too old", map[string]string{"13": "13.4"}, 0, 0, "is too old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for folder, version := range c.installed {
				dir := filepath.Join(root, folder, "bin")
				install(t, dir, "postgres", "postgres (PostgreSQL) "+version)
				install(t, dir, "initdb", "")
			}
			got, err := nowhere(root).findPostgres(c.need)
			if got.major != c.want {
				t.Errorf("got %d (%v), want %d", got.major, err, c.want)
			}
			if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want it to say %q", err, c.says)
			}
		})
	}
}

func TestFindRedisSaysWhatToInstall(t *testing.T) {
	root := t.TempDir()
	_, err := nowhere(root).findRedis()
	var missing *MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "apt-get install --no-install-recommends redis-server") {
		t.Fatalf("got %v", err)
	}
	install(t, filepath.Join(root, "6", "bin"), "redis-server", "Redis server v=6.2.1 sha=0")
	if _, err = nowhere(root).findRedis(); err == nil || !strings.Contains(err.Error(), "is 6") {
		t.Fatalf("got %v", err)
	}
	install(t, filepath.Join(root, "7", "bin"), "redis-server", "Redis server v=7.0.15 sha=0")
	if p, err := nowhere(root).findRedis(); err != nil || p.major != 7 {
		t.Fatalf("got %v, %v", p, err)
	}
}

// nowhere is a machine with nothing but what a test installs under root.
func nowhere(root string) finder {
	glob := []string{filepath.Join(root, "*", "bin")}
	return finder{lookPath: func(string) (string, error) { return "", exec.ErrNotFound }, postgres: glob, redis: glob}
}
