package live

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"eblagh/hub"
)

const (
	spokes    = 250
	leastTurn = 10 * time.Millisecond // from one spoke to the next
)

// wheel turns once per ping interval. Each connection sits on one spoke; when its spoke comes up it is pinged, dropped
// if it was silent for a whole turn, asked whether it may go on, and its inbox is looked at, in case a nudge was lost.
// There are many spokes, each as full as any other. With one a second, and those who connected at one time on one of them,
// a ping held up what was on its way to sockets by 40 to 70 ms.
type wheel struct {
	reg   *Registry
	every time.Duration // from one spoke to the next

	mu    sync.Mutex
	now   int
	next  int // who comes sits there
	spoke []map[*conn]struct{}
}

func newWheel(r *Registry) *wheel {
	every := max(r.o.Ping/spokes, leastTurn)
	w := &wheel{reg: r, every: every, spoke: make([]map[*conn]struct{}, max(r.o.Ping/every, 1))}
	for i := range w.spoke {
		w.spoke[i] = map[*conn]struct{}{}
	}
	return w
}

func (w *wheel) add(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.slot, w.next = w.next, (w.next+1)%len(w.spoke)
	w.spoke[c.slot][c] = struct{}{}
}

func (w *wheel) remove(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.spoke[c.slot], c)
}

func (w *wheel) run(ctx context.Context) {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		conns := w.turn()
		if len(conns) == 0 {
			continue
		}
		now, recipients := time.Now(), make([]hub.ID, 0, len(conns))
		conns = slices.DeleteFunc(conns, func(c *conn) bool { return !c.beat(now) })
		w.reg.review(ctx, conns)
		for _, c := range conns {
			recipients = append(recipients, c.recipient)
		}
		if !w.reg.polling.Load() {
			w.reg.look(ctx, recipients)
		}
	}
}

func (w *wheel) turn() []*conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = (w.now + 1) % len(w.spoke)
	conns := make([]*conn, 0, len(w.spoke[w.now]))
	for c := range w.spoke[w.now] {
		conns = append(conns, c)
	}
	return conns
}

// beat is the connection's turn. It reports whether it goes on.
func (c *conn) beat(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended != 0:
		return false
	case !c.heard:
		c.ended = websocket.CloseAbnormalClosure // nobody is there to be told
		_ = c.ws.Close()
		return false
	case now.After(c.until):
		c.end(CloseRefresh, time.Second)
		return false
	}
	c.heard, c.frames = false, 0
	if !c.writing { // else something is on its way, and a stalled writer has its own limit
		c.push(frame{kind: websocket.PingMessage, shared: c.reg.ping, size: 2})
	} else {
		c.heard = true
	}
	return true
}
