package ledger

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
)

// BundleForm is the version of the bundles that are made now.
const BundleForm = 1

// MaxBundle is how many bytes a bundle can have: a notice has some dozen receipts of a kilobyte or two.
const MaxBundle = 16 << 20

// Bundle is everything that proves what happened to one notice, as of one checkpoint.
type Bundle struct {
	Form       int              `json:"form"`
	Notice     hub.ID           `json:"notice"`
	Checkpoint string           `json:"checkpoint"` // signed note
	Receipts   []BundledReceipt `json:"receipts"`   // in the order of the log
	Documents  []Document       `json:"documents"`
	Keys       []KeyChange      `json:"keys"`                 // in the order of the log
	Timestamps []Timestamp      `json:"timestamps,omitempty"` // oldest first
	Earlier    *Past            `json:"earlier,omitempty"`    // the checkpoint that the bundle was asked to extend
	Digest     Digest           `json:"digest,omitempty"`     // SHA-256 of the canonical bytes without it, set by Marshal
}

// BundledReceipt is one receipt and where it is in the log.
type BundledReceipt struct {
	Index int64 `json:"index"`
	Opened
	Proof tlog.RecordProof `json:"proof"` // of inclusion under the bundle's checkpoint
}

// Document names a document of the notice by its digest, as it was served.
type Document struct {
	SHA256    Digest `json:"sha256"`
	MediaType string `json:"media_type,omitempty"`
	Size      int64  `json:"size,omitempty"`
}

// Past is a checkpoint from before the bundle's, and the proof that the bundle's log extends it.
type Past struct {
	Checkpoint string         `json:"checkpoint"`
	Proof      tlog.TreeProof `json:"proof"`
}

// KeyChange is an entry of the history of the log's keys, included in a checkpoint that earlier keys signed.
type KeyChange struct {
	Index     int64            `json:"index"`
	Entry     string           `json:"entry"`
	Inclusion tlog.RecordProof `json:"inclusion"` // under Checkpoint
	Past
}

// Timestamp is an RFC 3161 token over SHA-256 of a signed checkpoint.
type Timestamp struct {
	Authority string `json:"authority"`
	Token     []byte `json:"token"` // DER, base64
	Past
}

// Marshal writes the bundle's canonical bytes, with their digest: not for proof, but so that every byte that was changed
// since shows, also where it proves nothing.
func (b Bundle) Marshal() ([]byte, error) {
	digest, err := b.digest()
	if err != nil {
		return nil, err
	}
	b.Digest = digest
	out, err := b.canonical()
	return append(out, '\n'), err
}

func (b Bundle) digest() (Digest, error) {
	b.Digest = nil
	out, err := b.canonical()
	sum := sha256.Sum256(out)
	return sum[:], err
}

func (b Bundle) canonical() ([]byte, error) {
	b.Receipts, b.Documents, b.Keys = slices.Clone(orEmpty(b.Receipts)), orEmpty(b.Documents), orEmpty(b.Keys)
	for i := range b.Receipts {
		b.Receipts[i].Proof = orEmpty(b.Receipts[i].Proof)
	}
	out, err := canonicalJSON(b)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	return out, nil
}

// ParseBundle reads a bundle. Errors: too large, no bundle, one of an unknown form, or not in canonical bytes: what has
// other white space only is not what was issued. Whether the digest fits is Verify's to say, beside what else fails.
func ParseBundle(text []byte) (Bundle, error) {
	var b Bundle
	if len(text) > MaxBundle {
		return b, fmt.Errorf("a bundle has at most %d bytes", MaxBundle)
	}
	if err := json.Unmarshal(text, &b); err != nil {
		return Bundle{}, fmt.Errorf("not a bundle: %w", err)
	}
	if b.Form != BundleForm {
		return Bundle{}, fmt.Errorf("the bundle has the form %d; this program knows %d", b.Form, BundleForm)
	}
	again, err := b.canonical()
	if err != nil {
		return Bundle{}, err
	}
	if !slices.Equal(append(again, '\n'), text) {
		return Bundle{}, fmt.Errorf("bundle: %w", errNotCanonical)
	}
	if b.Notice.IsZero() {
		return Bundle{}, errors.New("the bundle names no notice")
	}
	return b, nil
}

func orEmpty[S ~[]T, T any](list S) S {
	if list == nil {
		return S{}
	}
	return list
}
