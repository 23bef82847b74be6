package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// stage gives each key of a rotation its state: those that were there, and those that came.
func stage(was, news []Key, former, coming KeyState) []KeyUse {
	var uses []KeyUse
	for _, k := range was {
		uses = append(uses, KeyUse{k, former})
	}
	for _, k := range news {
		uses = append(uses, KeyUse{k, coming})
	}
	return uses
}

func use(t *testing.T, uses []KeyUse, vaults ...*Vault) {
	t.Helper()
	for _, v := range vaults {
		if err := v.Use(uses); err != nil {
			t.Fatal(err)
		}
	}
}

// A key is distributed, then used, then removed; processes at neighbouring stages read each other and find each other.
func TestRotationStageByStage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	old, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	was := old.Keys()
	before, blind := old.Seal([]byte("old"), "c"), old.Blind("k", "v")
	news, err := Extend(path, was, 1)
	if err != nil || len(news) != 2 {
		t.Fatal(news, err)
	}
	if again, err := Extend(path, was, 1); err != nil || !slices.EqualFunc(news, again, func(a, b Key) bool { return a.ID == b.ID }) {
		t.Errorf("a second call made other keys: %v, %v", again, err)
	}
	ahead, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	coming := stage(was, news, KeyPrimary, KeyComing)
	use(t, coming, old, ahead)
	if got, err := old.Open(ahead.Seal([]byte("x"), "c"), "c"); err != nil || string(got) != "x" {
		t.Errorf("who has not the file yet cannot read who has: %q, %v", got, err)
	}
	both := ahead.Blind("k", "v")
	if !bytes.Equal(both.A, blind.A) || both.B == nil || old.Blind("k", "v").B != nil {
		t.Error("a coming index key is written beside the primary by whoever holds it, and by nobody else")
	}
	promoted := stage(was, news, KeyOld, KeyPrimary)
	if err := old.Use(promoted); !errors.Is(err, ErrKeyMissing) {
		t.Errorf("promoted without the file: %v, want ErrKeyMissing", err)
	}
	if got, err := old.Open(before, "c"); err != nil || string(got) != "old" {
		t.Errorf("a refused change must leave all as it was: %q, %v", got, err)
	}
	if err := old.Reload(nil); err != nil {
		t.Fatal(err)
	}
	use(t, promoted, old, ahead)
	after := ahead.Seal([]byte("new"), "c")
	if id, ok := SealedUnder(after); !ok || id != news[0].ID || !bytes.HasPrefix(after, news[0].Prefix()) {
		t.Errorf("sealed under %08x, want %08x", id, news[0].ID)
	}
	for text, ct := range map[string][]byte{"old": before, "new": after} {
		if got, err := old.Open(ct, "c"); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	if !bytes.Equal(old.Blind("k", "v").A, blind.A) || !bytes.Equal(old.Blind("k", "v").B, both.B) {
		t.Error("while a rotation runs each value has both indexes")
	}
	finish(t, path, was, news, before, after)
}

func finish(t *testing.T, path string, was, news []Key, before, after []byte) {
	t.Helper()
	if err := Prune(path, was); err == nil {
		t.Error("the file's primary key was removed")
	}
	if err := Prefer(path, news); err != nil {
		t.Fatal(err)
	}
	if err := Prune(path, was); err != nil {
		t.Fatal(err)
	}
	last, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	use(t, stage(was, news, KeyRetired, KeyPrimary), last)
	if b := last.Blind("k", "v"); b.A != nil || b.B == nil {
		t.Error("a retired index key is still written")
	}
	if got, err := last.Open(after, "c"); err != nil || string(got) != "new" {
		t.Errorf("new: %q, %v", got, err)
	}
	if _, err := last.Open(before, "c"); !errors.Is(err, ErrKeyUnknown) || !errors.Is(err, ErrSealed) {
		t.Errorf("sealed under a key that was removed: %v, want ErrKeyUnknown", err)
	}
	forged := append(Key{ID: 0xdeadbeef}.Prefix(), after[prefixSize:]...)
	if _, err := last.Open(forged, "c"); !errors.Is(err, ErrKeyUnknown) {
		t.Errorf("a key nobody knows: %v, want ErrKeyUnknown", err)
	}
	forged = append(bytes.Clone(news[0].Prefix()), before[prefixSize:]...)
	if _, err := last.Open(forged, "c"); !errors.Is(err, ErrSealed) || errors.Is(err, ErrKeyUnknown) {
		t.Errorf("another key's name: %v, want ErrSealed alone", err)
	}
}

func TestAnotherKeyOfTheSameNameIsRefused(t *testing.T) {
	v := newTestVault(t)
	uses := stage(v.Keys(), nil, KeyPrimary, "")
	uses[1].Fingerprint = []byte("8 others")
	if err := v.Use(uses); !errors.Is(err, ErrKeyMissing) {
		t.Errorf("error %v, want ErrKeyMissing", err)
	}
}

func TestReloadTakesNoOtherInstancesFile(t *testing.T) {
	dir := t.TempDir()
	mine, other := filepath.Join(dir, "mine"), filepath.Join(dir, "other")
	v, err := Create(mine)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(other); err != nil {
		t.Fatal(err)
	}
	ct := v.Seal([]byte("x"), "c")
	if err := os.Rename(other, mine); err != nil {
		t.Fatal(err)
	}
	if err := v.Reload(nil); err == nil {
		t.Error("another instance's keys were taken")
	}
	if err := os.WriteFile(mine, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.Reload(nil); !errors.Is(err, ErrBadKeyFile) {
		t.Errorf("half a file: %v, want ErrBadKeyFile", err)
	}
	if _, err := v.Open(ct, "c"); err != nil {
		t.Errorf("the keys in use were lost: %v", err)
	}
}

// A file of the first form goes on under the name it had.
func TestFormerKeyFileIsReadAndKeepsItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	v, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	c := v.now.Load().contents
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var now keyFile
	if err := json.Unmarshal(content, &now); err != nil {
		t.Fatal(err)
	}
	content, err = json.Marshal(formerFile{Form: formerForm, Seal: now.Seal, Index: c.index[0].key, Code: c.code, Pepper: c.pepper})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	former, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(former.Fingerprint(), v.Fingerprint()) || !bytes.Equal(former.Index("k", "v"), v.Index("k", "v")) {
		t.Error("the file of the first form has another name, or other keys")
	}
	if _, err := Extend(path, former.Keys(), 1); err != nil {
		t.Fatal(err)
	}
	if err := former.Reload(nil); err != nil || !bytes.Equal(former.Fingerprint(), v.Fingerprint()) {
		t.Errorf("after a rotation the name is another: %v", err)
	}
}

func TestMarksHoldThroughARotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	v, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	was, mark := v.Keys(), v.Index("device", "1")[:16]
	news, err := Extend(path, was, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Reload(nil); err != nil {
		t.Fatal(err)
	}
	use(t, stage(was, news, KeyOld, KeyPrimary), v)
	if !v.Marked("device", "1", mark) || !v.Marked("device", "1", v.Index("device", "1")[:16]) {
		t.Error("a mark of either key is genuine")
	}
	for name, bad := range map[string][]byte{"another's": v.Index("device", "2")[:16], "cut": mark[:15], "none": nil} {
		if v.Marked("device", "1", bad) {
			t.Errorf("%s mark is taken", name)
		}
	}
}
