package verdict_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/ledger/ledgertest"
	"eblagh/hub/verdict"
)

func TestEverythingHolds(t *testing.T) {
	w := newWorld(t)
	r := verdict.Of(w.request(t, w.bundle(t)))
	if r.Result != verdict.Holds {
		t.Fatalf("%s: %+v", r.Result, r.Checks)
	}
	for _, step := range []ledger.Step{ledger.StepKeys, ledger.StepCheckpoint, ledger.StepReceipt, ledger.StepInclusion,
		ledger.StepDocuments, ledger.StepDocument, ledger.StepConsistency, verdict.StepCertificate} {
		if !has(r, step, ledger.OK) {
			t.Errorf("%s was not found right", step)
		}
	}
}

// Whatever byte of a bundle is changed, the verdict is that something was tampered with, and it names what. Some of
// the bytes here: hub/ledger flips every bit.
func TestAnyFlippedByteOfABundleIsFound(t *testing.T) {
	w := newWorld(t)
	q := w.request(t, w.bundle(t))
	whole := slices.Clone(q.Bundle)
	for i := 0; i < len(whole); i += 23 {
		for _, flip := range []byte{0x01} {
			q.Bundle = slices.Clone(whole)
			q.Bundle[i] ^= flip
			r := verdict.Of(q)
			if r.Result != verdict.Failed || !slices.ContainsFunc(r.Checks, func(c ledger.Check) bool { return c.Outcome == ledger.Failed }) {
				t.Fatalf("byte %d (%q) flipped by %#x: %s", i, whole[max(0, i-20):i+1], flip, r.Result)
			}
		}
	}
	for n := range 40 { // cut short, or with something behind
		q.Bundle = whole[:len(whole)*n/40]
		if r := verdict.Of(q); r.Result != verdict.Failed {
			t.Fatalf("cut to %d bytes: %s", len(q.Bundle), r.Result)
		}
	}
	q.Bundle = append(slices.Clone(whole), ' ')
	if r := verdict.Of(q); r.Result != verdict.Failed {
		t.Errorf("one byte more: %s", r.Result)
	}
}

// Any byte of what is given beside the bundle.
func TestAnyFlippedByteBesideTheBundleIsFound(t *testing.T) {
	w := newWorld(t)
	whole := w.request(t, w.bundle(t))
	for i := range paper {
		q, bytes := whole, []byte(paper)
		bytes[i] ^= 1
		q.Documents = []ledger.Given{{Name: "paper.pdf", SHA256: sha256.Sum256(bytes)}}
		wantFailed(t, verdict.Of(q), ledger.StepDocument)
	}
	for i := range body { // what was appended when it was signed is the signature's to guard
		q := whole
		q.Certificate = bytes.Clone(whole.Certificate)
		q.Certificate[i] ^= 1
		wantFailed(t, verdict.Of(q), verdict.StepCertificate)
	}
	for i := 0; i < len(w.held); i += 3 {
		q, held := whole, []byte(w.held)
		held[i] ^= 1
		q.Checkpoint = string(held)
		wantFailed(t, verdict.Of(q), ledger.StepConsistency)
	}
}

// The step at fault is named, and no other fault is made up.
func TestWhatFailedIsNamed(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(t *testing.T, w *world, b *ledger.Bundle, q *verdict.Request)
		step ledger.Step
	}{
		{"a receipt says another time", func(t *testing.T, w *world, b *ledger.Bundle, _ *verdict.Request) {
			r := w.receipts[1]
			r.At = r.At.Add(-24 * time.Hour)
			b.Receipts[1].Opened = open(t, r)
		}, ledger.StepInclusion},
		{"two receipts swapped", func(_ *testing.T, _ *world, b *ledger.Bundle, _ *verdict.Request) {
			b.Receipts[0], b.Receipts[1] = b.Receipts[1], b.Receipts[0]
		}, ledger.StepReceipt},
		{"another notice's receipt", func(t *testing.T, w *world, b *ledger.Bundle, _ *verdict.Request) {
			r := ledgertest.Receipt(hub.NewID(w.log.Time), hub.EventContentHandover, w.log.Time.Add(-time.Second))
			at := w.log.Append(r)
			b.Receipts[2] = ledger.BundledReceipt{Index: at[0], Opened: open(t, r)}
		}, ledger.StepReceipt},
		{"another log's key", func(t *testing.T, _ *world, _ *ledger.Bundle, q *verdict.Request) {
			other := ledgertest.New(t)
			q.Keys = other.Keys(other.Signers...)
		}, ledger.StepCheckpoint},
		{"a document that was not served", func(_ *testing.T, _ *world, b *ledger.Bundle, _ *verdict.Request) {
			sum := sha256.Sum256([]byte("another"))
			b.Documents = append(b.Documents, ledger.Document{SHA256: sum[:]})
		}, ledger.StepDocuments},
		{"a fork with the key itself", func(t *testing.T, w *world, _ *ledger.Bundle, q *verdict.Request) {
			fork := ledgertest.New(t)
			fork.Signers = w.log.Signers
			fork.Append(ledgertest.Receipt(hub.NewID(fork.Time), hub.EventExpired, fork.Time))
			q.Checkpoint, q.Consistency = fork.Checkpoint(), w.log.Consistency(2)
		}, ledger.StepConsistency},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			b := w.bundle(t)
			q := w.request(t, b)
			c.harm(t, w, &b, &q)
			q.Bundle = must(b.Marshal())
			wantFailed(t, verdict.Of(q), c.step)
		})
	}
}

// What was asked for and cannot be checked is not passed over.
func TestIncomplete(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name string
		ask  func(*verdict.Request)
		want verdict.Result
		word string
	}{
		{"no timestamp in the bundle", func(q *verdict.Request) { q.Timestamps = nobody{} }, verdict.Incomplete, "timestamp"},
		{"no proof to the held checkpoint", func(q *verdict.Request) { q.Consistency = nil }, verdict.Incomplete, "consistency"},
		{"nothing asked", func(q *verdict.Request) { q.Checkpoint, q.Certificate, q.Documents = "", nil, nil }, verdict.Holds, "Everything"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := w.request(t, w.bundle(t))
			c.ask(&q)
			r := verdict.Of(q)
			said := strings.Join(must(verdict.ReadWords("en")).Conclusion(r, q), " ")
			if r.Result != c.want || !strings.Contains(said, c.word) {
				t.Errorf("%s: %s", r.Result, said)
			}
		})
	}
}

// Bytes erased by law are said to be so: the receipt of it is sealed like all others.
func TestErasedByLawIsSaid(t *testing.T) {
	at := time.Date(2026, 2, 28, 8, 0, 0, 0, time.UTC)
	erased := ledgertest.Receipt(hub.ID{1}, hub.EventDocumentErased, at)
	erased.Details = map[string]any{"sha256": digestOf(paper), "basis": "court order 12"}
	w := newWorld(t, erased)
	q := w.request(t, w.bundle(t))
	q.Documents = nil
	for language, want := range map[string]string{"en": "erased by law on 2026-02-28 (court order 12)", "fa": "به حکم قانون حذف شده است (court order 12)"} {
		var out strings.Builder
		if err := must(verdict.ReadWords(language)).WriteText(&out, verdict.Of(q), q); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v %s", language, err, out.String())
		}
	}
}

// Every check that hub/ledger can make has words in both languages.
func TestEveryStepHasWords(t *testing.T) {
	w := newWorld(t)
	whole := verdict.Of(w.request(t, w.bundle(t)))
	for _, language := range []string{"en", "fa"} {
		words := must(verdict.ReadWords(language))
		for _, step := range []ledger.Step{ledger.StepKeys, ledger.StepCheckpoint, ledger.StepReceipt, ledger.StepInclusion,
			ledger.StepDocuments, ledger.StepDocument, ledger.StepConsistency, ledger.StepTimestamp, verdict.StepBundle, verdict.StepCertificate} {
			for _, outcome := range []ledger.Outcome{ledger.OK, ledger.Failed, ledger.Absent} {
				r := whole
				r.Checks = []ledger.Check{{Step: step, Outcome: outcome, Detail: "detail"}}
				line := words.Lines(r)[0]
				if line.Mark == "" || line.Step == "" || line.Text == "" {
					t.Errorf("%s: %s %s says %+v", language, step, outcome, line)
				}
			}
		}
	}
	if _, err := verdict.ReadWords("de"); err == nil {
		t.Error("there are words of a third language")
	}
}

// nobody trusts no authority.
type nobody struct{}

func (nobody) VerifyTimestamp([]byte, [32]byte) (time.Time, string, error) {
	return time.Time{}, "", errors.New("nobody is trusted")
}

func has(r verdict.Report, step ledger.Step, outcome ledger.Outcome) bool {
	return slices.ContainsFunc(r.Checks, func(c ledger.Check) bool { return c.Step == step && c.Outcome == outcome })
}

func wantFailed(t *testing.T, r verdict.Report, step ledger.Step) {
	t.Helper()
	if r.Result != verdict.Failed || !has(r, step, ledger.Failed) {
		t.Fatalf("%s, without a failure of %s: %+v", r.Result, step, r.Checks)
	}
}

func open(t *testing.T, r ledger.Receipt) ledger.Opened {
	t.Helper()
	o, err := r.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
