package certificate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"eblagh/hub"
	"eblagh/hub/typeset"
)

// Template is the version of the layout and its words. It changes whenever the same Content gives other bytes.
const Template = "1"

// Content is everything that a certificate says.
type Content struct {
	Language  typeset.Language
	Notice    hub.Notice    // its facts and documents; no word of subject or body is shown
	Addressee hub.Recipient // name and national id
	Service   hub.Service   // with Basis in the Language
	OpenedAt  time.Time     // zero: not opened by the addressee
	Receipts  []Receipt     // in order of time
	AsOf      Checkpoint
	Verify    string // address of the page that tells how to check; "": none is public
	Test      bool   // a test instance serves nobody
}

// Receipt is a sealed receipt and its place in the log.
type Receipt struct {
	hub.Receipt
	Index int64
}

// Checkpoint is the signed state of the log that a certificate rests on.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   [32]byte
	At     time.Time
	Key    string // the name and id of the key that signed it
}

// Served reports whether the law holds the paper for served.
func (c Content) Served() bool { return !c.Service.ServedAt.IsZero() }

// ID names what a certificate says, whenever it says it: the digest of what it shows without the checkpoint. It stands
// in the QR code and in the receipt, and cannot be guessed, for it covers ids and times to the microsecond.
func (c Content) ID() string {
	sum := sha256.New()
	say := func(words ...any) { fmt.Fprintf(sum, "%q\n", words) }
	say("eblagh certificate", Template, string(c.Language), c.Test)
	n := c.Notice
	say(n.ID.String(), n.Number, string(n.Kind), string(n.Capacity), n.Case.Number, n.Case.ArchiveNumber, n.Branch.Name, exact(n.CreatedAt),
		n.Corrects.String(), n.CorrectedBy.String())
	say(c.Addressee.ID.String(), string(c.Addressee.Kind), c.Addressee.FullName(), string(c.Addressee.NationalID))
	s := c.Service
	say(string(s.Status), exact(s.ServedAt), s.Rule, s.RuleVersion, s.Basis, exact(c.OpenedAt))
	for _, d := range n.Documents {
		say(hex.EncodeToString(d.SHA256[:]), d.FileName, c.erased(d))
	}
	say(c.part("subject"), c.part("body"))
	for _, r := range c.Receipts {
		say(r.ID.String(), r.Index, string(r.Event), exact(r.At), string(r.Channel), string(r.Actor.Kind), string(r.Reason))
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// part is the digest of a text that the acceptance (A.1) names.
func (c Content) part(name string) string {
	for _, r := range c.Receipts {
		if parts, ok := r.Details["parts"].(map[string]any); ok && r.Event == hub.EventSubmissionAcceptance {
			digest, _ := parts[name].(string)
			return digest
		}
	}
	return ""
}

// erased reports whether a receipt says that a document's bytes were erased.
func (c Content) erased(d hub.Document) bool {
	for _, r := range c.Receipts {
		if r.Event == hub.EventDocumentErased && r.Details["sha256"] == hex.EncodeToString(d.SHA256[:]) {
			return true
		}
	}
	return false
}

// address is what the QR code holds: nothing personal.
func (c Content) address() string {
	if c.Verify == "" {
		return "eblagh:" + c.AsOf.Origin + "?certificate=" + c.ID()
	}
	return c.Verify + "?certificate=" + c.ID()
}
