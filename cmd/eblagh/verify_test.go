package main

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/ledger/ledgertest"
	"eblagh/hub/verdict"
)

// The exit code tells a script what the text tells a person.
func TestVerifyExitCodes(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	log := ledgertest.New(t)
	held := log.Checkpoint()
	sum := sha256.Sum256([]byte("%PDF paper"))
	r := ledgertest.Receipt(hub.NewID(log.Time), hub.EventContentConsignment, log.Time.Add(-time.Minute), ledgerText(sum))
	b := log.Bundle([]ledger.Receipt{r}, log.Append(r), nil)
	b.Documents = []ledger.Document{{SHA256: sum[:]}}
	text, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	proof, err := json.Marshal(log.Consistency(1))
	if err != nil {
		t.Fatal(err)
	}
	bundle, key := file("bundle.json", text), log.Signers[0].VerifierKey()
	text[len(text)/2] ^= 1
	for _, c := range []struct {
		name string
		cmd  verifyCommand
		want error
	}{
		{"right", verifyCommand{Bundle: bundle, Key: []string{key}}, nil},
		{"key in a file", verifyCommand{Bundle: bundle, Key: []string{file("key", []byte(key+"\n"))}}, nil},
		{"the paper", verifyCommand{Bundle: bundle, Key: []string{key}, Document: []string{file("p.pdf", []byte("%PDF paper"))}}, nil},
		{"another paper", verifyCommand{Bundle: bundle, Key: []string{key}, Document: []string{file("q.pdf", []byte("%PDF other"))}}, exitFailed},
		{"tampered", verifyCommand{Bundle: file("tampered", text), Key: []string{key}}, exitFailed},
		{"held checkpoint, no proof", verifyCommand{Bundle: bundle, Key: []string{key}, Checkpoint: file("held", []byte(held))}, exitIncomplete},
		{"held checkpoint", verifyCommand{Bundle: bundle, Key: []string{key}, Checkpoint: file("held", []byte(held)), Consistency: file("proof", proof)}, nil},
		{"certificate not in the bundle", verifyCommand{Bundle: bundle, Key: []string{key}, Certificate: file("c.pdf", []byte("%PDF"))}, exitIncomplete},
		{"no such file", verifyCommand{Bundle: filepath.Join(dir, "none"), Key: []string{key}}, exitUnreadable},
		{"no key", verifyCommand{Bundle: bundle, Key: []string{"hello"}}, exitUnreadable},
		{"no roots", verifyCommand{Bundle: bundle, Key: []string{key}, TimestampRoots: file("roots", []byte("x"))}, exitUnreadable},
		{"proof of nothing", verifyCommand{Bundle: bundle, Key: []string{key}, Consistency: file("proof", proof)}, exitUnreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cmd.Language = "en"
			if got := c.cmd.Run(); got != c.want {
				t.Errorf("ends with %v, want %v", got, c.want)
			}
		})
	}
}

func ledgerText(sum [32]byte) string {
	text, _ := ledger.Digest(sum[:]).MarshalText()
	return string(text)
}

// What a script reads has the result, every check, and the conclusion in words.
func TestVerifyAsJSON(t *testing.T) {
	log := ledgertest.New(t)
	r := ledgertest.Receipt(hub.NewID(log.Time), hub.EventContentConsignment, log.Time.Add(-time.Minute))
	text, err := log.Bundle([]ledger.Receipt{r}, log.Append(r), nil).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	q := verdict.Request{Bundle: text, Keys: log.Keys(log.Signers...)}
	words, err := verdict.ReadWords("en")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := (verifyCommand{JSON: true}).write(&out, words, verdict.Of(q), q); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Result     string
		Checks     []ledger.Check
		Conclusion []string
	}
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || got.Result != "holds" || len(got.Checks) < 4 || len(got.Conclusion) < 2 {
		t.Errorf("%v: %s", err, out.String())
	}
}
