package smpp

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// link is one bound connection.
type link struct {
	p      *Provider
	conn   net.Conn
	reader *bufio.Reader
	busy   int       // under pool.mu
	paused time.Time // until then; under pool.mu
	first  int       // throttled parts that go before any new text; under pool.mu

	out      outgoing
	mu       sync.Mutex
	sequence int32
	waiting  map[int32]chan frame  // closed without a frame: the connection is lost
	late     map[int32]func(frame) // who still wants an answer that nobody waits for any more
	givenUp  []int32               // the keys of late, oldest first, and some that are gone
	lost     bool
}

// mostLate is how many late answers of a connection are still wanted.
const mostLate = 1000

var (
	errNotLeft = errors.New("it has not left")
	errLost    = errors.New("the connection was lost before the answer")
	errLate    = errors.New("no answer in time")
)

func newLink(p *Provider, conn net.Conn) *link {
	return &link{p: p, conn: conn, reader: bufio.NewReader(conn), waiting: map[int32]chan frame{},
		late: map[int32]func(frame){}}
}

// next gives a sequence number of this connection, 1 to 0x7fffffff.
func (l *link) next() int32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sequence++; l.sequence <= 0 {
		l.sequence = 1
	}
	return l.sequence
}

// ask sends a request and waits for its answer; one that comes too late is given to late, if there is such. Errors:
// errNotLeft, else errLost or errLate, or ctx's, when it has left.
func (l *link) ask(ctx context.Context, request pdu.PDU, late func(frame)) (frame, error) {
	answer, sequence := make(chan frame, 1), l.next()
	request.SetSequenceNumber(sequence)
	l.mu.Lock()
	if l.lost {
		l.mu.Unlock()
		return frame{}, errNotLeft
	}
	l.waiting[sequence] = answer
	l.mu.Unlock()
	defer l.forget(sequence)
	if whole, err := l.write(request); !whole {
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
		if len(l.givenUp) == mostLate {
			delete(l.late, l.givenUp[0])
			l.givenUp = l.givenUp[1:]
		}
		l.late[sequence], l.givenUp = late, append(l.givenUp, sequence)
	}
	return frame{}, err
}

func (l *link) forget(sequence int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, sequence)
}

// answered hands an answer to who waits for it, or still wants it.
func (l *link) answered(f frame) {
	l.mu.Lock()
	waiter, late := l.waiting[f.SequenceNumber], l.late[f.SequenceNumber]
	delete(l.waiting, f.SequenceNumber)
	delete(l.late, f.SequenceNumber)
	if waiter != nil {
		waiter <- f
	}
	l.mu.Unlock()
	if waiter == nil && late != nil {
		late(f)
	}
}

// end lets go of everybody who waits.
func (l *link) end() {
	_ = l.conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = true
	for sequence, waiter := range l.waiting {
		delete(l.waiting, sequence)
		close(waiter)
	}
}

// isAnswer reports whether the PDU answers a request of ours.
func isAnswer(id data.CommandIDType) bool { return uint32(id)&0x80000000 != 0 }
