package smpp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
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

	writing  sync.Mutex
	mu       sync.Mutex
	sequence int32
	waiting  map[int32]chan frame // closed without a frame: the connection is lost
	lost     bool
}

var (
	errNotLeft = errors.New("it has not left")
	errLost    = errors.New("the connection was lost before the answer")
	errLate    = errors.New("no answer in time")
)

func newLink(p *Provider, conn net.Conn) *link {
	return &link{p: p, conn: conn, reader: bufio.NewReader(conn), waiting: map[int32]chan frame{}}
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

// write reports whether the whole PDU left, also with an error: an unfinished one cannot be taken.
func (l *link) write(p pdu.PDU) (whole bool, err error) {
	raw := marshal(p)
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.p.o.Answer)); err != nil {
		return false, fmt.Errorf("write: %w", err)
	}
	n, err := l.conn.Write(raw)
	if err != nil {
		_ = l.conn.Close() // the stream may end in the middle of a PDU
		return n == len(raw), fmt.Errorf("write: %w", err)
	}
	return true, nil
}

// ask sends a request and waits for its answer. Errors: errNotLeft, else errLost or errLate, or ctx's, when it has left.
func (l *link) ask(ctx context.Context, request pdu.PDU) (frame, error) {
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
		return frame{}, errLate
	case <-ctx.Done():
		return frame{}, context.Cause(ctx)
	}
}

func (l *link) forget(sequence int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, sequence)
}

// answered hands an answer to who waits for it; late ones have nobody.
func (l *link) answered(f frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if waiter, ok := l.waiting[f.SequenceNumber]; ok {
		delete(l.waiting, f.SequenceNumber)
		waiter <- f
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
