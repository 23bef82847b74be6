// Package smsctest is a message centre for tests: it speaks SMPP 3.4 on a real socket, does with each part what the test
// says (reply.go names the usual manners), and writes down what it took, so that a test can count on both sides. Processes
// under test reach it by its address; what they made it take is counted here by text, see Counts.
package smsctest

import (
	"fmt"
	"maps"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// Part is one submit_sm that arrived, taken or not.
type Part struct {
	Bind     int // the connection, from 1 in the order in which they were bound
	Sequence int32
	ID       string // under which it was taken; "" when it was refused
	To       string
	Text     string
	Coding   byte
	UDH      pdu.UDH
}

// Centre is a message centre. Its fields may be set before the first connection only.
type Centre struct {
	Password string // refuses another; "" takes all
	Deaf     bool   // leaves enquire_link without an answer
	// Answer decides on the n-th part, from 1; nil takes all. It is called from many goroutines. Behave changes it later.
	Answer func(n int, part Part) Reply
	// Retry is how long after a refusal, or after the loss of the connection that carried it, a report is brought again;
	// 0: it is not.
	Retry time.Duration

	failed func(error)
	addr   string
	wg     sync.WaitGroup

	mu      sync.Mutex
	ln      net.Listener
	stopped chan struct{} // closed while it is stopped
	conns   map[net.Conn]struct{}
	binds   []*bind // all there ever were
	parts   []Part
	states  map[string]byte          // message_state, by the id of each part that was taken
	waiting []news                   // reports that no connection could carry
	acks    []data.CommandStatusType // of deliver_sm
	asked   int                      // enquire_link
	queried int                      // query_sm
}

// New starts a centre on a free port; it ends with the test.
func New(tb testing.TB) *Centre {
	tb.Helper()
	c, err := Listen("127.0.0.1:0", func(err error) { tb.Errorf("message centre: %v", err) })
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Stop)
	return c
}

// Listen starts a centre outside a test. Failed hears what the centre could not do, from many goroutines.
func Listen(addr string, failed func(error)) (*Centre, error) {
	c := &Centre{failed: failed, states: map[string]byte{}, conns: map[net.Conn]struct{}{}}
	return c, c.listen(addr)
}

func (c *Centre) listen(addr string) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("message centre: %w", err)
	}
	c.mu.Lock()
	c.ln, c.addr, c.stopped = ln, ln.Addr().String(), make(chan struct{})
	c.mu.Unlock()
	c.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			c.wg.Go(func() { c.serve(conn) })
		}
	})
	return nil
}

// Addr is where it listens.
func (c *Centre) Addr() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.addr
}

// Stop cuts everybody off; what it was about to answer is never answered. Start lets them in again, at the same address.
func (c *Centre) Stop() {
	c.mu.Lock()
	select {
	case <-c.stopped:
	default:
		close(c.stopped)
	}
	_ = c.ln.Close()
	c.mu.Unlock()
	c.Cut()
	c.wg.Wait()
}

// Start goes on after Stop.
func (c *Centre) Start() {
	if err := c.listen(c.Addr()); err != nil {
		c.failed(err)
	}
}

// Cut ends all connections.
func (c *Centre) Cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		_ = conn.Close()
	}
}

// Behave changes what is done with the parts from now on.
func (c *Centre) Behave(answer func(n int, part Part) Reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Answer = answer
}

// Parts is what arrived so far.
func (c *Centre) Parts() []Part {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Part(nil), c.parts...)
}

// Taken is how many parts arrived so far.
func (c *Centre) Taken() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.parts)
}

// Acks is how reports were answered so far.
func (c *Centre) Acks() []data.CommandStatusType {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]data.CommandStatusType(nil), c.acks...)
}

// Binds is how many connections were ever bound.
func (c *Centre) Binds() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.binds)
}

// Asked is how many enquire_link came.
func (c *Centre) Asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// Queried is how many query_sm came.
func (c *Centre) Queried() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queried
}

// States is the message_state of each part that was taken, by its id: what query_sm is answered.
func (c *Centre) States() map[string]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.states)
}

// Settle changes what query_sm is answered about a message, without a report.
func (c *Centre) Settle(id string, state byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.states[id] = state
}

// note writes a part down and decides on it.
func (c *Centre) note(part Part) (Part, Reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.parts) + 1
	var reply Reply
	if c.Answer != nil {
		reply = c.Answer(n, part)
	}
	if reply.Status == data.ESME_ROK {
		part.ID = fmt.Sprintf("00AB%04X", n)
		c.states[part.ID] = data.SM_STATE_EN_ROUTE
	}
	c.parts = append(c.parts, part)
	return part, reply
}
