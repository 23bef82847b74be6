package dispatch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"eblagh/hub"
)

// end decides where a delivery goes after an outcome, and which receipts it may leave.
func (d *Dispatcher) end(s Started, sent hub.Sent, receipt, delivered hub.ID) Ended {
	waits := d.plan.waits(s.Priority)
	reason := sent.Reason.OrProvider()
	e := Ended{Key: s.Key, Priority: s.Priority, Person: s.Person, About: s.About, Outcome: sent.Outcome, Reason: reason,
		Closing: reason, Receipt: receipt, Delivered: delivered}
	e.name(sent)
	switch sent.Outcome {
	case hub.OutcomeAccepted:
		e.Next, e.Due = hub.DeliverySent, waits.Report
	case hub.OutcomeDelivered:
		e.Next = hub.DeliveryDelivered
	case hub.OutcomeRejected:
		e.Next = hub.DeliveryFailed
	case hub.OutcomeDeferred:
		var again bool
		if e.Due, again = waits.retry(s.Key.N); again {
			e.Next = hub.DeliveryPending
		} else {
			e.Next, e.Closing = hub.DeliveryFailed, hub.ReasonTooMany
		}
	default:
		e.Outcome, e.Next, e.Due = hub.OutcomeUnknown, hub.DeliveryUnknown, waits.Settle
	}
	return e
}

// name takes over under which ids the provider knows the text.
func (e *Ended) name(sent hub.Sent) {
	if len(sent.Parts) == 0 {
		e.MessageID = storable(sent.MessageID)
		e.Message = NormaliseMessageID(e.MessageID)
		return
	}
	ids := make([]string, len(sent.Parts))
	e.Parts = make([]Part, len(sent.Parts))
	for i, id := range sent.Parts {
		ids[i] = storable(id)
		e.Parts[i] = Part{MessageID: ids[i], Message: NormaliseMessageID(ids[i])}
	}
	if !slices.Contains(ids, "") {
		e.MessageID = strings.Join(ids, "+") // the evidence names them all
	}
}

// endAttempts writes outcomes. It goes on trying until the lease of the attempts is over, even when ctx has ended: an
// outcome that is known must not become unknown for want of a second try. The fence makes repetition harmless.
func (d *Dispatcher) endAttempts(ctx context.Context, provider string, ends []Ended) error {
	ctx, cancel := d.insist(ctx)
	defer cancel()
	// By id, as every transaction that holds several deliveries.
	slices.SortFunc(ends, func(a, b Ended) int { return slices.Compare(a.Key.Delivery[:], b.Key.Delivery[:]) })
	if err := persist(ctx, func() error { _, err := d.store.EndAttempts(ctx, ends); return err }); err != nil {
		return fmt.Errorf("outcomes of attempts: %w", err)
	}
	d.countEnded(provider, ends)
	keys := make([]MessageKey, 0, len(ends))
	for _, e := range ends {
		if e.Message != "" {
			keys = append(keys, MessageKey{Provider: provider, Message: e.Message})
		}
		for _, part := range e.Parts {
			if part.Message != "" {
				keys = append(keys, MessageKey{Provider: provider, Message: part.Message})
			}
		}
	}
	// Only after this commit: whichever of outcome and report commits last finds the other. Of a delivery that closed
	// meanwhile nobody would look for reports again, so this is insisted on as well.
	return persist(ctx, func() error { _, err := d.match(ctx, keys); return err })
}

// countEnded counts those together that ended the same way: there are few ways, and many texts.
func (d *Dispatcher) countEnded(provider string, ends []Ended) {
	type way struct {
		outcome hub.Outcome
		reason  hub.Reason
		next    hub.DeliveryStatus
	}
	ways := map[way]int{}
	for _, e := range ends {
		ways[way{e.Outcome, e.Reason, e.Next}]++
		switch e.Next {
		case hub.DeliveryPending:
			d.meter.Retried(e.Priority, 1)
		case hub.DeliveryDelivered:
			d.countReached(e.Priority, e.Key.Delivery)
		}
	}
	for w, n := range ways {
		d.meter.Attempted(provider, w.outcome, w.reason, n)
		d.meter.Moved(hub.ChannelSMS, w.next, n)
	}
}

func (d *Dispatcher) countMoved(closed []Moved) {
	for _, c := range closed {
		d.meter.Moved(hub.ChannelSMS, c.Status, 1)
		if c.Status == hub.DeliveryDelivered {
			d.countReached(c.Priority, c.Delivery)
		}
	}
}

// countReached goes by the time in the delivery's id, which was made when its text was.
func (d *Dispatcher) countReached(p hub.Priority, delivery hub.ID) {
	d.meter.Reached(p, max(0, d.clock().Sub(delivery.Time())))
}
