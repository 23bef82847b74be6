package live

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"eblagh/hub"
)

const (
	frameLimit  = 512 // bytes of a frame from a client
	framesATurn = 5000
	lowWater    = 32 << 10 // bytes waiting below which a connection gets its next page
)

// conn is one websocket. Its collector moves position, its writer offers and writes, its reader acknowledges.
type conn struct {
	reg       *Registry
	ws        *websocket.Conn
	recipient hub.ID
	person    hub.ID // who looks; another one acts for the recipient
	session   hub.ID
	next      *conn       // of the same person; guarded by their shard
	leaving   atomic.Bool // it was chosen to make place for a newer one
	since     time.Time
	until     time.Time // then it must sign in anew
	slot      int       // of the wheel

	mu       sync.Mutex
	after    int64          // asked for at the start, -1: from now on
	joined   bool           // hello was said
	wanted   bool           // the collector has it in hand
	position int64          // all up to here was put in out
	target   int64          // the inbox reaches at least up to here
	atHand   *hub.LiveCover // what comes next, if somebody has said it; it counts only while nothing else is missed
	out      []frame
	waiting  int // bytes in out and in the writer's hand
	writing  bool
	offered  int64 // the highest cursor that was handed to the socket
	written  int64 // all up to here was written to the socket
	acked    int64
	recorded int64 // what the inbox had on record as acknowledged when this began
	again    int64 // up to here the client acknowledged what an earlier connection brought
	ended    int   // the close code, 0 while open
	heard    bool  // since the last ping
	frames   int   // from the client, since the last ping
}

func newConn(r *Registry, ws *websocket.Conn, viewer Viewer, after int64) *conn {
	now := time.Now()
	c := &conn{reg: r, ws: ws, recipient: viewer.Recipient, person: viewer.Person, session: viewer.Session, after: after, since: now, heard: true,
		until: now.Add(r.o.MaxAge + rand.N(r.o.MaxAge/4+1))}
	ws.SetPongHandler(func(string) error { c.count(); return nil })
	ws.SetPingHandler(func(data string) error {
		if !c.count() {
			return nil
		}
		err := ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
		if errors.Is(err, websocket.ErrCloseSent) {
			return nil
		}
		return err
	})
	return c
}

// raise says that the inbox reaches up to a cursor, and what is there if that is at hand.
func (c *conn) raise(cursor int64, cover *hub.LiveCover) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cover != nil && cover.Cursor > c.position {
		c.atHand = cover
	}
	c.target = max(c.target, cursor)
	if c.position < c.target {
		c.want()
	}
}

// want asks the collector for what is missing, unless the reader is not done with what it got. With mu held.
func (c *conn) want() {
	if !c.wanted && c.ended == 0 && c.waiting < lowWater {
		c.wanted = true
		c.reg.collectors[int(c.recipient[14])%collectors].add(c)
	}
}

// join says hello: the inbox reaches up to a head. A cursor beyond that is of another inbox, or of a lost one.
func (c *conn) join(h hub.Head) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.joined || c.ended != 0 {
		return
	}
	head, recovered := h.Last, c.after <= h.Last
	c.position = head
	if c.after >= 0 && recovered {
		c.position = c.after
	}
	c.joined, c.target = true, max(c.target, head)
	c.offered, c.written, c.acked = c.position, c.position, c.position
	if c.recorded = h.Acked; !recovered {
		c.recorded = c.after // it speaks of another inbox
	}
	again := c.again
	c.again = 0
	c.confirm(again)
	c.push(helloFrame(head, recovered))
}

// deliver puts what was read of the inbox on its way; it reaches up to through.
func (c *conn) deliver(frames []frame, through int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wanted = false
	if c.ended != 0 {
		return
	}
	if c.position = max(c.position, through); c.atHand != nil && c.atHand.Cursor <= c.position {
		c.atHand = nil
	}
	c.target = max(c.target, through)
	c.push(frames...)
	if c.position < c.target {
		c.want()
	}
}

// update says that a notice which the client may show has changed.
func (c *conn) update(notice hub.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.joined || c.ended != 0: // what it will get is new anyway
	case c.waiting > c.reg.o.Queue:
		c.end(CloseSlow, time.Second)
	default:
		c.push(updateFrame(notice))
	}
}

// leave says bye with a code and closes.
func (c *conn) leave(code int, retry time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(code, retry)
}

// end is leave with mu held. What waits is dropped: the client's cursor has it.
func (c *conn) end(code int, retry time.Duration) {
	if c.ended != 0 {
		return
	}
	c.ended, c.out = code, nil
	c.leaving.Store(true)
	c.push(byeFrames(code, retry)...)
}
