package dispatch

import (
	"bytes"
	"time"

	"eblagh/hub"
	"eblagh/hub/vault"
)

// Lookup names what papers point at.
type Lookup struct {
	Submitter  hub.ID
	Branches   []hub.ID
	NationalID []vault.Blind
	Recipients []hub.ID
	Documents  []hub.ID
	Cases      []CaseKey
	References []string
	Key        *KeptAnswer // nil: there is none to look up
}

// Resolved is what of a Lookup is there.
type Resolved struct {
	Now        time.Time
	Submitter  hub.Organisation // zero ID: there is none
	Branches   map[hub.ID]hub.Organisation
	NationalID map[string]Person // by each blind index
	Recipients map[hub.ID]Person
	Documents  map[hub.ID]Document // the submitter's own
	Cases      map[CaseKey]KnownCase
	References map[string]Taken
	KeyTaken   bool
}

// Found notes a person under every blind index that the store has of them.
func (r *Resolved) Found(index vault.Blind, p Person) {
	for _, part := range [][]byte{index.A, index.B} {
		if part != nil {
			r.NationalID[string(part)] = p
		}
	}
}

// byNationalID finds who was resolved by either index; nobody is the zero Person.
func (r *Resolved) byNationalID(index vault.Blind) Person {
	for _, part := range [][]byte{index.A, index.B} {
		if p, ok := r.NationalID[string(part)]; ok && part != nil {
			return p
		}
	}
	return Person{}
}

// Person is an addressee, as far as taking a paper needs to know.
type Person struct {
	ID        hub.ID
	Activated bool
	Residence hub.Residence
	Language  string
}

// Document is a document whose file name is still sealed.
type Document struct {
	hub.Document
	FileNameCT []byte
}

// CaseKey is what makes a case one: the branch and the normalised number.
type CaseKey struct {
	Branch hub.ID
	Number string
}

// KnownCase is a case that exists.
type KnownCase struct {
	ID            hub.ID
	ArchiveNumber string
	Subject       bool // it has one
	Kind          string
}

// Taken is who has a reference.
type Taken struct {
	Notice  hub.ID // zero: nobody
	Request []byte // the paper of an idempotent call, or nil
}

// is reports whether the reference belongs to the same paper of the same call.
func (t Taken) is(request []byte) bool {
	return !t.Notice.IsZero() && request != nil && bytes.Equal(t.Request, request)
}

// Intake is what one call brings in.
type Intake struct {
	Submitter hub.ID
	Actor     hub.Actor
	Approves  Approval // zero: no draft
	Cases     []AcceptCase
	Papers    []AcceptPaper
	Key       *KeptAnswer // nil: none rides along
}

// AcceptCase is a case that a paper brings with it, or something that a known case lacked so far.
type AcceptCase struct {
	ID            hub.ID
	Key           CaseKey
	Typed         string
	ArchiveNumber string
	SubjectCT     []byte
	Kind          string // empty: as it was, or general
	Restricted    bool
	Known         bool
}

// AcceptPaper is one paper, judged good and sealed.
type AcceptPaper struct {
	Notice     hub.ID
	Receipt    hub.ID
	Timer      hub.ID // zero: it does not expire
	Inbox      hub.ID // the delivery
	SMS        hub.ID // the delivery; zero: none
	Case       CaseKey
	KnownCase  hub.ID // zero: it is among the intake's cases, or nobody knows it yet
	Paper      Paper  // its texts are sealed below
	Recipient  hub.ID
	OnBehalfOf hub.ID // zero: the recipient is meant
	Corrects   hub.ID // zero: nothing
	SubjectCT  []byte
	BodyCT     []byte
	Parts      Parts
	Request    []byte
	AtOnce     Consignment
}

// Consignment is what the arrival of a paper under the same commit as its acceptance takes.
type Consignment struct {
	Receipt hub.ID // D.1; zero: the paper arrives later
	Timer   hub.ID // of the rung
	Rung    hub.Rung
	Follows bool // the rung does
}

// Parts are the SHA-256, in hex, of each part of a paper as it is served. Receipts carry them.
type Parts struct {
	Subject   string   `json:"subject"`
	Body      string   `json:"body,omitempty"`
	Documents []string `json:"documents"`
}

// Accepted is what the store made of one AcceptPaper: Taken names the notice that had the reference before, or else
// the rest is set.
type Accepted struct {
	Taken  Taken
	Number string
	Case   hub.ID
	At     time.Time
	Placed hub.Arrival // zero: it has not arrived yet
}
