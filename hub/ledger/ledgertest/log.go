// Package ledgertest makes logs, checkpoints and bundles in memory, with keys of the test's own.
package ledgertest

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// Origin is the log of the tests.
const Origin = "ledger.example/test"

// Log is a log in memory. Each of its methods fails the test on an error.
type Log struct {
	t       testing.TB
	Origin  string
	Signers []*ledger.Signer
	Lines   [][]byte
	Time    time.Time // of the next checkpoint
	edge    *ledger.Edge
	tiles   map[tlog.Tile][]byte // by tile, its width zero
	keys    []keyChange
}

type keyChange struct {
	index int64
	note  string
}

// New starts a log with a new key, whose beginning is its first entry.
func New(t testing.TB) *Log {
	t.Helper()
	edge, err := ledger.NewEdge(tlog.Tree{Hash: emptyRoot()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &Log{t: t, Origin: Origin, edge: edge, tiles: map[tlog.Tile][]byte{}, Time: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	l.AddKey(l.NewSigner())
	return l
}

func emptyRoot() tlog.Hash {
	root, _ := tlog.TreeHash(0, nil)
	return root
}

// NewSigner makes a key for this log.
func (l *Log) NewSigner() *ledger.Signer {
	l.t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		l.t.Fatal(err)
	}
	s, err := ledger.NewSigner(l.Origin, key)
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// AddKey lets a key begin: from here on it signs beside the others.
func (l *Log) AddKey(s *ledger.Signer) {
	l.t.Helper()
	l.Signers = append(l.Signers, s)
	l.changeKey(ledger.Entry{At: l.Time, Key: s.VerifierKey()})
}

// RetireKey lets a key end: the others sign that.
func (l *Log) RetireKey(s *ledger.Signer) {
	l.t.Helper()
	kept := l.Signers[:0:0]
	for _, other := range l.Signers {
		if other != s {
			kept = append(kept, other)
		}
	}
	l.Signers = kept
	l.changeKey(ledger.Entry{At: l.Time, Key: s.VerifierKey(), Retire: true})
}

func (l *Log) changeKey(e ledger.Entry) {
	l.t.Helper()
	index := l.append(e)
	l.keys = append(l.keys, keyChange{index, l.Checkpoint()})
}

// Append seals receipts and gives where they are.
func (l *Log) Append(receipts ...ledger.Receipt) []int64 {
	l.t.Helper()
	indexes := make([]int64, len(receipts))
	for i, r := range receipts {
		e, err := ledger.NewEntry(r)
		if err != nil {
			l.t.Fatal(err)
		}
		indexes[i] = l.append(e)
	}
	return indexes
}

func (l *Log) append(e ledger.Entry) int64 { return l.add(e.Marshal()) }

func (l *Log) add(line []byte) int64 {
	l.Lines = append(l.Lines, line)
	for _, t := range l.edge.Append([][]byte{line}) {
		t.W = 0
		l.tiles[t.Tile] = t.Bytes
	}
	return int64(len(l.Lines)) - 1
}

// Tree is the log as it is now.
func (l *Log) Tree() tlog.Tree {
	l.t.Helper()
	root, err := l.edge.Root()
	if err != nil {
		l.t.Fatal(err)
	}
	return tlog.Tree{N: l.edge.Size(), Hash: root}
}

// Reader reads the hashes of the log.
func (l *Log) Reader() tlog.HashReader {
	l.t.Helper()
	return ledger.Tiles(l.Tree(), l.ReadTiles)
}

// ReadTiles gives tiles, at least as wide as asked for.
func (l *Log) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		t.W = 0
		if out[i] = l.tiles[t]; out[i] == nil {
			return nil, errors.New("no such tile")
		}
	}
	return out, nil
}

// Checkpoint signs the log as it is now.
func (l *Log) Checkpoint() string {
	l.t.Helper()
	signed, err := ledger.Checkpoint{Origin: l.Origin, Tree: l.Tree(), Time: l.Time}.Sign(l.Signers...)
	if err != nil {
		l.t.Fatal(err)
	}
	return signed
}

// Inclusion proves an entry under the log as it is now.
func (l *Log) Inclusion(index int64) tlog.RecordProof {
	l.t.Helper()
	proof, err := ledger.ProveInclusion(l.Tree(), index, l.Reader())
	if err != nil {
		l.t.Fatal(err)
	}
	return proof
}

// Consistency proves that the log as it is now extends its first old entries.
func (l *Log) Consistency(old int64) tlog.TreeProof {
	l.t.Helper()
	proof, err := ledger.ProveConsistency(l.Tree(), old, l.Reader())
	if err != nil {
		l.t.Fatal(err)
	}
	return proof
}

// Bundle proves receipts of one notice, which Append gave these indexes. withhold is as in ledger.Receipt.Open.
func (l *Log) Bundle(receipts []ledger.Receipt, indexes []int64, withhold func(string) bool) ledger.Bundle {
	l.t.Helper()
	b := ledger.Bundle{Form: ledger.BundleForm, Notice: receipts[0].Notice, Checkpoint: l.Checkpoint(), Keys: l.KeyChanges()}
	for i, r := range receipts {
		opened, err := r.Open(withhold)
		if err != nil {
			l.t.Fatal(err)
		}
		b.Receipts = append(b.Receipts, ledger.BundledReceipt{Index: indexes[i], Opened: opened, Proof: l.Inclusion(indexes[i])})
	}
	return b
}

// KeyChanges is the history of the log's keys, as it belongs into a bundle made now.
func (l *Log) KeyChanges() []ledger.KeyChange {
	l.t.Helper()
	var out []ledger.KeyChange
	for _, k := range l.keys {
		body, _, _ := strings.Cut(k.note, "\n\n")
		head, err := ledger.ParseCheckpoint(body + "\n")
		if err != nil {
			l.t.Fatal(err)
		}
		inclusion, err := ledger.ProveInclusion(head.Tree, k.index, l.Reader())
		if err != nil {
			l.t.Fatal(err)
		}
		out = append(out, ledger.KeyChange{Index: k.index, Entry: string(l.Lines[k.index]), Inclusion: inclusion,
			Past: ledger.Past{Checkpoint: k.note, Proof: l.Consistency(head.N)}})
	}
	return out
}

// Keys are those of signers, as a verifier has them.
func (l *Log) Keys(signers ...*ledger.Signer) ledger.Keys {
	l.t.Helper()
	var texts []string
	for _, s := range signers {
		texts = append(texts, s.VerifierKey())
	}
	keys, err := ledger.ParseKeys(texts...)
	if err != nil {
		l.t.Fatal(err)
	}
	return keys
}

// Receipt is a receipt of a notice, with a salt of its own and the digests of these documents.
func Receipt(notice hub.ID, event hub.Event, at time.Time, documents ...string) ledger.Receipt {
	list := make([]any, len(documents))
	for i, d := range documents {
		list[i] = d
	}
	r := ledger.Receipt{Form: ledger.Form, Submitter: hub.NewID(at), Receipt: hub.Receipt{
		ID: hub.NewID(at), Event: event, At: at, RecordedAt: at, Notice: notice, Case: hub.NewID(at), Recipient: hub.NewID(at),
		Capacity: "defendant", Actor: hub.Actor{Kind: hub.ActorSystem}, Channel: "inbox",
		Details: map[string]any{"parts": map[string]any{"subject": "aa", "documents": list}},
	}}
	_, _ = rand.Read(r.Salt[:])
	return r
}

// Fork is another log under the same keys, the same up to a size.
func Fork(l *Log, size int) *Log {
	l.t.Helper()
	f := &Log{t: l.t, Origin: l.Origin, Signers: l.Signers, Time: l.Time, tiles: map[tlog.Tile][]byte{}}
	var err error
	if f.edge, err = ledger.NewEdge(tlog.Tree{Hash: emptyRoot()}, nil); err != nil {
		l.t.Fatal(err)
	}
	for _, line := range l.Lines[:size] {
		f.add(line)
	}
	for _, k := range l.keys {
		if k.index < int64(size) {
			f.keys = append(f.keys, k)
		}
	}
	return f
}

// T is the test that the log is of.
func (l *Log) T() testing.TB { return l.t }
