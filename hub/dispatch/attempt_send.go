package dispatch

import (
	"context"
	"errors"
	"fmt"

	"eblagh/hub"
)

// begin commits attempts. Once it has, and whatever happens from there on, none of them is sent a second time.
func (d *Dispatcher) begin(ctx context.Context, sender hub.Sender, b Beginning) ([]Started, []Moved, error) {
	b.ID, b.Provider, b.Lease, b.Hush = d.newID(), sender.Name(), d.plan.Sending, d.hush
	started, closed, err := d.store.BeginAttempts(ctx, b)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("begin attempts: %w", err), d.disown(ctx, b.ID, started))
	}
	d.countMoved(closed)
	return started, closed, nil
}

// disown takes back attempts that may have begun though their caller was told otherwise: the commit took effect, and the
// answer was lost. None of their texts left, and only this process knows it; when it dies before, they become unknown.
func (d *Dispatcher) disown(ctx context.Context, beginning hub.ID, begun []Started) error {
	if len(begun) == 0 {
		return nil
	}
	ids := make([]hub.ID, len(begun))
	for i, s := range begun {
		ids[i] = s.Key.Delivery
	}
	ctx, cancel := d.insist(ctx)
	defer cancel()
	if err := persist(ctx, func() error { return d.store.DisownAttempts(ctx, beginning, ids) }); err != nil {
		return fmt.Errorf("disown attempts: %w", err)
	}
	return nil
}

// send composes and sends a slice and turns what the provider answers into where each delivery goes next.
func (d *Dispatcher) send(ctx context.Context, sender hub.Sender, started []Started) []Ended {
	texts, answers := make([]hub.Text, 0, len(started)), make(map[hub.AttemptKey]hub.Sent, len(started))
	for _, s := range started {
		text, err := d.compose(s)
		if err != nil {
			d.log.Error("a text cannot be composed", "delivery", s.Key.Delivery, "error", err)
			answers[s.Key] = hub.Sent{Attempt: s.Key, Outcome: hub.OutcomeRejected, Reason: hub.ReasonBadNumber}
			continue
		}
		texts = append(texts, text)
	}
	if len(texts) > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, d.plan.Sending*3/4, errors.New("the provider took too long"))
		defer cancel()
		for _, sent := range sender.Send(limited, texts) {
			if _, twice := answers[sent.Attempt]; !twice {
				answers[sent.Attempt] = sent
			}
		}
	}
	ends, receipts := make([]Ended, len(started)), d.newIDs(2*len(started))
	for i, s := range started {
		sent, ok := answers[s.Key]
		if !ok { // the contract was broken: it may have left
			sent = hub.Sent{Attempt: s.Key, Outcome: hub.OutcomeUnknown, Reason: hub.ReasonProvider}
		}
		ends[i] = d.end(s, sent, receipts[2*i], receipts[2*i+1])
	}
	return ends
}
