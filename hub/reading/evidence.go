package reading

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/ledger"
)

// LogView reads the log of receipts, which is public.
type LogView interface {
	// LogHead is the newest signed checkpoint. Errors: not-found when nothing was sealed yet.
	LogHead(ctx context.Context) (string, error)
	// LogHeadAt is the first signed checkpoint of at least this size. Errors: not-found.
	LogHeadAt(ctx context.Context, size int64) (string, error)
	// LogTiles gives tiles, at least as wide as asked for.
	LogTiles(ctx context.Context, tiles []tlog.Tile) ([][]byte, error)
	// LogKeys lists the changes of the log's keys, oldest first.
	LogKeys(ctx context.Context) ([]LogKey, error)
	// LogStamps gives, per authority, the first timestamp of a log of at least this size, else the newest.
	LogStamps(ctx context.Context, size int64) ([]LogStamp, error)
}

// LogKey is an entry of the log that changes its keys.
type LogKey struct {
	Index int64
	Entry string
}

// LogStamp is a timestamp of a signed checkpoint.
type LogStamp struct {
	Authority  string
	Token      []byte
	At         time.Time
	Checkpoint string
}

// Evidence proves what happened to a notice, for whoever may read its receipts, as of the newest checkpoint. What
// Receipts does not show is withheld here too: the log commits to it all the same. earlier is the size of a checkpoint
// that the caller holds (0: none): the bundle then proves that the log extends it. Errors: as for Receipts; validation
// for a size that the log never had; overloaded while nothing of the notice is sealed yet.
func (r *Reader) Evidence(ctx context.Context, p access.Principal, notice hub.ID, earlier int64) (ledger.Bundle, error) {
	if _, err := access.May(p, access.ReceiptRead); err != nil {
		return ledger.Bundle{}, err
	}
	var bundle ledger.Bundle
	err := r.store.ReadAs(ctx, p, func(v View) error {
		evidence, how, d, err := r.evidence(ctx, v, p, notice)
		if err != nil {
			return err
		}
		if bundle, err = prove(ctx, v, notice, evidence, how, earlier); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.ReceiptRead, notice, len(bundle.Receipts))
	})
	if err != nil {
		return ledger.Bundle{}, err // what was read but not recorded is not shown
	}
	return bundle, nil
}

// evidence reads the receipts of a notice, and decides what of them is shown.
func (r *Reader) evidence(ctx context.Context, v View, p access.Principal, notice hub.ID) ([]Evidence, shown, access.Decision, error) {
	evidence, err := v.Evidence(ctx, notice)
	if err != nil {
		return nil, shownCover, access.Decision{}, err
	}
	if len(evidence) == 0 {
		return nil, shownCover, access.Decision{}, hub.ErrNotFound
	}
	first := evidence[0]
	counsel, err := counselIn(ctx, v, p, first.Receipt.Case)
	if err != nil {
		return nil, shownCover, access.Decision{}, err
	}
	of := counsel.object(first.Receipt.Case, first.Receipt.Recipient, first.Submitter, opened(evidence))
	d, err := access.Decide(p, access.ReceiptRead, of)
	if err != nil {
		return nil, shownCover, d, err
	}
	how, err := shownTo(p, d, evidence)
	return evidence, how, d, err
}

// withholds tells the fields that are left out.
func (s shown) withholds(label string) bool {
	switch s {
	case shownCover:
		return label == "case" || label == "capacity" || strings.HasPrefix(label, "parts/") || strings.HasPrefix(label, "details/")
	case shownDigests:
		return strings.HasPrefix(label, "parts/") && label != "parts/documents"
	}
	return false
}

// proving is one bundle being made.
type proving struct {
	ledger.Bundle
	ctx    context.Context
	view   View
	head   ledger.Checkpoint
	hashes tlog.HashReader
}

func prove(ctx context.Context, v View, notice hub.ID, evidence []Evidence, how shown, earlier int64) (ledger.Bundle, error) {
	p := &proving{Bundle: ledger.Bundle{Form: ledger.BundleForm, Notice: notice}, ctx: ctx, view: v}
	if err := p.open(); err != nil {
		return ledger.Bundle{}, err
	}
	for _, step := range []func() error{
		func() error { return p.addReceipts(evidence, how) }, p.addDocuments, p.addKeys, p.addStamps,
		func() error { return p.addEarlier(earlier) },
	} {
		if err := step(); err != nil {
			return ledger.Bundle{}, err
		}
	}
	return p.Bundle, nil
}

var errNotSealed = hub.Refuse(hub.CodeOverloaded, "this is being sealed; try again in a moment")

func (p *proving) open() (err error) {
	p.Checkpoint, err = p.view.LogHead(p.ctx)
	if errors.Is(err, hub.ErrNotFound) {
		return errNotSealed
	}
	if err != nil {
		return err
	}
	p.head, err = ledger.ReadCheckpoint(p.Checkpoint)
	p.hashes = ledger.Tiles(p.head.Tree, func(tiles []tlog.Tile) ([][]byte, error) { return p.view.LogTiles(p.ctx, tiles) })
	return err
}

func (p *proving) addReceipts(evidence []Evidence, how shown) error {
	for _, e := range evidence {
		if e.LogIndex == 0 || e.LogIndex >= p.head.N {
			continue
		}
		opened, err := e.Open(how.withholds)
		if err != nil {
			return err
		}
		proof, err := ledger.ProveInclusion(p.head.Tree, e.LogIndex, p.hashes)
		if err != nil {
			return err
		}
		p.Receipts = append(p.Receipts, ledger.BundledReceipt{Index: e.LogIndex, Opened: opened, Proof: proof})
	}
	if len(p.Receipts) == 0 {
		return errNotSealed
	}
	slices.SortFunc(p.Receipts, func(a, b ledger.BundledReceipt) int { return int(a.Index - b.Index) })
	return nil
}

// addDocuments lists the documents by the digests that the receipts show.
func (p *proving) addDocuments() error {
	seen := map[string]bool{}
	for _, r := range p.Receipts {
		var digests []string
		if list, ok := r.Fields["parts/documents"]; !ok || json.Unmarshal(list, &digests) != nil {
			continue
		}
		for _, digest := range digests {
			sum, err := hex.DecodeString(digest)
			if err != nil || seen[digest] {
				continue
			}
			seen[digest] = true
			p.Documents = append(p.Documents, ledger.Document{SHA256: sum})
		}
	}
	return nil
}

func (p *proving) addKeys() error {
	changes, err := p.view.LogKeys(p.ctx)
	if err != nil {
		return err
	}
	for _, change := range changes {
		if change.Index >= p.head.N {
			continue
		}
		note, err := p.view.LogHeadAt(p.ctx, change.Index+1)
		if err != nil {
			return err
		}
		past, head, err := p.past(note)
		if err != nil {
			return err
		}
		inclusion, err := ledger.ProveInclusion(head.Tree, change.Index, p.hashes)
		if err != nil {
			return err
		}
		p.Keys = append(p.Keys, ledger.KeyChange{Index: change.Index, Entry: change.Entry, Inclusion: inclusion, Past: past})
	}
	return nil
}

func (p *proving) addStamps() error {
	stamps, err := p.view.LogStamps(p.ctx, p.Receipts[len(p.Receipts)-1].Index+1)
	if err != nil {
		return err
	}
	for _, s := range stamps {
		past, head, err := p.past(s.Checkpoint)
		if err != nil {
			return err
		}
		if head.N > p.Receipts[0].Index { // else it proves nothing here
			p.Timestamps = append(p.Timestamps, ledger.Timestamp{Authority: s.Authority, Token: s.Token, Past: past})
		}
	}
	return nil
}

func (p *proving) addEarlier(size int64) error {
	if size == 0 {
		return nil
	}
	refused := &hub.Error{Code: hub.CodeValidation, Detail: "some fields are not right", Fields: []hub.Field{
		{Pointer: "/earlier", Code: "unknown", Detail: "the log has no checkpoint of this size"}}}
	note, err := p.view.LogHeadAt(p.ctx, size)
	if errors.Is(err, hub.ErrNotFound) {
		return refused
	}
	if err != nil {
		return err
	}
	past, head, err := p.past(note)
	if err != nil {
		return err
	}
	if head.N != size {
		return refused
	}
	p.Earlier = &past
	return nil
}

// past proves that the log extends an earlier checkpoint.
func (p *proving) past(note string) (ledger.Past, ledger.Checkpoint, error) {
	head, err := ledger.ReadCheckpoint(note)
	if err != nil {
		return ledger.Past{}, head, err
	}
	proof, err := ledger.ProveConsistency(p.head.Tree, head.N, p.hashes)
	return ledger.Past{Checkpoint: note, Proof: proof}, head, err
}
