package smpp

import (
	"context"
	"slices"
	"time"

	"github.com/linxGnu/gosmpp/data"

	"eblagh/hub"
)

// throttledTries is how often one part goes out into a throttled connection before its text is left for later.
const throttledTries = 4

// flight is a text under way, part after part over one connection. The first that is not accepted decides: a handset cannot
// put the text together without it, so the others stay here. While a part is under way the text belongs to those who wait for
// an answer at the connection, and whoever claims it there takes the next step.
type flight struct {
	v         *volley
	sent      *hub.Sent // what became of it, under its attempt
	parts     [][]byte
	ids       []string
	part      int // that is under way
	throttled bool
	sequence  int32     // of the part; under link.mu
	asked     time.Time // under link.mu
}

// leave puts the part that is next with what is written. leads: the caller MUST flush.
func (f *flight) leave(now time.Time) (leads bool) {
	l, raw := f.v.l, f.parts[f.part]
	l.mu.Lock()
	if l.lost || f.v.over {
		over := f.v.over
		l.mu.Unlock()
		if over {
			f.land(hub.Sent{Outcome: hub.OutcomeDeferred, Reason: hub.ReasonThrottled})
		} else {
			f.land(notAnswered(errNotLeft))
		}
		return false
	}
	f.sequence, f.asked = l.number(raw), now
	l.waiting[f.sequence] = waiter{flight: f}
	_, leads = l.add(raw, f)
	l.mu.Unlock()
	return leads
}

// hear takes the answer to the part that is under way. It never waits: the reader of the connection calls it.
func (f *flight) hear(answer frame) {
	p := f.v.p
	if answer.CommandStatus == data.ESME_RTHROTTLED {
		p.pool.pause(f.v.l, p.o.Pause)
		p.pool.precede(f.v.l, 1)
		f.throttled = true
		f.v.stuck <- f
		return
	}
	id, outcome, reason := read(answer)
	f.goOn(id, hub.Sent{Outcome: outcome, Reason: reason})
}

// goOn sends the next part if this one was accepted, and ends otherwise.
func (f *flight) goOn(id string, part hub.Sent) {
	f.ids[f.part] = id
	if part.Outcome != hub.OutcomeAccepted || f.part+1 == len(f.parts) {
		f.land(part)
		return
	}
	f.part++
	if f.v.p.pool.rest(f.v.l) > 0 {
		f.throttled = false
		f.v.stuck <- f
		return
	}
	if f.leave(time.Now()) {
		go f.v.l.flush()
	}
}

// insist waits for the end of a pause, and sends a part that was throttled again, after each pause, before anything new.
func (f *flight) insist(ctx context.Context) {
	p, l := f.v.p, f.v.l
	if !f.throttled {
		switch {
		case !p.waitRest(ctx, l):
			f.land(hub.Sent{Outcome: hub.OutcomeDeferred, Reason: hub.ReasonThrottled})
		case f.leave(time.Now()):
			l.flush()
		}
		return
	}
	id, part := p.again(ctx, l, f.parts[f.part], f.late())
	p.pool.precede(l, -1)
	f.goOn(id, part)
}

// again sends a throttled part until the connection takes it.
func (p *Provider) again(ctx context.Context, l *link, part []byte, late func(frame)) (string, hub.Sent) {
	for try := 1; ; try++ {
		if !p.waitRest(ctx, l) {
			return "", hub.Sent{Outcome: hub.OutcomeDeferred, Reason: hub.ReasonThrottled}
		}
		answer, err := l.ask(ctx, part, late)
		if err != nil {
			return "", notAnswered(err)
		}
		if answer.CommandStatus == data.ESME_RTHROTTLED {
			p.pool.pause(l, p.o.Pause<<try)
			if try+1 < throttledTries {
				continue
			}
		}
		id, outcome, reason := read(answer)
		return id, hub.Sent{Outcome: outcome, Reason: reason}
	}
}

// late is for an answer to this part that comes when the text was given up.
func (f *flight) late() func(frame) {
	ids, part := append(slices.Clone(f.ids[:f.part]), make([]string, len(f.ids)-f.part)...), f.part
	return func(answer frame) { f.v.p.settleLate(f.sent.Attempt, ids, part, answer) }
}

// land ends the text, and gives its place to another.
func (f *flight) land(part hub.Sent) {
	part.Attempt = f.sent.Attempt
	*f.sent = named(part, f.ids)
	f.v.p.pool.giveBack(f.v.l)
	if f.v.left.Add(-1) == 0 {
		close(f.v.done)
	}
}
