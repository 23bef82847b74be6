package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"eblagh/hub/postgres/pgtest"
)

// printed runs fn and gives what it prints on standard output.
func printed(t *testing.T, fn func() error) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	was := os.Stdout
	os.Stdout = w
	runErr := fn()
	os.Stdout = was
	w.Close()
	var out bytes.Buffer
	if _, err := io.Copy(&out, r); err != nil {
		t.Fatal(err)
	}
	if runErr != nil {
		t.Fatal(runErr)
	}
	return strings.TrimSpace(out.String())
}

func TestAKeyIsMadeListedAndRevoked(t *testing.T) {
	for key, value := range map[string]string{"EBLAGH_MODE": "test", "EBLAGH_DATA_DIR": t.TempDir(),
		"EBLAGH_DATABASE_URL": pgtest.URL(t)} {
		t.Setenv(key, value)
	}
	ctx, cli := context.Background(), &commands{}
	plain := printed(t, func() error {
		return createKey{Name: "a court's system", Role: "admin", Expires: time.Hour}.Run(ctx, cli)
	})
	if !strings.HasPrefix(plain, "ebk_test_") || strings.ContainsAny(plain, " \n") {
		t.Fatalf("only the key is to be printed: %q", plain)
	}
	list := func() []string {
		lines := strings.Split(printed(t, func() error { return listKeys{}.Run(ctx, cli) }), "\n")
		if len(lines) != 2 || !strings.Contains(lines[1], "a court's system") || strings.Contains(lines[1], plain) {
			t.Fatalf("got %q", lines)
		}
		return strings.Fields(lines[1])
	}
	before := list()
	if before[6] != "-" {
		t.Errorf("a new key is revoked: %v", before)
	}
	if err := (revokeKey{ID: before[0]}).Run(ctx, cli); err != nil {
		t.Fatal(err)
	}
	if after := list(); after[6] == "-" {
		t.Errorf("the key is not revoked: %v", after)
	}
}
