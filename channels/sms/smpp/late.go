package smpp

import (
	"context"
	"time"

	"eblagh/hub"
)

const (
	lateBatch = 200
	lateTries = 10 // then the attempt is closed by its time
	lateWait  = time.Second
)

// settleLate tells what an answer to part i means that came when the text was given up as unknown; ids are those of the
// parts before it, with room for the others. The parts after it
// never left: without them the handset has no text, so it was not taken.
func (p *Provider) settleLate(attempt hub.AttemptKey, ids []string, i int, f frame) {
	sent := hub.Sent{Attempt: attempt}
	ids[i], sent.Outcome, sent.Reason = read(f)
	switch {
	case sent.Outcome == hub.OutcomeUnknown:
		return
	case sent.Outcome == hub.OutcomeAccepted && i < len(ids)-1:
		sent.Outcome, sent.Reason = hub.OutcomeDeferred, hub.ReasonProvider
	}
	select {
	case p.late <- named(sent, ids):
	default:
		p.log.Warn("a late answer is left aside: there are too many")
	}
}

// settle hands late answers on until ctx ends.
func (p *Provider) settle(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-p.late:
			p.handOver(ctx, gather(first, p.late, lateBatch))
		}
	}
}

func (p *Provider) handOver(ctx context.Context, late []hub.Sent) {
	for try := 1; ; try++ {
		err := p.o.Settle(ctx, late)
		if err == nil {
			return
		}
		if try == lateTries || ctx.Err() != nil {
			p.log.WarnContext(ctx, "late answers were not taken", "count", len(late), "error", err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(lateWait):
		}
	}
}

// gather adds what else is there already.
func gather[T any](first T, more <-chan T, most int) []T {
	batch := []T{first}
	for len(batch) < most {
		select {
		case next := <-more:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}
