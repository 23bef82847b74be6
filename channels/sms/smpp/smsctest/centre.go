// Package smsctest is a message centre for tests: it speaks SMPP 3.4 on a real socket, does with each part what the test
// says, and writes down what it took, so that a test can count on both sides.
package smsctest

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// Reply is what the centre does with one part. The zero value takes it and reports nothing.
type Reply struct {
	Status data.CommandStatusType // other than 0: refused
	Drop   bool                   // take it, then cut the connection instead of an answer
	Silent bool                   // take it, and never answer
	Delay  time.Duration          // before the answer
	Early  []Receipt              // come before the answer
	Late   []Receipt              // come after it
}

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
	// Answer decides on the n-th part, from 1; nil takes all. It is called from many goroutines.
	Answer func(n int, part Part) Reply

	tb    testing.TB
	ln    net.Listener
	wg    sync.WaitGroup
	mu    sync.Mutex
	binds []*bind // all there ever were
	parts []Part
	acks  []data.CommandStatusType // of deliver_sm
	asked int                      // enquire_link
}

// New starts a centre on a free port; it ends with the test.
func New(tb testing.TB) *Centre {
	tb.Helper()
	c := &Centre{tb: tb}
	c.listen("127.0.0.1:0")
	tb.Cleanup(c.Stop)
	return c
}

func (c *Centre) listen(addr string) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		c.tb.Fatal(err)
	}
	c.ln = ln
	c.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			c.wg.Go(func() { c.serve(conn) })
		}
	})
}

// Addr is where it listens.
func (c *Centre) Addr() string { return c.ln.Addr().String() }

// Stop cuts everybody off. Start lets them in again, at the same address.
func (c *Centre) Stop() {
	_ = c.ln.Close()
	c.Cut()
	c.wg.Wait()
}

// Start goes on after Stop.
func (c *Centre) Start() { c.listen(c.Addr()) }

// Cut ends all connections.
func (c *Centre) Cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.binds {
		_ = b.conn.Close()
	}
}

// Parts is what arrived so far.
func (c *Centre) Parts() []Part {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Part(nil), c.parts...)
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
	}
	c.parts = append(c.parts, part)
	return part, reply
}
