package smpp

import (
	"context"
	"sync/atomic"
	"time"
)

// volley is what goes out at once over one connection. Its texts need no goroutine each: the connection's reader takes every one
// of them a step further when its answer comes.
type volley struct {
	p       *Provider
	l       *link
	flights []flight
	left    atomic.Int32  // of them
	done    chan struct{} // closed when none is left
	stuck   chan *flight  // which cannot go on at once
	over    bool          // nothing more may leave; under link.mu
}

// fly sends texts over a connection that has places for them, and waits for their answers.
func (p *Provider) fly(ctx context.Context, l *link, flights []flight) {
	v := &volley{p: p, l: l, flights: flights, done: make(chan struct{}), stuck: make(chan *flight, len(flights))}
	v.left.Store(int32(len(flights)))
	v.leave()
	timer := time.NewTimer(p.o.Answer)
	defer timer.Stop()
	for ended := ctx.Done(); ; {
		select {
		case <-v.done:
			return
		case f := <-v.stuck:
			go f.insist(ctx)
		case <-timer.C:
			timer.Reset(v.age(time.Now()))
		case <-ended:
			ended = nil
			v.stop(context.Cause(ctx))
		}
	}
}

// leave sends the first parts of all, by one write.
func (v *volley) leave() {
	leads, now, paused := false, time.Now(), v.p.pool.rest(v.l) > 0
	for i := range v.flights {
		f := &v.flights[i]
		if f.v = v; paused {
			v.stuck <- f
		} else if f.leave(now) {
			leads = true
		}
	}
	if leads {
		v.l.flush()
	}
}

// age gives up the texts whose answer is overdue, and tells when to look again.
func (v *volley) age(now time.Time) time.Duration {
	next := v.p.o.Answer
	v.giveUp(errLate, func(f *flight) bool {
		rest := v.p.o.Answer - now.Sub(f.asked)
		if rest > 0 {
			next = min(next, rest)
		}
		return rest <= 0
	})
	return next
}

// stop gives up all that are under way, and lets nothing more leave.
func (v *volley) stop(cause error) {
	v.l.mu.Lock()
	v.over = true
	v.l.mu.Unlock()
	v.giveUp(cause, func(*flight) bool { return true })
}

// giveUp ends texts whose answer has not come. One that comes late is wanted still.
func (v *volley) giveUp(cause error, whom func(*flight) bool) {
	var gone []*flight
	v.l.mu.Lock()
	for i := range v.flights {
		if f := &v.flights[i]; whom(f) && v.l.claim(f) {
			v.l.wantLate(f.sequence, f.late())
			gone = append(gone, f)
		}
	}
	v.l.mu.Unlock()
	for _, f := range gone {
		f.land(notAnswered(cause))
	}
}
