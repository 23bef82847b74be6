package live

import (
	"time"

	"github.com/gorilla/websocket"
)

// goodbye is how long a client that was told to go may take to close.
const goodbye = 2 * time.Second

// push puts frames on their way, and starts a writer if there is none. With mu held.
func (c *conn) push(frames ...frame) {
	if len(frames) == 0 {
		return
	}
	for _, f := range frames {
		c.waiting += f.size
	}
	c.out = append(c.out, frames...)
	if !c.writing {
		c.writing = true
		go c.write()
	}
}

// write is the writer: it writes what waits and ends. A write that stalls makes the client a slow one; if it reads on,
// it still learns that from the bye, if not, the connection is cut after twice the time.
func (c *conn) write() {
	stalled := time.AfterFunc(c.reg.o.Slow, func() { c.leave(CloseSlow, time.Second) })
	defer stalled.Stop()
	for batch := c.takeOut(); len(batch) > 0; batch = c.takeOut() {
		high, size, err := c.writeAll(batch, stalled)
		c.wrote(high, size)
		if err != nil {
			_ = c.ws.Close() // the reader lets go of it
			return           // and no writer follows
		}
	}
}

// writeAll writes frames until one fails, or the connection is told to go and the rest is of no use. It gives the
// highest cursor among those written, and the bytes it is done with.
func (c *conn) writeAll(batch []frame, stalled *time.Timer) (high int64, size int, err error) {
	slow := c.reg.o.Slow
	for i, f := range batch {
		size += f.size
		if i > 0 && c.overtaken() {
			continue
		}
		stalled.Reset(slow)
		_ = c.ws.SetWriteDeadline(time.Now().Add(2 * slow))
		if err = f.write(c.ws); err != nil {
			return high, size, err
		}
		stalled.Stop()
		high = max(high, f.cursor)
		if f.kind == websocket.CloseMessage {
			_ = c.ws.SetReadDeadline(time.Now().Add(goodbye))
		}
	}
	return high, size, nil
}

// takeOut hands the writer what waits; with nothing left the writer is no more.
func (c *conn) takeOut() []frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch := c.out
	c.out, c.writing = nil, len(batch) > 0
	for _, f := range batch {
		c.offered = max(c.offered, f.cursor)
	}
	return batch
}

// overtaken reports whether a bye waits behind the batch in hand.
func (c *conn) overtaken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended != 0 && len(c.out) > 0
}

// wrote notes what the socket took, and asks for more if the inbox has it.
func (c *conn) wrote(high int64, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting -= size
	if high > c.written {
		c.reg.marks.nudged(c, c.written, high)
		c.written = high
	}
	if c.joined && c.position < c.target {
		c.want()
	}
}
