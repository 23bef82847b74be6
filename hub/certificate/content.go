package certificate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// ID names what a certificate says, whenever it says it: the digest of its content without the checkpoint. It stands in
// the QR code and in the receipt, and cannot be guessed, for the content holds ids and times to the microsecond.
func (c Content) ID() string {
	c.AsOf, c.Verify = Checkpoint{}, ""
	text, err := json.Marshal(struct {
		Template string
		Content  Content
	}{Template, c})
	if err != nil { // details come out of a JSON column, and the rest is plain
		panic(fmt.Sprintf("certificate: %v", err))
	}
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:16])
}

// address is what the QR code holds: nothing personal.
func (c Content) address() string {
	if c.Verify == "" {
		return "eblagh:" + c.AsOf.Origin + "?certificate=" + c.ID()
	}
	return c.Verify + "?certificate=" + c.ID()
}
