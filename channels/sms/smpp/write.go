package smpp

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/linxGnu/gosmpp/pdu"
)

// outgoing gathers what many write to a connection at once: a call of the system for each part costs half of what sending it
// does.
type outgoing struct {
	mu   sync.Mutex
	next *writing // what the next write takes along; nil: nothing
	busy bool     // somebody writes, or has been told to
}

// writing is what leaves by one write.
type writing struct {
	raw  []byte
	lead chan struct{} // tells one of those who wait to write it
	done chan struct{}
	left int // bytes
	err  error
}

// write reports whether the whole PDU left, also with an error: an unfinished one cannot be taken.
func (l *link) write(p pdu.PDU) (whole bool, err error) {
	mine, end, leads := l.out.add(marshal(p))
	if !leads {
		select {
		case <-mine.done:
			return mine.left >= end, mine.err
		case <-mine.lead:
		}
	}
	runtime.Gosched() // whoever is about to write as well goes along
	l.out.take()
	if mine.err = l.conn.SetWriteDeadline(time.Now().Add(l.p.o.Answer)); mine.err == nil {
		mine.left, mine.err = l.conn.Write(mine.raw)
	}
	if mine.err != nil {
		mine.err = fmt.Errorf("write: %w", mine.err)
		_ = l.conn.Close() // the stream may end in the middle of a PDU
	}
	close(mine.done)
	l.out.pass()
	return mine.left >= end, mine.err
}

// add puts a PDU with the next write. leads: nobody writes, so the caller does.
func (o *outgoing) add(raw []byte) (w *writing, end int, leads bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next == nil {
		o.next = &writing{lead: make(chan struct{}, 1), done: make(chan struct{})}
	}
	w = o.next
	w.raw = append(w.raw, raw...)
	leads, o.busy = !o.busy, true
	return w, len(w.raw), leads
}

// take closes the next write to others.
func (o *outgoing) take() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next = nil
}

// pass has somebody else write what has come meanwhile: nobody's answer waits for the writing of others.
func (o *outgoing) pass() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy = o.next != nil; o.busy {
		o.next.lead <- struct{}{}
	}
}
