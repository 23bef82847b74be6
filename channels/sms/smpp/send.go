package smpp

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/channels"
	"eblagh/hub"
)

// send has texts leave as places become free, as many at once as a connection has room for.
func (p *Provider) send(ctx context.Context, texts []hub.Text, first bool) []hub.Sent {
	sent := make([]hub.Sent, len(texts))
	began := time.Now()
	flights := p.prepare(ctx, texts, sent)
	var wg sync.WaitGroup
	for len(flights) > 0 {
		l, n := p.pool.takeSome(ctx, p.o.Patience, first, len(flights))
		if l == nil {
			break
		}
		some := flights[:n]
		wg.Go(func() { p.fly(ctx, l, some) })
		flights = flights[n:]
	}
	for _, f := range flights {
		f.sent.Outcome, f.sent.Reason = hub.OutcomeDeferred, hub.ReasonProvider
	}
	wg.Wait()
	p.slicer.learn(len(texts), p.places(), time.Since(began))
	return sent
}

// prepare makes what the message centre gets of each text. What cannot be made is refused at once.
func (p *Provider) prepare(ctx context.Context, texts []hub.Text, sent []hub.Sent) []flight {
	flights, ids := make([]flight, 0, len(texts)), make([]string, len(texts))
	for i, text := range texts {
		sent[i].Attempt = text.Attempt
		var parts [][]byte
		var err error
		broken := channels.Unbroken(texts[i:i+1], func() []hub.Sent {
			parts, err = submits(p.o.Sender, text, p.references.next(text.To))
			return nil
		})
		switch {
		case broken != nil:
			sent[i] = broken[0]
		case err != nil:
			p.log.ErrorContext(ctx, "a text cannot be sent", "delivery", text.Attempt.Delivery, "error", err)
			sent[i].Outcome, sent[i].Reason = hub.OutcomeRejected, hub.ReasonProvider
		default:
			f := flight{sent: &sent[i], parts: parts, ids: ids[i : i+1 : i+1]}
			if len(parts) > 1 {
				f.ids = make([]string, len(parts))
			}
			flights = append(flights, f)
		}
	}
	return flights
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
