package dispatch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"eblagh/hub"
)

// Beginning is a slice of texts to begin, through one provider.
type Beginning struct {
	ID         hub.ID // names this call
	Deliveries []hub.ID
	Receipts   []hub.ID // for those that close at once, one per delivery
	Provider   string
	Lease      time.Duration // without an outcome by then, the attempt is unknown
	// Hush tells until when a text must not begin now, given its recipient's time zone. nil: it may begin.
	Hush func(p hub.Priority, zone string, now time.Time) (until time.Time, quiet bool)
}

// Started is one attempt that is committed and not yet sent. What is sealed is opened only to be sent.
type Started struct {
	Key       hub.AttemptKey
	Priority  hub.Priority
	Person    hub.ID // whose number it is
	MobileCT  []byte
	Language  string
	Number    string      // of the notice
	ArrivedAt time.Time   // of the notice
	Challenge hub.ID      // a code instead of a notice
	Purpose   hub.Purpose // of the code
	Shared    bool        // somebody else who is enrolled has the number as well
}

// Moved is a text that reached another state without a fresh outcome: it closed, became unknown, or waits for the end of
// quiet hours.
type Moved struct {
	Delivery hub.ID
	Priority hub.Priority
	Status   hub.DeliveryStatus
	Reason   hub.Reason
}

// Ended is the outcome of an attempt, and where its delivery goes by it.
type Ended struct {
	Key       hub.AttemptKey
	Priority  hub.Priority
	Outcome   hub.Outcome
	Reason    hub.Reason
	MessageID string
	Message   string // normalised MessageID; empty for a text in parts, whose reports name the parts
	Parts     []Part
	Next      hub.DeliveryStatus
	Due       time.Duration // from now until somebody looks again; of no meaning for final states
	Closing   hub.Reason    // why the delivery closed, when that is more than the attempt's reason
	Receipt   hub.ID        // D.3 or D.4
	Delivered hub.ID        // NotificationDelivered
}

// Part is one part of a text that went in several.
type Part struct {
	MessageID string // empty: its answer never came
	Message   string // normalised
}

// Attempt sends the texts of claimed deliveries, in slices of the provider's window: attempts commit, texts leave,
// outcomes commit. A crash in between leaves a slice unknown, which is never sent blindly again.
func (d *Dispatcher) Attempt(ctx context.Context, ids []hub.ID) error {
	return d.attempt(ctx, hub.PriorityNormal, ids)
}

func (d *Dispatcher) attempt(ctx context.Context, priority hub.Priority, ids []hub.ID) error {
	if len(ids) == 0 {
		return nil
	}
	held, err := d.store.HeldProviders(ctx)
	if err != nil {
		return fmt.Errorf("held providers: %w", err)
	}
	barred, partly := map[string]bool{}, map[string]bool{}
	for _, h := range held {
		if h.Whole {
			barred[h.Name] = true
		} else {
			partly[h.Name] = true
		}
	}
	return d.attemptPast(ctx, priority, ids, barred, partly)
}

// attemptPast sends through providers that are not barred. What one that is held for some submitters must not take goes
// on past it, to the others.
func (d *Dispatcher) attemptPast(ctx context.Context, priority hub.Priority, ids []hub.ID, barred, partly map[string]bool) error {
	var last time.Duration // that a slice took
	for len(ids) > 0 {
		if err := timeFor(ctx, last); err != nil {
			return fmt.Errorf("texts left for later: %w", err) // they are claimed, and become due again
		}
		began := time.Now()
		sender, ok := d.pick(priority, barred)
		if !ok && priority == hub.PriorityCode && len(barred) > 0 {
			sender, ok = d.pick(priority, nil) // better through a held provider than not at all: somebody wants to sign in
		}
		if !ok {
			return nil // likewise
		}
		n := min(len(ids), max(1, sender.Window()))
		left, err := d.attemptSlice(ctx, sender, ids[:n])
		if err != nil {
			return err
		}
		if name := sender.Name(); partly[name] && len(left) > 0 {
			past := maps.Clone(barred)
			past[name] = true
			if err := d.attemptPast(ctx, priority, left, past, partly); err != nil {
				return err
			}
		}
		ids, last = ids[n:], time.Since(began)
	}
	return nil
}

var errShort = errors.New("too little time for a slice")

// timeFor refuses to begin what would not be over when ctx ends: texts whose turn does not come by then lose an attempt.
func timeFor(ctx context.Context, slice time.Duration) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if end, limited := ctx.Deadline(); limited && time.Until(end) < slice {
		return errShort
	}
	return nil
}

// attemptSlice gives those that did not begin and did not close.
func (d *Dispatcher) attemptSlice(ctx context.Context, sender hub.Sender, ids []hub.ID) (left []hub.ID, err error) {
	beginning := d.newID()
	started, closed, err := d.store.BeginAttempts(ctx, Beginning{
		ID: beginning, Deliveries: ids, Receipts: d.newIDs(len(ids)), Provider: sender.Name(), Lease: d.plan.Sending,
		Hush: d.hush,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin attempts: %w", err), d.disown(ctx, beginning, ids))
	}
	d.countMoved(closed)
	left = leftOver(ids, started, closed)
	if len(started) == 0 {
		return left, nil
	}
	// The attempts are committed: whatever happens from here on, none of them is sent a second time.
	ends := d.send(ctx, sender, started)
	return left, d.endAttempts(ctx, sender.Name(), ends)
}

// disown takes back attempts that may have begun though their caller was told otherwise: the commit took effect, and the
// answer was lost. None of their texts left, and only this process knows it; when it dies before, they become unknown.
func (d *Dispatcher) disown(ctx context.Context, beginning hub.ID, ids []hub.ID) error {
	ctx, cancel := d.insist(ctx)
	defer cancel()
	if err := persist(ctx, func() error { return d.store.DisownAttempts(ctx, beginning, ids) }); err != nil {
		return fmt.Errorf("disown attempts: %w", err)
	}
	return nil
}

func leftOver(ids []hub.ID, started []Started, closed []Moved) []hub.ID {
	gone := make(map[hub.ID]bool, len(ids))
	for _, s := range started {
		gone[s.Key.Delivery] = true
	}
	for _, c := range closed {
		gone[c.Delivery] = true
	}
	var left []hub.ID
	for _, id := range ids {
		if !gone[id] {
			left = append(left, id)
		}
	}
	return left
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
	ends := make([]Ended, len(started))
	for i, s := range started {
		sent, ok := answers[s.Key]
		if !ok { // the contract was broken: it may have left
			sent = hub.Sent{Attempt: s.Key, Outcome: hub.OutcomeUnknown, Reason: hub.ReasonProvider}
		}
		ends[i] = d.end(s, sent)
	}
	return ends
}

// end decides where a delivery goes after an outcome.
func (d *Dispatcher) end(s Started, sent hub.Sent) Ended {
	waits := d.plan.waits(s.Priority)
	reason := sent.Reason.OrProvider()
	e := Ended{Key: s.Key, Priority: s.Priority, Outcome: sent.Outcome, Reason: reason, Closing: reason, Receipt: d.newID(),
		Delivered: d.newID()}
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
	var keys []MessageKey
	for _, e := range ends {
		d.meter.Attempted(provider, e.Outcome, e.Reason, 1)
		d.meter.Moved(hub.ChannelSMS, e.Next, 1)
		switch e.Next {
		case hub.DeliveryPending:
			d.meter.Retried(e.Priority, 1)
		case hub.DeliveryDelivered:
			d.countReached(e.Priority, e.Key.Delivery)
		}
		for _, part := range append(e.Parts, Part{Message: e.Message}) {
			if part.Message != "" {
				keys = append(keys, MessageKey{Provider: provider, Message: part.Message})
			}
		}
	}
	// Only after this commit: whichever of outcome and report commits last finds the other. Of a delivery that closed
	// meanwhile nobody would look for reports again, so this is insisted on as well.
	return persist(ctx, func() error { _, err := d.match(ctx, keys); return err })
}

// insist gives time to write what only this process knows: as long as an attempt may take, while the store is away, but
// only a quarter of that once the caller has given up. What comes after the lease still settles what became unknown.
func (d *Dispatcher) insist(ctx context.Context) (context.Context, context.CancelFunc) {
	patient, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), d.plan.Sending, errors.New("the lease is over"))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d.plan.Sending/4, cancel) })
	return patient, func() { stop(); cancel() }
}

// persist repeats what failed, a little later each time, until it works or ctx ends.
func persist(ctx context.Context, do func() error) error {
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := do()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-time.After(wait):
		}
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
