package document

import (
	"context"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"eblagh/hub"
)

// longestBasis bounds the words for why a document is erased, in characters.
const longestBasis = 500

// Erasure is a document whose bytes are to go by law. Its row with the digest stays, and so does every receipt.
type Erasure struct {
	Document hub.ID
	Basis    string // the norm or decision, and nothing about the people in the document
	Actor    hub.Actor
}

// Erasures delete bytes; they are part of a Store.
type Erasures interface {
	// EraseDocument deletes the bytes and writes a receipt (eblagh:DocumentErased) for each notice that carries the
	// document, or one of no notice, in one transaction. Errors: not-found; wrong-state when that was done before.
	EraseDocument(ctx context.Context, e Erasure) (notices int, err error)
}

// Erase deletes the bytes of a document by law, for good: they are not taken in again. It decides nothing: whoever has
// the instance's settings may. Errors: validation, not-found, wrong-state.
func (in *Intake) Erase(ctx context.Context, e Erasure) (notices int, err error) {
	e.Basis = strings.TrimSpace(e.Basis)
	var problems hub.Problems
	if n := utf8.RuneCountInString(e.Basis); n == 0 || n > longestBasis || !utf8.ValidString(e.Basis) || strings.ContainsFunc(e.Basis, control) {
		problems.Add("/basis", "invalid", "name the norm or decision in one line of at most 500 characters")
	}
	if err := problems.Err(); err != nil {
		return 0, err
	}
	return in.store.EraseDocument(ctx, e)
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// ErasedDetails is what the receipt of an erasure says.
func ErasedDetails(d hub.Document, basis string) map[string]any {
	return map[string]any{"document": d.ID.String(), "sha256": hex.EncodeToString(d.SHA256[:]), "basis": basis}
}

// Erased is a document that was erased.
type Erased struct {
	Document  hub.ID
	Submitter hub.ID
	SHA256    []byte `db:"sha256"`
	Size      int64
	Basis     string
	ErasedAt  time.Time `db:"erased_at"`
}
