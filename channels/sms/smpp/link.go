package smpp

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/linxGnu/gosmpp/data"
)

// link is one bound connection.
type link struct {
	p      *Provider
	conn   net.Conn
	reader *bufio.Reader
	busy   int       // under pool.mu
	paused time.Time // until then; under pool.mu
	first  int       // throttled parts that go before any new text; under pool.mu

	mu       sync.Mutex
	out      outgoing
	sequence int32
	waiting  map[int32]waiter
	late     map[int32]func(frame) // who still wants an answer that nobody waits for any more
	givenUp  []int32               // the keys of late, oldest first, and some that are gone
	lost     bool
}

// waiter is who gets an answer: somebody who waits at a channel, which is closed when the connection is lost, or a text.
type waiter struct {
	answer chan frame
	flight *flight
}

// mostLate is how many late answers of a connection are still wanted.
const mostLate = 1000

// readBytes is what is read from a connection at once: some hundred answers.
const readBytes = 4096

var (
	errNotLeft = errors.New("it has not left")
	errLost    = errors.New("the connection was lost before the answer")
	errLate    = errors.New("no answer in time")
)

func newLink(p *Provider, conn net.Conn) *link {
	return &link{p: p, conn: conn, reader: bufio.NewReaderSize(conn, readBytes), waiting: map[int32]waiter{},
		late: map[int32]func(frame){}}
}

// ask sends a request and waits for its answer; one that comes too late is given to late, if there is such. Errors:
// errNotLeft, else errLost or errLate, or ctx's, when it has left.
func (l *link) ask(ctx context.Context, request []byte, late func(frame)) (frame, error) {
	answer := make(chan frame, 1)
	l.mu.Lock()
	if l.lost {
		l.mu.Unlock()
		return frame{}, errNotLeft
	}
	sequence := l.number(request)
	l.waiting[sequence] = waiter{answer: answer}
	w, leads := l.add(request, nil)
	end := len(w.raw)
	l.mu.Unlock()
	defer l.forget(sequence)
	if whole, err := l.written(w, end, leads); !whole {
		return frame{}, errors.Join(errNotLeft, err)
	}
	timer := time.NewTimer(l.p.o.Answer)
	defer timer.Stop()
	select {
	case f, ok := <-answer:
		if !ok {
			return frame{}, errLost
		}
		return f, nil
	case <-timer.C:
		return l.giveUp(sequence, answer, late, errLate)
	case <-ctx.Done():
		return l.giveUp(sequence, answer, late, context.Cause(ctx))
	}
}

// giveUp waits no longer, unless the answer has come this very moment.
func (l *link) giveUp(sequence int32, answer chan frame, late func(frame), err error) (frame, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, sequence)
	select {
	case f, ok := <-answer:
		if !ok {
			return frame{}, errLost
		}
		return f, nil
	default:
	}
	if late != nil {
		l.wantLate(sequence, late)
	}
	return frame{}, err
}

// wantLate has an answer given to somebody though nobody waits for it any more; l.mu is held.
func (l *link) wantLate(sequence int32, late func(frame)) {
	if len(l.givenUp) == mostLate {
		delete(l.late, l.givenUp[0])
		l.givenUp = l.givenUp[1:]
	}
	l.late[sequence], l.givenUp = late, append(l.givenUp, sequence)
}

func (l *link) forget(sequence int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, sequence)
}

// claim takes a text from those who wait for an answer: what follows is the caller's. False: somebody else has it; l.mu is held.
func (l *link) claim(f *flight) bool {
	if l.waiting[f.sequence].flight != f {
		return false
	}
	delete(l.waiting, f.sequence)
	return true
}

// answered hands an answer to who waits for it, or still wants it.
func (l *link) answered(f frame) {
	l.mu.Lock()
	w, late := l.waiting[f.SequenceNumber], l.late[f.SequenceNumber]
	delete(l.waiting, f.SequenceNumber)
	delete(l.late, f.SequenceNumber)
	if w.answer != nil {
		w.answer <- f
	}
	l.mu.Unlock()
	switch {
	case w.flight != nil:
		w.flight.hear(f)
	case w.answer == nil && late != nil:
		late(f)
	}
}

// end lets go of everybody who waits. What has not been written has not left.
func (l *link) end() {
	_ = l.conn.Close()
	l.out.turn.Lock() // who writes this moment tells first what has not left
	defer l.out.turn.Unlock()
	l.mu.Lock()
	l.lost = true
	unwritten := l.out.next
	l.out.next = nil
	l.mu.Unlock()
	if unwritten != nil {
		unwritten.err = errNotLeft
		l.stay(unwritten)
		close(unwritten.done)
	}
	l.mu.Lock()
	left := l.waiting
	l.waiting = map[int32]waiter{}
	for _, w := range left {
		if w.answer != nil {
			close(w.answer)
		}
	}
	l.mu.Unlock()
	for _, w := range left {
		if w.flight != nil {
			w.flight.land(notAnswered(errLost))
		}
	}
}

// isAnswer reports whether the PDU answers a request of ours.
func isAnswer(id data.CommandIDType) bool { return uint32(id)&0x80000000 != 0 }
