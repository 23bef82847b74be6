package smpp

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/hub"
)

// throttledTries is how often one part goes out into a throttled connection before its text is left for later.
const throttledTries = 4

// sendText sends the parts one after another over one connection. The first that is not accepted decides: a handset
// cannot put the text together without it, so the others stay here.
func (p *Provider) sendText(ctx context.Context, text hub.Text, first bool) hub.Sent {
	sent := hub.Sent{Attempt: text.Attempt}
	requests, err := submits(p.o.Sender, text, p.references.next(text.To))
	if err != nil {
		p.log.ErrorContext(ctx, "a text cannot be sent", "delivery", text.Attempt.Delivery, "error", err)
		sent.Outcome, sent.Reason = hub.OutcomeRejected, hub.ReasonProvider
		return sent
	}
	l := p.pool.take(ctx, p.o.Patience, first)
	if l == nil {
		sent.Outcome, sent.Reason = hub.OutcomeDeferred, hub.ReasonProvider
		return sent
	}
	defer p.pool.giveBack(l)
	ids := make([]string, len(requests))
	for i, request := range requests {
		known := slices.Clone(ids[:i])
		late := func(f frame) { p.settleLate(text.Attempt, append(known, make([]string, len(ids)-i)...), i, f) }
		id, part := p.sendPart(ctx, l, request, late)
		ids[i], sent.Outcome, sent.Reason, sent.Cut = id, part.Outcome, part.Reason, part.Cut
		if sent.Outcome != hub.OutcomeAccepted {
			break
		}
	}
	return named(sent, ids)
}

// named gives a text the ids under which the message centre may know it; of what was not taken nobody asks.
func named(sent hub.Sent, ids []string) hub.Sent {
	taken := sent.Outcome == hub.OutcomeAccepted
	switch {
	case len(ids) == 1 && taken:
		sent.MessageID = ids[0]
	case len(ids) > 1 && (taken || sent.Outcome == hub.OutcomeUnknown):
		sent.Parts = ids
	}
	return sent
}

// sendPart sends one part, again after each pause while the connection is throttled.
func (p *Provider) sendPart(ctx context.Context, l *link, request *pdu.SubmitSM, late func(frame)) (string, hub.Sent) {
	for try := 0; ; try++ {
		if !p.waitRest(ctx, l) {
			return "", hub.Sent{Outcome: hub.OutcomeDeferred, Reason: hub.ReasonThrottled}
		}
		f, err := l.ask(ctx, request, late)
		if err != nil {
			return "", notAnswered(err)
		}
		if f.CommandStatus == data.ESME_RTHROTTLED {
			p.pool.pause(l, p.o.Pause<<try)
			if try == 0 {
				p.pool.precede(l, 1)
				defer p.pool.precede(l, -1)
			}
			if try+1 < throttledTries {
				continue
			}
		}
		id, outcome, reason := read(f)
		return id, hub.Sent{Outcome: outcome, Reason: reason}
	}
}

// read tells what an answer to submit_sm says.
func read(f frame) (string, hub.Outcome, hub.Reason) {
	verdict := judge(f.Header)
	if verdict.outcome != hub.OutcomeAccepted {
		return "", verdict.outcome, verdict.reason
	}
	if answer, ok := f.body.(*pdu.SubmitSMResp); ok {
		return answer.MessageID, verdict.outcome, verdict.reason
	}
	return "", hub.OutcomeUnknown, hub.ReasonProvider // it cannot be read
}

// waitRest waits while the connection pauses; false: ctx ended.
func (p *Provider) waitRest(ctx context.Context, l *link) bool {
	for {
		rest := p.pool.rest(l)
		if ctx.Err() != nil {
			return false
		}
		if rest <= 0 {
			return true
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

func notAnswered(err error) hub.Sent {
	switch {
	case errors.Is(err, errNotLeft):
		return hub.Sent{Outcome: hub.OutcomeDeferred, Reason: hub.ReasonProvider}
	case errors.Is(err, errLost):
		return hub.Sent{Outcome: hub.OutcomeUnknown, Reason: hub.ReasonProvider, Cut: true}
	}
	return hub.Sent{Outcome: hub.OutcomeUnknown, Reason: hub.ReasonNoOutcome}
}
