package smpp

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/hub"
)

// throttledTries is how often one part goes out into a throttled connection before its text is left for later.
const throttledTries = 4

// sendText sends the parts one after another over one connection. The first that is not accepted decides: a handset
// cannot put the text together without it, so the others stay here.
func (p *Provider) sendText(ctx context.Context, text hub.Text) hub.Sent {
	sent := hub.Sent{Attempt: text.Attempt}
	requests, err := submits(p.o.Sender, text, byte(p.reference.Add(1)))
	if err != nil {
		p.log.ErrorContext(ctx, "a text cannot be sent", "delivery", text.Attempt.Delivery, "error", err)
		sent.Outcome, sent.Reason = hub.OutcomeRejected, hub.ReasonProvider
		return sent
	}
	l := p.pool.take(ctx, p.o.Window, p.o.Patience)
	if l == nil {
		sent.Outcome, sent.Reason = hub.OutcomeDeferred, hub.ReasonProvider
		return sent
	}
	defer p.pool.giveBack(l)
	var ids []string
	if len(requests) > 1 {
		turn := p.parts.begin()
		defer func() {
			if sent.Outcome != hub.OutcomeAccepted {
				ids = nil
			}
			p.again(p.parts.end(turn, sent.MessageID, ids))
		}()
	}
	for _, request := range requests {
		var id string
		if id, sent.Outcome, sent.Reason = p.sendPart(ctx, l, request); sent.Outcome != hub.OutcomeAccepted {
			return sent
		}
		ids = append(ids, id)
	}
	sent.MessageID = ids[0]
	if len(ids) > 1 {
		sent.MessageID += "+" + strconv.Itoa(len(ids)-1)
	}
	return sent
}

// sendPart sends one part, again after each pause while the connection is throttled.
func (p *Provider) sendPart(ctx context.Context, l *link, request *pdu.SubmitSM) (string, hub.Outcome, hub.Reason) {
	for try := 0; ; try++ {
		if !p.waitRest(ctx, l) {
			return "", hub.OutcomeDeferred, hub.ReasonThrottled
		}
		f, err := l.ask(ctx, request)
		if err != nil {
			outcome, reason := notAnswered(err)
			return "", outcome, reason
		}
		if f.CommandStatus == data.ESME_RTHROTTLED {
			p.pool.pause(l, p.o.Pause<<try)
			if try+1 < throttledTries {
				continue
			}
		}
		verdict := judge(f.Header)
		if answer, ok := f.body.(*pdu.SubmitSMResp); ok && verdict.outcome == hub.OutcomeAccepted {
			return answer.MessageID, verdict.outcome, verdict.reason
		}
		if verdict.outcome == hub.OutcomeAccepted { // it cannot be read
			return "", hub.OutcomeUnknown, hub.ReasonProvider
		}
		return "", verdict.outcome, verdict.reason
	}
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

func notAnswered(err error) (hub.Outcome, hub.Reason) {
	switch {
	case errors.Is(err, errNotLeft):
		return hub.OutcomeDeferred, hub.ReasonProvider
	case errors.Is(err, errLost):
		return hub.OutcomeUnknown, hub.ReasonProvider
	}
	return hub.OutcomeUnknown, hub.ReasonNoOutcome
}
