package certificate_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"eblagh/hub/certificate"
)

func TestKeyIsMadeOnceAndSafely(t *testing.T) {
	dir := t.TempDir()
	key, cert := filepath.Join(dir, "certificate.key"), filepath.Join(dir, "certificate.pem")
	keys := make([]*certificate.Key, 8)
	var wg sync.WaitGroup
	for i := range keys { // processes that start at once
		wg.Go(func() { keys[i], _ = certificate.OpenKey(key, cert, "Eblagh", time.Now()) })
	}
	wg.Wait()
	for _, k := range keys {
		if k == nil || !k.Certificate().Equal(keys[0].Certificate()) {
			t.Fatal("processes that start together ended with different keys")
		}
	}
	info, err := os.Stat(key)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".key-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestWrongKeyFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	key, cert := filepath.Join(dir, "certificate.key"), filepath.Join(dir, "certificate.pem")
	must(certificate.OpenKey(key, cert, "Eblagh", time.Now()))
	other := filepath.Join(dir, "other.pem")
	must(certificate.OpenKey(filepath.Join(dir, "other.key"), other, "Eblagh", time.Now()))
	text := must(os.ReadFile(key))
	for name, c := range map[string]struct {
		key  []byte
		mode os.FileMode
		cert string
		want string
	}{
		"can be read by others":      {text, 0o640, cert, "0600"},
		"another key's":              {text, 0o600, other, "not this key's"},
		"no PEM":                     {[]byte("hello"), 0o600, cert, "not a private key"},
		"PEM of something else":      {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), 0o600, cert, "not a private key"},
		"no certificate in the file": {text, 0o600, key, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "k")
			if err := errors.Join(os.WriteFile(path, c.key, 0o600), os.Chmod(path, c.mode)); err != nil {
				t.Fatal(err)
			}
			_, err := certificate.OpenKey(path, c.cert, "Eblagh", time.Now())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	stranger := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	if _, err := certificate.NewKey(stranger, nil); err == nil {
		t.Error("a key without a certificate was taken")
	}
}

// The signature holds for an independent reader, the unsigned paper is the file's beginning, and a changed byte shows.
func TestSignatureHoldsForOthers(t *testing.T) {
	dir := t.TempDir()
	key := must(certificate.OpenKey(filepath.Join(dir, "k"), filepath.Join(dir, "c"), "Eblagh نمونه", at(0)))
	unsigned := set(t, opened("fa"))
	signed := must(key.Sign(unsigned, at(96)))
	if !bytes.HasPrefix(signed, unsigned) {
		t.Fatal("the signed file does not begin with the unsigned paper")
	}
	if extract(t, signed) != extract(t, unsigned) {
		t.Error("signing changed what the paper says")
	}
	path := filepath.Join(dir, "signed.pdf")
	if out := pdfsig(t, path, signed); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "Total document signed") {
		t.Errorf("pdfsig says:\n%s", out)
	}
	harmed := bytes.Clone(signed)
	harmed[len(unsigned)/2] ^= 1
	if out := pdfsig(t, path, harmed); strings.Contains(out, "Signature is Valid") {
		t.Errorf("a changed paper is valid:\n%s", out)
	}
}

// pdfsig is poppler's check of signatures. It keeps a certificate store of its own, in a home of the test's.
func pdfsig(t *testing.T, path string, pdf []byte) string {
	t.Helper()
	tool, err := exec.LookPath("pdfsig")
	if err != nil {
		t.Fatal("pdfsig is missing: install the package poppler-utils")
	}
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool, "-nocert", path)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, _ := cmd.CombinedOutput() // it ends with 1 for signers it does not know
	return string(out)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
