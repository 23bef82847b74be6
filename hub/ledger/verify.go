package ledger

import (
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Options are what a verifier brings besides the bundle and the key.
type Options struct {
	Documents    []Given           // documents in the caller's hands
	Earlier      string            // a checkpoint that the caller holds, a signed note; "": none
	EarlierProof tlog.TreeProof    // between that one and the bundle's; nil: the bundle may have it
	Timestamps   TimestampVerifier // nil: timestamps are not looked at
}

// Given is a document in the caller's hands.
type Given struct {
	Name   string
	SHA256 [32]byte
}

// TimestampVerifier checks RFC 3161 tokens against the authorities that the caller trusts. It MUST refuse a token over
// any other digest.
type TimestampVerifier interface {
	VerifyTimestamp(token []byte, digest [32]byte) (at time.Time, authority string, err error)
}

// Verify checks everything that a bundle says, offline, with the keys alone. It never stops at a failure: the verdict
// names each thing that fails.
func Verify(b Bundle, keys Keys, o Options) Verdict {
	v := &verifying{bundle: b, trust: newTrust(keys), options: o}
	v.checkBytes()
	v.openCheckpoint()
	v.checkReceipts()
	v.checkDocuments()
	if v.trusted {
		v.checkEarlier()
		v.checkTimestamps()
	}
	return v.Verdict
}

// verifying is one run of Verify.
type verifying struct {
	Verdict
	bundle  Bundle
	trust   *trust
	options Options
	trusted bool // the checkpoint's signature holds
}

func (v *verifying) checkBytes() {
	digest, err := v.bundle.digest()
	switch {
	case len(v.bundle.Digest) == 0:
		v.add(Absent, StepBundle, "", "it has no digest")
	case err != nil || !slices.Equal(digest, v.bundle.Digest):
		v.add(Failed, StepBundle, "", "something in it was changed since it was issued: its digest does not fit")
	default:
		v.add(OK, StepBundle, "", "its bytes are those that were issued")
	}
}

// openCheckpoint follows the history of keys from those that the caller has, as far as it must, to the one that signed.
func (v *verifying) openCheckpoint() {
	history := v.trust.follow(v.bundle.Keys)
	c, by, err := readCheckpoint(v.bundle.Checkpoint, v.trust.keys)
	switch {
	case err != nil:
	case len(by) == 0:
		err = errors.New("none of the known keys has signed it")
	case v.trust.allRetired(by, c.N):
		err = errors.New("it is signed with a key that had been retired")
	}
	if err == nil && history == nil {
		history = v.trust.settle(c)
	}
	v.addKeys(history)
	if err != nil {
		v.add(Failed, StepCheckpoint, "", "it does not hold under the key: %v", err)
		return
	}
	v.Checkpoint, v.trusted = c, true
	v.add(OK, StepCheckpoint, "", "the log %s had %d entries at %s, and its key signed that", c.Origin, c.N, timeText(c.Time))
}

func (v *verifying) addKeys(err error) {
	switch {
	case err != nil:
		v.add(Failed, StepKeys, "", "%v", err)
	case len(v.bundle.Keys) == 0:
		v.add(Absent, StepKeys, "", "the bundle has no history of keys; the key that was given stands alone")
	default:
		v.add(OK, StepKeys, "", "%d changes of the log's keys follow from the key that was given", len(v.bundle.Keys))
	}
}

func (v *verifying) checkReceipts() {
	if len(v.bundle.Receipts) == 0 {
		v.add(Failed, StepReceipt, "", "the bundle has no receipts")
	}
	last := int64(-1)
	seen := map[string]bool{}
	for _, b := range v.bundle.Receipts {
		r, err := b.Receipt()
		of := idText(r.ID)
		if of == "" {
			of = "at " + indexText(b.Index)
		}
		switch {
		case err != nil:
			v.add(Failed, StepReceipt, of, "it cannot be read: %v", err)
		case b.Index <= last || seen[of]:
			v.add(Failed, StepReceipt, of, "it stands twice in the bundle, or out of order")
		case !r.Notice.IsZero() && r.Notice != v.bundle.Notice:
			v.add(Failed, StepReceipt, of, "it is of another notice")
		default:
			v.checkReceipt(b, r, of)
		}
		last, seen[of] = max(last, b.Index), true
	}
}

func (v *verifying) checkReceipt(b BundledReceipt, r Receipt, of string) {
	commitment, err := b.commitment()
	if err != nil {
		v.add(Failed, StepReceipt, of, "it cannot be read: %v", err)
		return
	}
	if len(b.Withheld) == 0 {
		v.add(OK, StepReceipt, of, "%s at %s", r.Event, timeText(r.At))
	} else {
		v.add(OK, StepReceipt, of, "%s at %s; %d of its fields are withheld", r.Event, timeText(r.At), len(b.Withheld))
	}
	if !v.trusted {
		v.add(Absent, StepInclusion, of, "without a checkpoint that holds there is nothing to be included in")
		return
	}
	line := Entry{At: r.RecordedAt, Commitment: commitment}.Marshal()
	switch err := tlog.CheckRecord(b.Proof, v.Checkpoint.N, v.Checkpoint.Hash, b.Index, tlog.RecordHash(line)); {
	case b.Index >= v.Checkpoint.N:
		v.add(Failed, StepInclusion, of, "the log was not as long as that at the checkpoint")
	case err != nil:
		v.add(Failed, StepInclusion, of, "the log does not hold this receipt at %d: the receipt, its salt or its proof was changed", b.Index)
	case r.RecordedAt.After(v.Checkpoint.Time):
		v.add(Failed, StepInclusion, of, "it claims to be recorded after the checkpoint that holds it")
	default:
		v.Receipts = append(v.Receipts, r)
		v.add(OK, StepInclusion, of, "entry %d of the log", b.Index)
	}
}

// checkEarlier holds the bundle's checkpoint against one that the caller has kept. Either may be the older.
func (v *verifying) checkEarlier() {
	if v.options.Earlier == "" {
		v.add(Absent, StepConsistency, "", "no earlier checkpoint was given")
		return
	}
	held, err := OpenCheckpoint(v.options.Earlier, v.trust.keys)
	if err != nil {
		v.add(Failed, StepConsistency, "", "the checkpoint that was given does not hold under the key: %v", err)
		return
	}
	proof := v.options.EarlierProof
	if proof == nil && v.bundle.Earlier != nil {
		if past, err := OpenCheckpoint(v.bundle.Earlier.Checkpoint, v.trust.keys); err == nil && past.Tree == held.Tree {
			proof = v.bundle.Earlier.Proof
		}
	}
	switch old, now := order(held, v.Checkpoint); {
	case old.N == now.N && old.Hash != now.Hash:
		v.add(Failed, StepConsistency, "", "the log was forked: two different logs of %d entries were signed", old.N)
	case old.N == now.N:
		v.add(OK, StepConsistency, "", "it is the same log as that of the checkpoint that was given")
	case now.Time.Before(old.Time):
		v.add(Failed, StepConsistency, "", "the longer log has the earlier time")
	case proof == nil:
		v.add(Absent, StepConsistency, "", "there is no proof between %d and %d entries; ask for the bundle with earlier=%d, or read the public log", old.N, now.N, held.N)
	case checkTree(proof, now.Tree, old.Tree) != nil:
		v.add(Failed, StepConsistency, "", "the log of %d entries does not extend that of %d: it was rewritten or forked", now.N, old.N)
	default:
		v.add(OK, StepConsistency, "", "the log of %d entries extends that of %d, and changed nothing", now.N, old.N)
	}
}

func order(a, b Checkpoint) (older, newer Checkpoint) {
	if a.N > b.N {
		return b, a
	}
	return a, b
}

// checkTree is tlog.CheckTree, which does not know that an empty log is the start of each, and each that of itself.
func checkTree(proof tlog.TreeProof, now, old tlog.Tree) error {
	switch {
	case old.N == 0:
		return nil
	case old == now:
		return nil
	}
	return tlog.CheckTree(proof, now.N, now.Hash, old.N, old.Hash)
}

func (v *verifying) checkTimestamps() {
	if len(v.bundle.Timestamps) == 0 {
		v.add(Absent, StepTimestamp, "", "the bundle has no timestamp")
		return
	}
	for _, t := range v.bundle.Timestamps {
		v.checkTimestamp(t)
	}
}

func (v *verifying) checkTimestamp(t Timestamp) {
	past, err := OpenCheckpoint(t.Checkpoint, v.trust.keys)
	if err == nil {
		err = checkTree(t.Proof, v.Checkpoint.Tree, past.Tree)
	}
	if err != nil {
		v.add(Failed, StepTimestamp, t.Authority, "it is of no checkpoint of this log: %v", err)
		return
	}
	if v.options.Timestamps == nil {
		v.add(Absent, StepTimestamp, t.Authority, "it was not looked at: no authority to trust was given")
		return
	}
	at, by, err := v.options.Timestamps.VerifyTimestamp(t.Token, sha256.Sum256([]byte(t.Checkpoint)))
	if err != nil {
		v.add(Failed, StepTimestamp, t.Authority, "it does not hold: %v", err)
		return
	}
	v.Stamps = append(v.Stamps, Stamp{at, by, past.N})
	v.add(OK, StepTimestamp, t.Authority, "%s attests that the log had these %d entries by %s", by, past.N, at.UTC().Format(time.RFC3339))
}
