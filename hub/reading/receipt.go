package reading

import (
	"context"
	"maps"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Receipts lists the receipts of a notice in time order: for its submitter's side, for its addressee once it arrived,
// and for auditors. Until the addressee opens it, their list says what happened and nothing of what the paper is: the
// digest of a short subject can be guessed, and a capacity (the accused) is content too. An auditor, who reads no
// papers, gets the digests of documents only. Errors: unauthorized, forbidden, not-found.
func (r *Reader) Receipts(ctx context.Context, p access.Principal, notice hub.ID) ([]hub.Receipt, error) {
	if _, err := access.May(p, access.ReceiptRead); err != nil {
		return nil, err
	}
	var receipts []hub.Receipt
	err := r.store.ReadAs(ctx, p, func(v View) error {
		evidence, err := v.Evidence(ctx, notice)
		if err != nil {
			return err
		}
		if len(evidence) == 0 {
			return hub.ErrNotFound
		}
		of := access.Object{Organisation: evidence[0].Submitter, Person: evidence[0].Receipt.Recipient}
		d, err := access.Decide(p, access.ReceiptRead, of)
		if err != nil {
			return err
		}
		if receipts, err = shownTo(p, d, evidence); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.ReceiptRead, notice, len(receipts))
	})
	if err != nil {
		return nil, err // what was read but not recorded is not shown
	}
	return receipts, nil
}

// shownTo gives what may be shown of the evidence. Who is the addressee gets no more for another role they hold.
func shownTo(p access.Principal, d access.Decision, evidence []Evidence) ([]hub.Receipt, error) {
	receipts, arrived, opened := make([]hub.Receipt, len(evidence)), false, false
	for i, e := range evidence {
		receipts[i] = e.Receipt
		arrived = arrived || e.Receipt.Event == hub.EventContentConsignment
		opened = opened || e.Receipt.Event == hub.EventContentHandover
	}
	addressee := !p.PersonID().IsZero() && p.PersonID() == receipts[0].Recipient
	switch {
	case addressee && !arrived:
		return nil, hub.ErrNotFound
	case addressee && !opened:
		for i := range receipts {
			receipts[i].Case, receipts[i].Capacity, receipts[i].Details = hub.ID{}, "", nil
		}
	case d.Role == hub.RoleAuditor:
		for i := range receipts {
			receipts[i].Details = documentDigests(receipts[i].Details)
		}
	}
	return receipts, nil
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
