package reading_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/ledger"
	"eblagh/hub/seal"
)

// sealer seals what waits, with a key of its own.
type sealer struct {
	*world
	signer *ledger.Signer
	memory string
}

func (w *world) sealer() *sealer {
	w.Helper()
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	s, err := ledger.NewSigner("ledger.example/test", key)
	if err != nil {
		w.Fatal(err)
	}
	return &sealer{w, s, filepath.Join(w.TempDir(), "checkpoint")}
}

// seal runs until nothing waits: a writer that is told to stop seals the rest first.
func (s *sealer) seal() {
	s.Helper()
	writer, err := seal.New(seal.Options{Store: s.db.Sealing(), Origin: "ledger.example/test", Signers: []*ledger.Signer{s.signer},
		Memory: seal.NewFile(s.memory), Logger: slog.New(slog.DiscardHandler), Every: time.Millisecond})
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			var left int
			err := s.sql.QueryRow(ctx, `SELECT (SELECT count(*) FROM ledger_queue) + (SELECT count(*) FROM log_checkpoints WHERE note IS NULL)`).Scan(&left)
			if err != nil || left == 0 {
				cancel()
				return
			}
		}
	}()
	_ = writer.Run(ctx)
}

func (s *sealer) keys() ledger.Keys {
	s.Helper()
	keys, err := ledger.ParseKeys(s.signer.VerifierKey())
	if err != nil {
		s.Fatal(err)
	}
	return keys
}

// evidence is a bundle as it comes out of its bytes, and what verifying it says.
func (s *sealer) evidence(p access.Principal, notice hub.ID, earlier int64) (ledger.Bundle, ledger.Verdict, string) {
	s.Helper()
	b, err := s.reader.Evidence(s.Context(), p, notice, earlier)
	if err != nil {
		s.Fatal(err)
	}
	text, err := b.Marshal()
	if err != nil {
		s.Fatal(err)
	}
	if b, err = ledger.ParseBundle(text); err != nil {
		s.Fatal(err)
	}
	return b, ledger.Verify(b, s.keys(), ledger.Options{}), string(text)
}

func TestEvidenceProvesWhatHappened(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	notice, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	court := key(hub.RoleCourtClerk, branch)
	_, err := w.reader.Evidence(t.Context(), court, notice, 0)
	code(t, "before the first seal", err, hub.CodeOverloaded)
	s := w.sealer()
	s.seal()
	first, verdict, _ := s.evidence(court, notice, 0)
	if !verdict.OK() || len(verdict.Receipts) != 1 {
		t.Errorf("%s", verdict)
	}
	w.arrive(notice)
	w.open(notice)
	s.seal()
	size := verdict.Checkpoint.N
	later, verdict, _ := s.evidence(person, notice, size)
	if !verdict.OK() || len(verdict.Receipts) != 3 || verdict.Receipts[0].Recipient != person.ID || verdict.Receipts[2].Event != hub.EventContentHandover {
		t.Errorf("%s", verdict)
	}
	held := ledger.Verify(later, s.keys(), ledger.Options{Earlier: first.Checkpoint})
	if !held.OK() || strings.Contains(held.String(), "absent  consistency") {
		t.Errorf("%s", held)
	}
	_, err = w.reader.Evidence(t.Context(), court, notice, size+1000)
	code(t, "a size that the log never had", err, hub.CodeValidation)

	receipts, err := w.reader.Receipts(t.Context(), person, notice)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range receipts {
		if r.LogIndex != later.Receipts[i].Index || r.LogIndex == 0 {
			t.Errorf("receipt %d is at %d, in the bundle at %d", i, r.LogIndex, later.Receipts[i].Index)
		}
	}
}

// What somebody may not see is withheld from the bundle, and the bundle proves the rest.
func TestEvidenceWithholdsWhatReceiptsDo(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	notice, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	s := w.sealer()
	s.seal()
	_, err := w.reader.Evidence(t.Context(), person, notice, 0)
	code(t, "the addressee before arrival", err, hub.CodeNotFound)
	for name, p := range map[string]access.Principal{"a stranger": w.person(), "another court": key(hub.RoleCourtClerk, w.organisation("branch"))} {
		_, err := w.reader.Evidence(t.Context(), p, notice, 0)
		code(t, name, err, hub.CodeNotFound)
	}
	w.arrive(notice)
	s.seal()
	for name, c := range map[string]struct {
		who    access.Principal
		hidden []string
		shown  []string
	}{
		"the addressee before opening": {person, []string{"accused", "guess", "5a5a5a5a5a5a5a5a5a5a", `"salt"`}, []string{"ContentConsignment"}},
		"an auditor":                   {key(hub.RoleAuditor), []string{"guess"}, []string{"accused", `["5a5a5a5a5a5a5a5a5a5a"]`}},
		"the court":                    {key(hub.RoleCourtClerk, branch), nil, []string{"accused", "guess", `["5a5a5a5a5a5a5a5a5a5a"]`, `"salt"`}},
	} {
		_, verdict, text := s.evidence(c.who, notice, 0)
		if !verdict.OK() || len(verdict.Receipts) != 2 {
			t.Errorf("%s: %s", name, verdict)
		}
		for _, secret := range c.hidden {
			if strings.Contains(text, secret) {
				t.Errorf("%s sees %q", name, secret)
			}
		}
		for _, word := range c.shown {
			if !strings.Contains(text, word) {
				t.Errorf("%s does not see %q", name, word)
			}
		}
	}
	if looks := w.looks(person); len(looks) != 1 {
		t.Errorf("looks: %q", looks)
	}
}
