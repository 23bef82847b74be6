package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eblagh/hub/ledger"
	"eblagh/hub/seal"
)

// The log's keys as an operator sees them: what verifiers need first, what is retired said so.
func TestTheLogsKeysAreShownRotatedAndRetired(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("EBLAGH_MODE", "test")
	t.Setenv("EBLAGH_DATA_DIR", dir)
	t.Setenv("EBLAGH_LEDGER_ORIGIN", "court.example/log")
	cli := &commands{}
	if err := (keyShowCommand{}).Run(cli); err == nil {
		t.Error("a key was shown before there was one")
	}
	if _, err := seal.OpenOrCreateKeys(filepath.Join(dir, "log.key")); err != nil {
		t.Fatal(err)
	}
	old := printed(t, func() error { return keyShowCommand{}.Run(cli) })
	if keys, err := ledger.ParseKeys(old); err != nil || keys.Origin() != "court.example/log/test" {
		t.Errorf("%q: %v", old, err)
	}
	if err := (keyRetireCommand{}).Run(cli); err == nil {
		t.Error("the only key was retired")
	}
	both := strings.Split(printed(t, func() error { return keyRotateCommand{}.Run(cli) }), "\n")
	if len(both) != 2 || both[1] != old || both[0] == old {
		t.Errorf("after the rotation: %q", both)
	}
	after := strings.Split(printed(t, func() error { return keyRetireCommand{}.Run(cli) }), "\n")
	if len(after) != 2 || after[0] != both[0] || after[1] != old+" retired" {
		t.Errorf("after the retirement: %q", after)
	}
	if info, err := os.Stat(filepath.Join(dir, "log.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}
