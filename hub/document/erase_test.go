package document_test

import (
	"bytes"
	"strings"
	"testing"

	"eblagh/hub"
	"eblagh/hub/document"
)

// Bytes that a law took do not come back; digest and row stay, and a receipt says why.
func TestEraseByLaw(t *testing.T) {
	w := newWorld(t)
	content := document.Paper("")
	d := w.accept(w.branches[0], "paper.pdf", content)
	other := w.accept(w.branches[1], "paper.pdf", content)
	erasure := document.Erasure{Document: d.ID, Basis: " archive law, article 12 ", Actor: hub.Actor{Kind: hub.ActorSystem}}
	if n, err := w.Erase(t.Context(), erasure); err != nil || n != 0 {
		t.Fatalf("%d notices, %v", n, err)
	}
	if _, err := w.Bytes(t.Context(), d); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("the bytes are still given: %v", err)
	}
	if _, err := w.Bytes(t.Context(), other); err != nil {
		t.Errorf("another submitter's document went too: %v", err)
	}
	if w.count(`SELECT count(*) FROM documents WHERE id = $1`, d.ID.String()) != 1 ||
		w.count(`SELECT count(*) FROM receipts WHERE event = 'eblagh:DocumentErased' AND details->>'basis' = 'archive law, article 12'
			AND details->>'document' = $1 AND submitter IS NOT NULL`, d.ID.String()) != 1 {
		t.Error("the row, or the receipt of the erasure, is not there")
	}
	if _, err := w.Accept(t.Context(), w.branches[0], "paper.pdf", pdfType, bytes.NewReader(content)); hub.CodeOf(err) != hub.CodeUnsupportedDocument {
		t.Errorf("the same bytes were taken in again: %v", err)
	}
	if _, err := w.Erase(t.Context(), erasure); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("erased twice: %v", err)
	}
	for name, basis := range map[string]string{"none": " ", "lines": "a\nb", "long": strings.Repeat("ب", 501), "no text": "\xff"} {
		e := document.Erasure{Document: other.ID, Basis: basis}
		if _, err := w.Erase(t.Context(), e); hub.CodeOf(err) != hub.CodeValidation {
			t.Errorf("basis %s: %v", name, err)
		}
	}
	if _, err := w.Erase(t.Context(), document.Erasure{Document: hub.NewID(hub.SystemClock()), Basis: "x"}); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("no such document: %v", err)
	}
}
