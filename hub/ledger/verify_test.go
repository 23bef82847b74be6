package ledger_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/ledger/ledgertest"
)

// stamper stands for an authority: a token is the word "stamped" and the digest.
type stamper struct{ at time.Time }

func (s stamper) VerifyTimestamp(token []byte, digest [32]byte) (time.Time, string, error) {
	if string(token) != "stamped"+string(digest[:]) {
		return time.Time{}, "", errors.New("it is over something else")
	}
	return s.at, "an authority", nil
}

func stamp(note string) []byte {
	return []byte("stamped" + sum(note))
}

// scene is a log with two notices, of which one is proved by a bundle.
type scene struct {
	*ledgertest.Log
	bundle   ledger.Bundle
	keys     ledger.Keys
	document [32]byte
}

func newScene(t *testing.T) *scene {
	t.Helper()
	l := ledgertest.New(t)
	s := &scene{Log: l, keys: l.Keys(l.Signers...), document: sha256.Sum256([]byte("a document"))}
	at, notice, other := l.Time.Add(-time.Minute), hub.NewID(l.Time), hub.NewID(l.Time)
	digest := hex.EncodeToString(s.document[:])
	var mine []ledger.Receipt
	for i, event := range []hub.Event{hub.EventSubmissionAcceptance, hub.EventContentConsignment, hub.EventContentHandover} {
		mine = append(mine, ledgertest.Receipt(notice, event, at.Add(time.Duration(i)*time.Second), digest))
	}
	first := l.Append(ledgertest.Receipt(other, hub.EventSubmissionAcceptance, at, digest), mine[0])[1:]
	stamped := l.Checkpoint()
	size := l.Tree().N
	l.Time = l.Time.Add(time.Minute)
	rest := l.Append(mine[1:]...)
	s.bundle = l.Bundle(mine, append(first, rest...), nil)
	s.bundle.Documents = []ledger.Document{{SHA256: s.document[:], MediaType: "application/pdf", Size: 10}}
	s.bundle.Timestamps = []ledger.Timestamp{{Authority: "http://tsa.example", Token: stamp(stamped),
		Past: ledger.Past{Checkpoint: stamped, Proof: l.Consistency(size)}}}
	return s
}

func (s *scene) options() ledger.Options {
	return ledger.Options{Timestamps: stamper{s.Time}, Documents: []ledger.Given{{Name: "a.pdf", SHA256: s.document}}}
}

func wantFailed(t *testing.T, v ledger.Verdict, steps ...ledger.Step) {
	t.Helper()
	var got []ledger.Step
	for _, c := range v.Failures() {
		if !slices.Contains(got, c.Step) {
			got = append(got, c.Step)
		}
	}
	if !slices.Equal(got, steps) {
		t.Errorf("failed: %v, want %v\n%s", got, steps, v)
	}
	if v.OK() != (len(steps) == 0) {
		t.Errorf("OK() is %t\n%s", v.OK(), v)
	}
}

func TestAWholeBundleHolds(t *testing.T) {
	s := newScene(t)
	text, err := s.bundle.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	b, err := ledger.ParseBundle(text)
	if err != nil {
		t.Fatal(err)
	}
	v := ledger.Verify(b, s.keys, s.options())
	wantFailed(t, v)
	if len(v.Receipts) != 3 || v.Checkpoint.N != 5 || len(v.Stamps) != 1 || v.Stamps[0].Size != 3 {
		t.Errorf("%+v", v)
	}
	for _, c := range v.Checks {
		if c.Outcome == ledger.Absent && c.Step != ledger.StepConsistency {
			t.Errorf("absent: %+v", c)
		}
	}
}

// Flip any bit of a bundle, anywhere: it does not hold any more, and the verdict or the refusal says so.
func TestEveryByteOfABundleCounts(t *testing.T) {
	s := newScene(t)
	text, err := s.bundle.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	const step = 8 // a run looks at each eighth byte, from a start of its own
	for at := rand.IntN(step); at < len(text); at += step {
		changed := slices.Clone(text)
		changed[at] ^= 1 << rand.IntN(8)
		b, err := ledger.ParseBundle(changed)
		if err != nil {
			continue
		}
		v := ledger.Verify(b, s.keys, s.options())
		if v.OK() {
			t.Fatalf("changed at %d: %q\n%s", at, changed[max(0, at-30):min(len(changed), at+30)], v)
		}
	}
}

func TestWhatWasTamperedWithIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*scene, *ledger.Options)
		failed []ledger.Step
	}{
		"a time in a receipt": {func(s *scene, _ *ledger.Options) {
			s.bundle.Receipts[1].Fields["at"] = []byte(`"2026-03-01T07:00:00.000000Z"`)
		}, []ledger.Step{ledger.StepInclusion}},
		"two receipts swapped": {func(s *scene, _ *ledger.Options) {
			r := s.bundle.Receipts
			r[1].Opened, r[2].Opened = r[2].Opened, r[1].Opened
		}, []ledger.Step{ledger.StepInclusion}},
		"two receipts in another order": {func(s *scene, _ *ledger.Options) {
			r := s.bundle.Receipts
			r[1], r[2] = r[2], r[1]
		}, []ledger.Step{ledger.StepReceipt}},
		"a receipt of another notice": {func(s *scene, _ *ledger.Options) { s.bundle.Notice = hub.NewID(s.Time) },
			[]ledger.Step{ledger.StepReceipt}},
		"the salt":  {func(s *scene, _ *ledger.Options) { s.bundle.Receipts[0].Salt[3] ^= 1 }, []ledger.Step{ledger.StepInclusion}},
		"the index": {func(s *scene, _ *ledger.Options) { s.bundle.Receipts[0].Index = 1 }, []ledger.Step{ledger.StepInclusion}},
		"the signature": {func(s *scene, _ *ledger.Options) {
			s.bundle.Checkpoint = strings.Replace(s.bundle.Checkpoint, s.Checkpoint()[len(s.Checkpoint())-20:len(s.Checkpoint())-10], "AAAAAAAAAA", 1)
		}, []ledger.Step{ledger.StepCheckpoint}},
		"the checkpoint's time": {func(s *scene, _ *ledger.Options) {
			s.bundle.Checkpoint = strings.Replace(s.bundle.Checkpoint, "time 2026", "time 2025", 1)
		}, []ledger.Step{ledger.StepCheckpoint}},
		"a document that was not served": {func(_ *scene, o *ledger.Options) { o.Documents[0].SHA256[0] ^= 1 },
			[]ledger.Step{ledger.StepDocument}},
		"a digest in the list": {func(s *scene, _ *ledger.Options) { s.bundle.Documents[0].SHA256 = make([]byte, 32) },
			[]ledger.Step{ledger.StepDocuments}},
		"a document left out": {func(s *scene, _ *ledger.Options) { s.bundle.Documents = nil }, []ledger.Step{ledger.StepDocuments}},
		"a timestamp of something else": {func(s *scene, _ *ledger.Options) { s.bundle.Timestamps[0].Token = stamp("other") },
			[]ledger.Step{ledger.StepTimestamp}},
		"a timestamp of another log": {func(s *scene, _ *ledger.Options) {
			other := ledgertest.New(s.T())
			s.bundle.Timestamps[0].Checkpoint, s.bundle.Timestamps[0].Token = other.Checkpoint(), stamp(other.Checkpoint())
		}, []ledger.Step{ledger.StepTimestamp}},
		"no receipts": {func(s *scene, _ *ledger.Options) { s.bundle.Receipts = nil }, []ledger.Step{ledger.StepReceipt}},
		"a key that is not the log's": {func(s *scene, _ *ledger.Options) { s.keys = s.Keys(s.NewSigner()) },
			[]ledger.Step{ledger.StepCheckpoint}},
		"the history of keys": {func(s *scene, _ *ledger.Options) {
			s.bundle.Keys[0].Entry = string(ledger.Entry{At: s.Time, Key: s.NewSigner().VerifierKey()}.Marshal())
		}, []ledger.Step{ledger.StepKeys}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			o := s.options()
			c.change(s, &o)
			wantFailed(t, ledger.Verify(s.bundle, s.keys, o), c.failed...)
		})
	}
}

// What is withheld shows nothing, and proves nothing less.
func TestABundleCanWithholdFields(t *testing.T) {
	l := ledgertest.New(t)
	r := ledgertest.Receipt(hub.NewID(l.Time), hub.EventContentConsignment, l.Time, "digest of a document")
	b := l.Bundle([]ledger.Receipt{r}, l.Append(r), func(label string) bool {
		return label == "capacity" || label == "case" || strings.HasPrefix(label, "parts/")
	})
	text, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"defendant", r.Case.String(), "digest of a document", hex.EncodeToString(r.Salt[:])} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q shows", secret)
		}
	}
	v := ledger.Verify(b, l.Keys(l.Signers...), ledger.Options{})
	wantFailed(t, v)
	if v.Receipts[0].ID != r.ID || v.Receipts[0].Capacity != "" {
		t.Errorf("%+v", v.Receipts[0])
	}
	b.Receipts[0].Withheld["reason"] = b.Receipts[0].Withheld["capacity"]
	wantFailed(t, ledger.Verify(b, l.Keys(l.Signers...), ledger.Options{}), ledger.StepInclusion)
}

// Whoever holds a checkpoint sees that the log was cut, rolled back, rewritten or forked, even with its key.
func TestAHeldCheckpoint(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, s *scene) (held string)
		failed []ledger.Step
		absent bool
	}{
		"the same": {change: func(_ *testing.T, s *scene) string { return s.Checkpoint() }},
		"an earlier one, with its proof": {change: func(_ *testing.T, s *scene) string {
			past := s.bundle.Timestamps[0].Past
			s.bundle.Earlier = &past
			return past.Checkpoint
		}},
		"an earlier one, without proof": {absent: true, change: func(_ *testing.T, s *scene) string {
			return s.bundle.Timestamps[0].Checkpoint
		}},
		"forked with the key, same size": {failed: []ledger.Step{ledger.StepConsistency}, change: func(t *testing.T, s *scene) string {
			fork := fork(t, s, 3)
			fork.Append(receipts(s, 2)...)
			return fork.Checkpoint()
		}},
		"rewritten with the key": {failed: []ledger.Step{ledger.StepConsistency}, change: func(t *testing.T, s *scene) string {
			fork := fork(t, s, 2)
			fork.Append(receipts(s, 1)...)
			s.bundle.Earlier = &ledger.Past{Checkpoint: fork.Checkpoint(), Proof: s.Consistency(3)}
			return fork.Checkpoint()
		}},
		"of another log": {failed: []ledger.Step{ledger.StepConsistency}, change: func(t *testing.T, _ *scene) string {
			return ledgertest.New(t).Checkpoint()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			o := s.options()
			o.Earlier = c.change(t, s)
			v := ledger.Verify(s.bundle, s.keys, o)
			wantFailed(t, v, c.failed...)
			absent := slices.ContainsFunc(v.Checks, func(k ledger.Check) bool { return k.Step == ledger.StepConsistency && k.Outcome == ledger.Absent })
			if absent != c.absent {
				t.Errorf("absent: %t\n%s", absent, v)
			}
		})
	}
}

// A log that was cut or rolled back is shorter than the checkpoint that is held.
func TestALongerHeldCheckpoint(t *testing.T) {
	s := newScene(t)
	size := s.Tree().N
	s.Append(receipts(s, 3)...)
	s.Time = s.Time.Add(time.Minute)
	o := s.options()
	o.Earlier, o.EarlierProof = s.Checkpoint(), s.Consistency(size)
	wantFailed(t, ledger.Verify(s.bundle, s.keys, o))

	cut := fork(t, s, 4)
	cut.Append(receipts(s, 1)...) // what was cut grew again, otherwise
	s.bundle.Checkpoint = cut.Checkpoint()
	wantFailed(t, ledger.Verify(s.bundle, s.keys, o), ledger.StepKeys, ledger.StepInclusion,
		ledger.StepConsistency, ledger.StepTimestamp)
}

// fork is another log under the same key, the same up to a size.
func fork(t *testing.T, s *scene, size int) *ledgertest.Log {
	t.Helper()
	l := ledgertest.Fork(s.Log, size)
	l.Time = s.Time
	return l
}

func receipts(s *scene, n int) []ledger.Receipt {
	list := make([]ledger.Receipt, n)
	for i := range list {
		list[i] = ledgertest.Receipt(hub.NewID(s.Time), hub.EventExpired, s.Time)
	}
	return list
}

// Keys come and go; each key that was ever the log's verifies, those that were retired only what they signed in time.
func TestKeyRotation(t *testing.T) {
	l := ledgertest.New(t)
	old := l.Signers[0]
	r := ledgertest.Receipt(hub.NewID(l.Time), hub.EventContentConsignment, l.Time)
	indexes := l.Append(r)
	before := l.Checkpoint()
	next := l.NewSigner()
	l.AddKey(next)
	overlap := l.Bundle([]ledger.Receipt{r}, indexes, nil)
	l.RetireKey(old)
	l.Append(ledgertest.Receipt(hub.NewID(l.Time), hub.EventExpired, l.Time))
	after := l.Bundle([]ledger.Receipt{r}, indexes, nil)
	for name, keys := range map[string]ledger.Keys{"the old key": l.Keys(old), "the new key": l.Keys(next), "both": l.Keys(old, next)} {
		t.Run(name, func(t *testing.T) {
			wantFailed(t, ledger.Verify(overlap, keys, ledger.Options{}))
			held := ledger.Options{Earlier: before, EarlierProof: l.Consistency(2)}
			wantFailed(t, ledger.Verify(after, keys, held))
		})
	}
	stolen := after
	l.Signers = []*ledger.Signer{old}
	stolen.Checkpoint = l.Checkpoint()
	wantFailed(t, ledger.Verify(stolen, l.Keys(old), ledger.Options{}), ledger.StepCheckpoint)
	wantFailed(t, ledger.Verify(stolen, l.Keys(next), ledger.Options{}), ledger.StepCheckpoint)

	stranger := after
	stranger.Keys = slices.Clone(after.Keys[:1])
	wantFailed(t, ledger.Verify(stranger, l.Keys(old), ledger.Options{}), ledger.StepCheckpoint)
}

func TestCheckpointsAreStrict(t *testing.T) {
	good := "ledger.example/test\n3\n" + "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=" + "\ntime 2026-03-01T08:00:00.000000Z\n"
	c, err := ledger.ParseCheckpoint(good)
	if err != nil || c.N != 3 || c.Body() != good {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, bad := range []string{"", "\n", strings.TrimSuffix(good, "\n"), good + "\n", good + "more\n", strings.Replace(good, "\n3\n", "\n03\n", 1),
		strings.Replace(good, "\n3\n", "\n-3\n", 1), strings.Replace(good, "time ", "", 1), strings.Replace(good, ".000000", "", 1),
		strings.Replace(good, "ledger.example/test", "", 1), strings.Replace(good, "q2I=", "q2J=", 1), strings.Replace(good, "=", "", 1)} {
		if c, err := ledger.ParseCheckpoint(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, c)
		}
	}
}

func TestVerdictsReadPlainly(t *testing.T) {
	s := newScene(t)
	s.bundle.Receipts[1].Fields["at"] = []byte(`"2026-03-01T07:00:00.000000Z"`)
	got := ledger.Verify(s.bundle, s.keys, ledger.Options{}).String()
	want := fmt.Sprintf("failed  inclusion %s: the log does not hold this receipt at 3", must(s.bundle.Receipts[1].Receipt()).ID)
	if !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func must[T any](v T, _ error) T { return v }
