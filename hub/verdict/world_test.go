package verdict_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/ledger/ledgertest"
	"eblagh/hub/verdict"
)

const (
	paper = "%PDF-1.7 the paper as served"
	body  = "%PDF-1.7 the certificate before it was signed"
)

// world is a log with a notice in it, and a bundle that proves the notice.
type world struct {
	log      *ledgertest.Log
	receipts []ledger.Receipt
	indexes  []int64
	held     string // a checkpoint from before the notice
}

func newWorld(t *testing.T, more ...ledger.Receipt) *world {
	t.Helper()
	w := &world{log: ledgertest.New(t)}
	at := w.log.Time.Add(-time.Minute)
	notice := hub.NewID(at)
	for range 300 { // others' receipts
		w.log.Append(ledgertest.Receipt(hub.NewID(at), hub.EventSubmissionAcceptance, at))
	}
	w.held = w.log.Checkpoint()
	for i, e := range []hub.Event{hub.EventSubmissionAcceptance, hub.EventContentConsignment, hub.EventContentHandover} {
		w.receipts = append(w.receipts, ledgertest.Receipt(notice, e, at.Add(time.Duration(i)*time.Second), digestOf(paper)))
	}
	certified := ledgertest.Receipt(notice, hub.EventCertificateIssued, at.Add(9*time.Second))
	certified.Details = map[string]any{"sha256": digestOf(body), "size": float64(len(body))}
	w.receipts = append(w.receipts, certified)
	for _, r := range more {
		r.Notice = notice
		w.receipts = append(w.receipts, r)
	}
	w.indexes = w.log.Append(w.receipts...)
	w.log.Append(ledgertest.Receipt(hub.NewID(at), hub.EventSubmissionAcceptance, at))
	return w
}

func (w *world) bundle(t *testing.T) ledger.Bundle {
	t.Helper()
	b := w.log.Bundle(w.receipts, w.indexes, nil)
	sum := sha256.Sum256([]byte(paper))
	b.Documents = []ledger.Document{{SHA256: sum[:]}}
	return b
}

// request asks about a bundle with all that a caller can hold but timestamps.
func (w *world) request(t *testing.T, b ledger.Bundle) verdict.Request {
	t.Helper()
	text, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return verdict.Request{
		Bundle: text, Keys: w.log.Keys(w.log.Signers...),
		Documents:   []ledger.Given{{Name: "paper.pdf", SHA256: sha256.Sum256([]byte(paper))}},
		Certificate: []byte(body + "\nand the signature that was appended"),
		Checkpoint:  w.held, Consistency: w.log.Consistency(301),
	}
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
