package vault

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
)

func newTestVault(t testing.TB) *Vault {
	t.Helper()
	v, err := Create(filepath.Join(t.TempDir(), "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSealOpensOnlyInItsContext(t *testing.T) {
	v := newTestVault(t)
	ct := v.Seal([]byte("سارا"), "persons.given_name:1")
	got, err := v.Open(ct, "persons.given_name:1")
	if err != nil || string(got) != "سارا" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	for _, context := range []string{"persons.given_name:2", "persons.family_name:1", "", "persons.given_name:1 "} {
		if _, err := v.Open(ct, context); !errors.Is(err, ErrSealed) {
			t.Errorf("Open in context %q: %v, want ErrSealed", context, err)
		}
	}
	if bytes.Equal(ct, v.Seal([]byte("سارا"), "persons.given_name:1")) {
		t.Error("sealing twice gave equal ciphertext")
	}
	if len(ct) != len("سارا")+33 {
		t.Errorf("ciphertext of %d bytes has %d", len("سارا"), len(ct))
	}
}

func TestOpenRefusesEveryFlippedByteAndEveryCut(t *testing.T) {
	v := newTestVault(t)
	ct := v.Seal([]byte("a paper"), "notices.subject:1")
	for i := range ct {
		bad := bytes.Clone(ct)
		bad[i] ^= 0x01
		if _, err := v.Open(bad, "notices.subject:1"); !errors.Is(err, ErrSealed) {
			t.Fatalf("byte %d flipped: %v, want ErrSealed", i, err)
		}
		if _, err := v.Open(ct[:i], "notices.subject:1"); !errors.Is(err, ErrSealed) {
			t.Fatalf("cut at %d: %v, want ErrSealed", i, err)
		}
	}
}

func TestErrorsCarryNoPlaintext(t *testing.T) {
	v := newTestVault(t)
	_, err := v.Open([]byte("0012345678 plain by mistake"), "persons.national_id:1")
	if err == nil || strings.Contains(err.Error(), "0012345678") {
		t.Fatalf("error %v", err)
	}
}

func TestEmptyTextIsNil(t *testing.T) {
	v := newTestVault(t)
	if ct := v.SealText("", "contacts.email:1"); ct != nil {
		t.Errorf("SealText of nothing = %x", ct)
	}
	if text, err := v.OpenText(nil, "contacts.email:1"); text != "" || err != nil {
		t.Errorf("OpenText(nil) = %q, %v", text, err)
	}
	if _, err := v.OpenText([]byte{}, "contacts.email:1"); !errors.Is(err, ErrSealed) {
		t.Errorf("OpenText of no bytes: %v, want ErrSealed", err)
	}
}

func TestIndexIsEqualForEqualValuesOfOneKindOnly(t *testing.T) {
	v, other := newTestVault(t), newTestVault(t)
	a := v.Index(IndexNationalID, "0076229645")
	if len(a) != 32 || !bytes.Equal(a, v.Index(IndexNationalID, "0076229645")) {
		t.Error("index is not stable")
	}
	for name, b := range map[string][]byte{
		"another value": v.Index(IndexNationalID, "1583250689"),
		"another kind":  v.Index(IndexMobile, "0076229645"),
		"another key":   other.Index(IndexNationalID, "0076229645"),
	} {
		if bytes.Equal(a, b) {
			t.Errorf("%s: equal index", name)
		}
	}
}

func TestCodeIsRecomputedFromTheChallenge(t *testing.T) {
	v := newTestVault(t)
	seen := map[string]bool{}
	for range 200 {
		id := hub.NewID(time.Unix(1_800_000_000, 0))
		code := v.Code(id, 6)
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("code %q is not six digits", code)
		}
		if code != v.Code(id, 6) {
			t.Fatal("code is not stable")
		}
		seen[code] = true
	}
	if len(seen) < 190 {
		t.Errorf("200 challenges gave only %d codes", len(seen))
	}
	if got := v.Code(hub.NewID(time.Unix(0, 0)), 8); len(got) != 8 {
		t.Errorf("eight digits: %q", got)
	}
}

func TestPepperSeparatesOwnersAndKeys(t *testing.T) {
	v, other := newTestVault(t), newTestVault(t)
	a, b := hub.NewID(time.Unix(1, 0)), hub.NewID(time.Unix(2, 0))
	if v.Pepper(a, "1234509876") != v.Pepper(a, "1234509876") {
		t.Error("pepper is not stable")
	}
	if v.Pepper(a, "1234509876") == v.Pepper(b, "1234509876") || v.Pepper(a, "1234509876") == other.Pepper(a, "1234509876") {
		t.Error("pepper does not separate owners or keys")
	}
}

func FuzzOpen(f *testing.F) {
	v := newTestVault(f)
	genuine := v.Seal([]byte("content"), "c")
	f.Add(genuine, "c")
	f.Add([]byte{}, "")
	f.Add(genuine[:7], "c")
	f.Fuzz(func(t *testing.T, ct []byte, context string) {
		plain, err := v.Open(ct, context)
		if err == nil && !(context == "c" && bytes.Equal(ct, genuine)) {
			t.Fatalf("opened %d bytes that nobody sealed", len(plain))
		}
		if err != nil && !errors.Is(err, ErrSealed) {
			t.Fatalf("error %v is not ErrSealed", err)
		}
	})
}
