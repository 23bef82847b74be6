package certificate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/ledger"
	"eblagh/hub/reading"
	"eblagh/hub/rules"
	"eblagh/hub/typeset"
)

// Papers decides who may have a certificate, and records it. *reading.Reader implements it.
type Papers interface {
	Certified(ctx context.Context, p access.Principal, notice hub.ID) (reading.Certified, error)
	// Evidence proves what happened as of the newest checkpoint. Errors: overloaded while nothing of it is sealed.
	Evidence(ctx context.Context, p access.Principal, notice hub.ID, earlier int64) (ledger.Bundle, error)
}

// Store keeps certificates. It is safe for concurrent use.
type Store interface {
	// Certificate finds what was issued by what it says. Errors: not-found.
	Certificate(ctx context.Context, said string) (Kept, error)
	// AddCertificate keeps a certificate and writes its receipt, CertificateIssued, in one transaction. Of two that say
	// the same the first stays, and is given.
	AddCertificate(ctx context.Context, c Kept, actor hub.Actor) (Kept, error)
}

// Vault seals the paper, which names people. *vault.Vault implements it.
type Vault interface {
	Seal(plain []byte, context string) []byte
	Open(ct []byte, context string) ([]byte, error)
}

// Kept is a certificate as it lies at rest.
type Kept struct {
	ID         hub.ID
	Said       string // Content.ID
	Notice     hub.ID
	Language   string
	Template   string
	BodySHA256 [32]byte // of the unsigned paper, the file's first BodySize bytes
	BodySize   int64
	PDF        []byte // sealed
	Receipt    hub.ID
	IssuedAt   time.Time
}

// File is a signed certificate.
type File struct {
	Name string // without anything personal in it
	Said string // names what it says, for ETags
	PDF  []byte
}

// Options are what an Issuer needs; all must be there but Verify.
type Options struct {
	Papers  Papers
	Store   Store
	Vault   Vault
	Keys    func(context.Context) (ledger.Keys, error) // the log's
	Book    *rules.Book
	Profile string
	Fonts   *typeset.Fonts
	Key     *Key
	Clock   hub.Clock
	Verify  string // address of the page for checking; "": none is public
	Test    bool
}

// Issuer issues certificates. It is safe for concurrent use.
type Issuer struct{ o Options }

// New makes an Issuer.
func New(o Options) *Issuer { return &Issuer{o} }

// Issue gives the certificate of a notice in a language, fa or en. What was issued before is given again as long as it
// says what holds now. Errors: those of reading.Certified; validation; overloaded while nothing is sealed.
func (i *Issuer) Issue(ctx context.Context, p access.Principal, notice hub.ID, language string) (File, error) {
	if language != string(typeset.Persian) && language != string(typeset.English) {
		var problems hub.Problems
		problems.Add("/language", "invalid", "must be fa or en")
		return File{}, problems.Err()
	}
	cover, err := i.o.Papers.Certified(ctx, p, notice)
	if err != nil {
		return File{}, err
	}
	content, err := i.content(ctx, p, cover, typeset.Language(language))
	if err != nil {
		return File{}, err
	}
	kept, err := i.o.Store.Certificate(ctx, content.ID())
	if hub.CodeOf(err) == hub.CodeNotFound {
		kept, err = i.make(ctx, cover.By, content)
	}
	if err != nil {
		return File{}, err
	}
	return i.open(kept)
}

// content makes what the certificate says: out of receipts that verify, and of nothing that does not.
func (i *Issuer) content(ctx context.Context, p access.Principal, cover reading.Certified, language typeset.Language) (Content, error) {
	bundle, err := i.o.Papers.Evidence(ctx, p, cover.Notice.ID, 0)
	if err != nil {
		return Content{}, err
	}
	keys, err := i.o.Keys(ctx)
	if err != nil {
		return Content{}, err
	}
	verdict := ledger.Verify(bundle, keys, ledger.Options{})
	if !verdict.OK() {
		return Content{}, fmt.Errorf("certificate of %s: its evidence does not hold: %v", cover.Notice.ID, verdict.Failures())
	}
	c := Content{
		Language: language, Notice: cover.Notice, Addressee: cover.Addressee, Verify: i.o.Verify, Test: i.o.Test,
		Receipts: certified(bundle, verdict.Receipts), AsOf: asOf(verdict.Checkpoint, keys),
	}
	c.Notice.Deliveries, c.Notice.Reference = nil, "" // transport moves on, and the reference is the submitter's own
	facts := factsOf(c.Receipts)
	c.OpenedAt, c.Service = facts.OpenedAt, i.o.Book.Evaluate(i.o.Profile, facts)
	c.Service.Basis = i.o.Book.Basis(c.Service, string(language))
	c.Notice.ArrivedAt, c.Notice.OpenedAt = facts.ArrivedAt, facts.OpenedAt
	return c, nil
}

// certified gives the receipts that a certificate shows, in order of time. That certificates were issued is not among
// them: each would call for the next.
func certified(b ledger.Bundle, verified []ledger.Receipt) []Receipt {
	var out []Receipt
	for k, r := range verified { // in the order of the log, as the bundle's
		if r.Event != hub.EventCertificateIssued {
			out = append(out, Receipt{Receipt: r.Receipt, Index: b.Receipts[k].Index})
		}
	}
	slices.SortStableFunc(out, func(a, b Receipt) int { return a.At.Compare(b.At) })
	return out
}

func asOf(c ledger.Checkpoint, keys ledger.Keys) Checkpoint {
	return Checkpoint{Origin: c.Origin, Size: c.N, Root: c.Hash, At: c.Time, Key: keys.Origin()}
}

// factsOf reads what the law asks for out of the receipts themselves.
func factsOf(receipts []Receipt) rules.Facts {
	var f rules.Facts
	for _, r := range receipts {
		switch r.Event {
		case hub.EventSubmissionAcceptance:
			f.SubmittedAt = r.At
		case hub.EventContentConsignment:
			f.ArrivedAt = r.At
		case hub.EventContentHandover:
			f.OpenedAt = r.At
		case hub.EventCancelled:
			f.CancelledAt = r.At
		case hub.EventExpired:
			f.ExpiredAt = r.At
		}
	}
	return f
}

// make sets, signs and keeps a new certificate.
func (i *Issuer) make(ctx context.Context, by hub.Actor, c Content) (Kept, error) {
	unsigned, err := Set(i.o.Fonts, c)
	if err != nil {
		return Kept{}, fmt.Errorf("certificate of %s: %w", c.Notice.ID, err)
	}
	now := i.o.Clock()
	signed, err := i.o.Key.Sign(unsigned, now)
	if err != nil {
		return Kept{}, fmt.Errorf("certificate of %s: %w", c.Notice.ID, err)
	}
	id := hub.NewID(now)
	return i.o.Store.AddCertificate(ctx, Kept{
		ID: id, Said: c.ID(), Notice: c.Notice.ID, Language: string(c.Language), Template: Template,
		BodySHA256: sha256.Sum256(unsigned), BodySize: int64(len(unsigned)),
		PDF: i.o.Vault.Seal(signed, pdfContext(id)), Receipt: hub.NewID(now),
	}, by)
}

// open unseals a kept certificate and holds it against its sealed digest.
func (i *Issuer) open(k Kept) (File, error) {
	signed, err := i.o.Vault.Open(k.PDF, pdfContext(k.ID))
	if err != nil {
		return File{}, fmt.Errorf("certificate %s: %w", k.ID, err)
	}
	if k.BodySize > int64(len(signed)) || sha256.Sum256(signed[:k.BodySize]) != k.BodySHA256 {
		return File{}, fmt.Errorf("certificate %s is not the one that was kept", k.ID)
	}
	return File{Name: "certificate-" + k.Said[:16] + "-" + k.Language + ".pdf", Said: k.Said, PDF: signed}, nil
}

func pdfContext(id hub.ID) string { return "certificates.pdf:" + id.String() }

// Details is what the receipt of a certificate says: how to find the body in the file, and what it certifies.
func (k Kept) Details() map[string]any {
	return map[string]any{"sha256": hex.EncodeToString(k.BodySHA256[:]), "size": k.BodySize, "certificate": k.Said,
		"language": k.Language, "template": k.Template}
}
