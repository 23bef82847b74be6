package channels

import (
	"context"
	"errors"

	"eblagh/hub"
)

// watched hands texts on to a provider and tells the registry what became of them.
type watched struct {
	hub.Sender
	registry *Registry
	member   *member
	ticket   ticket
}

// Window implements hub.Sender: a probe risks one text.
func (w *watched) Window() int {
	if w.ticket.probe > 0 {
		return 1
	}
	return w.Sender.Window()
}

// Send implements hub.Sender.
func (w *watched) Send(ctx context.Context, texts []hub.Text) []hub.Sent {
	sent := w.Sender.Send(ctx, texts)
	v, n := weigh(len(texts), sent)
	if (v == faulty || v == cut) && errors.Is(ctx.Err(), context.Canceled) {
		v = neutral // we stopped, the provider did not fail
	}
	w.registry.judge(w.member, w.ticket, v, n)
	return sent
}

// weigh tells what a slice says of its provider, whatever the order of the answers: faulty when most of the answers
// that tell anything are faults, with their number; cut when a connection was lost over some of them. A text without an
// answer is a fault.
func weigh(texts int, sent []hub.Sent) (verdict, int) {
	faults, fine, broken := max(0, texts-len(sent)), 0, faulty
	for _, s := range sent {
		if s.Cut {
			broken = cut
		}
		switch tells(s) {
		case faulty:
			faults++
		case well:
			fine++
		}
	}
	switch {
	case faults > fine:
		return broken, faults
	case fine > 0:
		return well, fine
	}
	return neutral, 0
}

// tells is what one answer says of the provider, not of the number.
func tells(s hub.Sent) verdict {
	switch {
	case s.Outcome == hub.OutcomeUnknown, s.Reason == hub.ReasonProvider, s.Reason == hub.ReasonNoOutcome:
		return faulty
	case s.Reason == hub.ReasonThrottled:
		return neutral
	}
	return well
}

func (r *Registry) judge(m *member, t ticket, v verdict, n int) {
	jitter := 0.8 + 0.4*r.o.Random()
	r.mu.Lock()
	before := m.circuit.phase
	m.circuit.judge(r.o.Clock(), t, v, n, jitter)
	after, pause := m.circuit.phase, m.circuit.pause
	r.mu.Unlock()
	switch {
	case before == after:
	case after == Open:
		r.o.Logger.Warn("a provider fails; others take its texts", "provider", m.Sender.Name(), "pause", pause)
	case after == Closed:
		r.o.Logger.Info("a provider is well again", "provider", m.Sender.Name())
	}
}
