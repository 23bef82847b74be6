package live

import (
	"io"

	"github.com/gorilla/websocket"
)

// read takes the client's frames until the connection is over, and then lets go of it.
func (c *conn) read() {
	defer c.gone()
	for {
		kind, r, err := c.ws.NextReader()
		if err != nil {
			return
		}
		if !c.count() {
			continue // it was told to go; what it still says is passed over until it does
		}
		data, err := io.ReadAll(io.LimitReader(r, frameLimit+1))
		switch {
		case err != nil:
			return
		case len(data) > frameLimit:
			c.leave(CloseTooLarge, 0)
		case kind != websocket.TextMessage:
			c.leave(CloseMalformed, 0)
		default:
			c.take(data)
		}
	}
}

// count notes that the client lives. It reports whether it is still listened to.
func (c *conn) count() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = true
	if c.frames++; c.frames > framesATurn {
		c.end(CloseFlood, 0)
	}
	return c.ended == 0
}

func (c *conn) take(data []byte) {
	cursor, ok := readAck(data)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended != 0:
	case !ok:
		c.end(CloseMalformed, 0)
	case cursor > max(c.offered, c.after):
		c.end(CloseBeyond, 0)
	case cursor <= c.after:
		c.confirm(cursor)
	case cursor > c.acked && cursor <= c.offered:
		c.confirm(c.after) // acks are cumulative
		// It was written, whether the writer came to say so or not.
		if cursor > c.written {
			c.reg.marks.nudged(c, c.written, cursor)
			c.written = cursor
		}
		c.reg.marks.acked(c, c.acked, cursor)
		c.acked = cursor
	}
}

// confirm takes an ack of what an earlier connection brought: the first one may have been lost with that. It counts for
// what has receipt D.3, and for nothing that live never showed. With mu held.
func (c *conn) confirm(cursor int64) {
	if after := max(c.again, c.recorded); c.joined && cursor > after {
		c.reg.marks.acked(c, after, cursor)
	}
	c.again = max(c.again, cursor)
}

// gone lets go of a connection that is over.
func (c *conn) gone() {
	_ = c.ws.Close()
	c.mu.Lock()
	if c.ended == 0 {
		c.ended = websocket.CloseAbnormalClosure // nothing more is put on its way
	}
	c.out = nil
	c.mu.Unlock()
	c.reg.remove(c)
	c.reg.wheel.remove(c)
	c.reg.total.Add(-1)
}
