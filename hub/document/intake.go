package document

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/vault"
)

// MaxSize is the most bytes that a document may have.
const MaxSize = 20 << 20

// Options are what an Intake works with. All but the limits are needed.
type Options struct {
	Store Store
	Blobs Blobs
	Vault *vault.Vault
	Clock hub.Clock

	Readings int           // how many bodies are in memory at once; 0: 16
	Examined int           // how many files are examined at once; 0: 2
	Patience time.Duration // how long one file may take to examine; 0: 10 seconds
}

// Intake takes documents in and gives their bytes. It is safe for concurrent use.
type Intake struct {
	store    Store
	blobs    Blobs
	vault    *vault.Vault
	clock    hub.Clock
	readings chan struct{}
	examiner *examiner
}

// New makes an Intake.
func New(o Options) *Intake {
	if o.Readings <= 0 {
		o.Readings = 16
	}
	if o.Examined <= 0 {
		o.Examined = 2
	}
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	return &Intake{store: o.Store, blobs: o.Blobs, vault: o.Vault, clock: o.Clock,
		readings: make(chan struct{}, o.Readings),
		examiner: &examiner{slots: make(chan struct{}, o.Examined), patience: o.Patience, unpacked: maxUnpacked}}
}

// Accept reads a paper, examines it and keeps it for the submitter that the principal acts for. It reads no more than
// MaxSize and a byte. mediaType is what the submitter says it is.
// Errors: unsupported-document, with a code that says why; too-large; overloaded; forbidden; unauthorized; or what
// reading said.
func (in *Intake) Accept(ctx context.Context, p access.Principal, fileName, mediaType string, body io.Reader) (hub.Document, error) {
	decision, err := access.May(p, access.DocumentUpload)
	if err != nil {
		return hub.Document{}, err
	}
	mediaType, err = declared(mediaType)
	if err != nil {
		return hub.Document{}, err
	}
	if err := enter(ctx, in.readings); err != nil {
		return hub.Document{}, err
	}
	defer leave(in.readings)
	content, err := read(body)
	if err != nil {
		return hub.Document{}, err
	}
	if err := in.examiner.examine(ctx, content, mediaType); err != nil {
		return hub.Document{}, err
	}
	return in.keep(ctx, hub.Document{
		ID: hub.NewID(in.clock()), Submitter: decision.Organisation, SHA256: sha256.Sum256(content),
		Size: int64(len(content)), MediaType: mediaType, FileName: cleanName(fileName),
	}, content)
}

// keep writes the row, then the bytes, and answers only once both are durable. A crash in between leaves a row that
// nobody was told of; the next upload of the same bytes finds it and brings the bytes.
func (in *Intake) keep(ctx context.Context, d hub.Document, content []byte) (hub.Document, error) {
	kept, err := in.store.AddDocument(ctx, d, in.vault.SealText(d.FileName, nameContext(d.ID)))
	if err != nil {
		return hub.Document{}, err
	}
	if kept.ID != d.ID { // these bytes are here already, under the name they came with first
		if kept.FileName, err = in.vault.OpenText(kept.Name, nameContext(kept.ID)); err != nil {
			return hub.Document{}, err
		}
		there, err := in.blobs.HasBytes(ctx, kept.ID)
		if err != nil || there {
			return kept.Document, err
		}
	}
	if err := in.blobs.PutBytes(ctx, kept.ID, in.vault.Seal(content, bytesContext(kept.ID))); err != nil {
		return hub.Document{}, fmt.Errorf("keep bytes: %w", err)
	}
	return kept.Document, nil
}

// ErrAltered says that stored bytes are not the ones that were taken in.
var ErrAltered = errors.New("the bytes of a document are not those that were taken in")

// Bytes gives the bytes of a document, checked against its digest. It decides nothing: ask hub/reading.
// Errors: not-found when the bytes are gone; ErrAltered; vault.ErrSealed.
func (in *Intake) Bytes(ctx context.Context, d hub.Document) ([]byte, error) {
	sealed, err := in.blobs.GetBytes(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	content, err := in.vault.Open(sealed, bytesContext(d.ID))
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(content) != d.SHA256 {
		return nil, fmt.Errorf("document %s: %w", d.ID, ErrAltered)
	}
	return content, nil
}

func nameContext(id hub.ID) string  { return "documents.file_name:" + id.String() }
func bytesContext(id hub.ID) string { return "documents.bytes:" + id.String() }

// read takes the body in steps, so that a small file takes little memory and a large one is never copied as it grows.
func read(body io.Reader) ([]byte, error) {
	const step = 1 << 20
	var parts [][]byte
	size := 0
	for size <= MaxSize {
		part := make([]byte, min(step, MaxSize+1-size))
		n, err := io.ReadFull(whole{body}, part)
		parts, size = append(parts, part[:n]), size+n
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return bytes.Join(parts, nil), nil
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
	}
	return nil, hub.Refuse(hub.CodeTooLarge, "a document may have 20 MB at most")
}

// whole tells a body that broke off from one that ended, which io.ReadFull calls by the same name.
type whole struct{ io.Reader }

func (w whole) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = hub.Refuse(hub.CodeValidation, "the document broke off before its end")
	}
	return n, err
}

// enter takes a slot, or gives up with the caller.
func enter(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &hub.Error{Code: hub.CodeOverloaded, Detail: "too many documents at once; try again", Cause: ctx.Err()}
	}
}

func leave(slots chan struct{}) { <-slots }
