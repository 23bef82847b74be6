package vault

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestKeyFileIsMadeOnceAndReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.key")
	first, err := OpenOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
	ct := first.Seal([]byte("x"), "c")
	second, err := OpenOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := second.Open(ct, "c"); err != nil || string(got) != "x" {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	if _, err := Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create over a key file: %v, want fs.ErrExist", err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left in the directory: %v, %v", left, err)
	}
}

func TestProcessesThatStartAtOnceEndWithTheSameKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.key")
	vaults, errs := make([]*Vault, 16), make([]error, 16)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range vaults {
		wg.Go(func() {
			<-start
			vaults[i], errs[i] = OpenOrCreate(path)
		})
	}
	close(start)
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("process %d: %v", i, err)
		}
		if !bytes.Equal(vaults[0].Index("k", "v"), vaults[i].Index("k", "v")) {
			t.Errorf("process %d has other keys", i)
		}
	}
}

func TestKeyFileReadableByOthersIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.key")
	if _, err := Create(path); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o601, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenOrCreate(path); !errors.Is(err, ErrKeyFileOpen) {
			t.Errorf("mode %v: %v, want ErrKeyFileOpen", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenOrCreate(path); err != nil {
		t.Errorf("mode 0400: %v", err)
	}
}

func TestBrokenKeyFileIsRefusedAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.key")
	if _, err := Create(path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string][]byte{
		"empty":        {},
		"cut in half":  whole[:len(whole)/2],
		"not json":     []byte("key"),
		"other form":   bytes.Replace(whole, []byte(`"form": 2`), []byte(`"form": 3`), 1),
		"unknown key":  bytes.Replace(whole, []byte(`"form": 2`), []byte(`"form": 2, "more": 1`), 1),
		"no seal":      bytes.Replace(whole, []byte(`"seal"`), []byte(`"sea1"`), 1),
		"short index":  []byte(`{"form":1,"seal":{},"index":"AAAA","code":"AAAA","pepper":"AAAA"}`),
		"no key in it": bytes.Replace(whole, []byte(`AesGcmKey`), []byte(`OtherKey`), 1),
	}
	for name, content := range broken {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenOrCreate(path)
		if !errors.Is(err, ErrBadKeyFile) {
			t.Errorf("%s: %v, want ErrBadKeyFile", name, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(after, content) {
			t.Errorf("%s: the file was changed", name)
		}
		if err != nil && len(content) > 40 && strings.Contains(err.Error(), string(content[20:40])) {
			t.Errorf("%s: the error quotes the file", name)
		}
	}
}

func TestCreateInADirectoryThatIsNotThere(t *testing.T) {
	if _, err := OpenOrCreate(filepath.Join(t.TempDir(), "no", "vault.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want fs.ErrNotExist", err)
	}
}
