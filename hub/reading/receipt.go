package reading

import (
	"context"
	"maps"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Receipts lists the receipts of a notice in time order: for its submitter's side, for its addressee once it arrived,
// for the addressee's counsel once it was opened, and for auditors. Until the addressee opens it, their list says what happened and nothing of what the paper is: the
// digest of a short subject can be guessed, and a capacity (the accused) is content too. An auditor, who reads no
// papers, gets the digests of documents only. Errors: unauthorized, forbidden, not-found.
func (r *Reader) Receipts(ctx context.Context, p access.Principal, notice hub.ID) ([]hub.Receipt, error) {
	if _, err := access.May(p, access.ReceiptRead); err != nil {
		return nil, err
	}
	var receipts []hub.Receipt
	err := r.store.ReadAs(ctx, p, func(v View) error {
		evidence, how, d, err := r.evidence(ctx, v, p, notice)
		if err != nil {
			return err
		}
		receipts = nil
		for _, e := range evidence {
			receipts = append(receipts, how.of(e.Receipt.Receipt))
		}
		return r.note(ctx, v, p, d, access.ReceiptRead, notice, len(receipts))
	})
	if err != nil {
		return nil, err // what was read but not recorded is not shown
	}
	return receipts, nil
}

func opened(evidence []Evidence) bool {
	return slices.ContainsFunc(evidence, func(e Evidence) bool { return e.Receipt.Event == hub.EventContentHandover })
}

// shown is how much of the evidence somebody gets.
type shown int

const (
	shownAll     shown = iota
	shownCover         // what happened, and nothing of what the paper is
	shownDigests       // of the parts, the documents only
)

// shownTo tells how much of the evidence may be shown. Who is the addressee gets no more for another role they hold.
// Errors: not-found for the addressee before arrival.
func shownTo(p access.Principal, d access.Decision, evidence []Evidence) (shown, error) {
	arrived, opened := false, opened(evidence)
	for _, e := range evidence {
		arrived = arrived || e.Receipt.Event == hub.EventContentConsignment
	}
	addressee := !p.Addressee().IsZero() && p.Addressee() == evidence[0].Receipt.Recipient
	switch {
	case addressee && !arrived:
		return shownCover, hub.ErrNotFound
	case addressee && !opened:
		return shownCover, nil
	case d.Role == hub.RoleAuditor:
		return shownDigests, nil
	}
	return shownAll, nil
}

// of gives the receipt as far as it is shown.
func (s shown) of(r hub.Receipt) hub.Receipt {
	switch s {
	case shownCover:
		r.Case, r.Capacity, r.Details = hub.ID{}, "", nil
	case shownDigests:
		r.Details = documentDigests(r.Details)
	}
	return r
}

// documentDigests leaves of a receipt's parts the digests of documents: those of texts can be guessed.
func documentDigests(details map[string]any) map[string]any {
	parts, ok := details["parts"].(map[string]any)
	if !ok {
		return details
	}
	shown := maps.Clone(details)
	shown["parts"] = map[string]any{"documents": parts["documents"]}
	return shown
}
