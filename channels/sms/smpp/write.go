package smpp

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/linxGnu/gosmpp/pdu"
)

// outgoing gathers what many write to a connection at once: a call of the system for each part costs half of what sending it
// does.
type outgoing struct {
	turn sync.Mutex // held by who writes, until it is known what has left
	next *writing   // what the next write takes along; nil: nothing; under link.mu
	busy bool       // somebody writes, or is about to; under link.mu
}

// writing is what leaves by one write.
type writing struct {
	raw     []byte
	flights []leaving
	done    chan struct{}
	left    int // bytes
	err     error
}

// leaving is a part among what is written, with where it ends there.
type leaving struct {
	flight *flight
	end    int
}

// write reports whether the whole PDU left, also with an error: an unfinished one cannot be taken.
func (l *link) write(p pdu.PDU) (whole bool, err error) {
	l.mu.Lock()
	w, leads := l.add(marshal(p), nil)
	end := len(w.raw)
	l.mu.Unlock()
	return l.written(w, end, leads)
}

// written waits until a PDU has left, and writes it if the caller leads.
func (l *link) written(w *writing, end int, leads bool) (whole bool, err error) {
	if leads {
		l.flush()
	}
	<-w.done
	return w.left >= end, w.err
}

// add puts a PDU with the next write; l.mu is held. leads: nobody writes, so that the caller MUST flush.
func (l *link) add(raw []byte, f *flight) (w *writing, leads bool) {
	if l.out.next == nil {
		l.out.next = &writing{done: make(chan struct{})}
	}
	w = l.out.next
	w.raw = append(w.raw, raw...)
	if f != nil {
		w.flights = append(w.flights, leaving{f, len(w.raw)})
	}
	leads, l.out.busy = !l.out.busy, true
	return w, leads
}

// number puts the next sequence number of this connection, 1 to 0x7fffffff, into a request; l.mu is held.
func (l *link) number(raw []byte) int32 {
	if l.sequence++; l.sequence <= 0 {
		l.sequence = 1
	}
	binary.BigEndian.PutUint32(raw[12:], uint32(l.sequence))
	return l.sequence
}

// flush writes what is there. What comes meanwhile somebody else writes: nobody's answer waits for the writing of others.
func (l *link) flush() {
	runtime.Gosched() // whoever is about to write as well goes along
	l.out.turn.Lock()
	defer l.out.turn.Unlock()
	l.mu.Lock()
	w := l.out.next
	l.out.next = nil
	l.mu.Unlock()
	if w != nil { // else the connection has ended, with what was there
		l.put(w)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out.busy = l.out.next != nil; l.out.busy {
		go l.flush()
	}
}

// put writes, and tells who has not left.
func (l *link) put(w *writing) {
	if w.err = l.conn.SetWriteDeadline(time.Now().Add(l.p.o.Answer)); w.err == nil {
		w.left, w.err = l.conn.Write(w.raw)
	}
	if w.err != nil {
		w.err = fmt.Errorf("write: %w", w.err)
		l.stay(w)
		_ = l.conn.Close() // the stream may end in the middle of a PDU
	}
	close(w.done)
}

// stay tells the parts of a broken write that have not left as a whole.
func (l *link) stay(w *writing) {
	var stayed []*flight
	l.mu.Lock()
	for _, part := range w.flights {
		if part.end > w.left && l.claim(part.flight) {
			stayed = append(stayed, part.flight)
		}
	}
	l.mu.Unlock()
	for _, f := range stayed {
		f.land(notAnswered(errNotLeft))
	}
}
