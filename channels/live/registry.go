package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"eblagh/hub"
)

// Viewer is whose inbox a connection is for, and who looks into it by which session: the recipient, or who acts for them.
type Viewer struct {
	Recipient hub.ID
	Person    hub.ID
	Session   hub.ID
}

// Options are what a Registry works with. Store, Authenticate, Means and Logger are needed.
type Options struct {
	Store        Store
	Authenticate func(*http.Request) (Viewer, error) // errors: unauthorized, forbidden, overloaded
	// Still tells of each viewer with which close code they must go: CloseRefresh when their session is over, CloseEnded
	// when they act for the recipient no more, 0 when they may stay. It is asked before each page of covers, with every
	// ping, and when Recheck names them. nil: all may stay.
	Still     func(ctx context.Context, viewers []Viewer) ([]int, error)
	Means     func(kind hub.Kind, language string) string // what opening means, for covers
	Logger    *slog.Logger
	Total     int           // connections in this process; 0: 20,000
	PerPerson int           // connections of one person; one more ends their oldest; 0: 8
	Ping      time.Duration // 0: 25 s; who is not heard of until the next ping is dropped
	Slow      time.Duration // how long a write may stall before the client counts as slow; 0: 10 s
	Poll      time.Duration // how often to ask the store while no nudges come; 0: 1 s
	Gather    time.Duration // least time between two reads of covers; 0: 3 ms
	MaxAge    time.Duration // a connection older than this must sign in anew; 0: 1 h
	Drain     time.Duration // over which Stop spreads its goodbyes; 0: 5 s
	Queue     int           // bytes that may wait for one slow reader; 0: 256 KB
}

func (o Options) orDefault() Options {
	o.Total, o.PerPerson = cmp.Or(o.Total, 20_000), cmp.Or(o.PerPerson, 8)
	o.Ping, o.Slow = cmp.Or(o.Ping, 25*time.Second), cmp.Or(o.Slow, 10*time.Second)
	o.Poll, o.Gather = cmp.Or(o.Poll, time.Second), cmp.Or(o.Gather, 3*time.Millisecond)
	o.MaxAge, o.Drain = cmp.Or(o.MaxAge, time.Hour), cmp.Or(o.Drain, 5*time.Second)
	o.Queue = cmp.Or(o.Queue, 256<<10)
	return o
}

const (
	shards     = 64
	collectors = 2
)

// Registry holds the live connections of one process. It is an http.Handler for GET /v1/live.
type Registry struct {
	o          Options
	people     [shards]people
	total      atomic.Int64
	collectors [collectors]*collector
	wheel      *wheel
	marks      *marks
	polling    atomic.Bool
	checks     chan struct{}
	doubts     doubts
	stopping   atomic.Bool
	ping       *websocket.PreparedMessage
	upgrader   websocket.Upgrader
	end        context.CancelFunc
	group      sync.WaitGroup
}

// people is one part of who is connected, by recipient; connections of one person hang on one another.
type people struct {
	sync.Mutex
	first map[hub.ID]*conn
}

// New makes a Registry; Start starts it. Errors: something needed is missing.
func New(o Options) (*Registry, error) {
	if o.Store == nil || o.Authenticate == nil || o.Means == nil || o.Logger == nil {
		return nil, errors.New("live: store, authenticate, means and logger are needed")
	}
	ping, err := websocket.NewPreparedMessage(websocket.PingMessage, nil)
	if err != nil {
		return nil, fmt.Errorf("live: %w", err)
	}
	r := &Registry{o: o.orDefault(), ping: ping, checks: make(chan struct{}, 1), doubts: newDoubts()}
	r.upgrader = websocket.Upgrader{HandshakeTimeout: 5 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 1024,
		WriteBufferPool: &sync.Pool{}, CheckOrigin: func(*http.Request) bool { return true }, // checked before
		Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			refuse(w, status, hub.Refuse(hub.CodeValidation, "this is no handshake of websocket version 13"))
		}}
	for i := range r.people {
		r.people[i].first = map[hub.ID]*conn{}
	}
	for i := range r.collectors {
		r.collectors[i] = newCollector(r)
	}
	r.wheel, r.marks = newWheel(r), newMarks(r.o.Store, o.Logger)
	r.polling.Store(true) // until a relay says that nudges come
	return r, nil
}

// Start begins to serve connections.
func (r *Registry) Start() {
	ctx, end := context.WithCancel(context.Background())
	r.end = end
	for _, c := range r.collectors {
		r.group.Go(func() { c.run(ctx) })
	}
	r.group.Go(func() { r.wheel.run(ctx) })
	r.group.Go(func() { r.poll(ctx) })
	r.group.Go(func() { r.doubt(ctx) })
	r.group.Go(func() { r.marks.run(ctx) })
}

// Connections is how many there are.
func (r *Registry) Connections() int { return int(r.total.Load()) }

// Notify takes hints that inboxes changed. It does not block.
func (r *Registry) Notify(nudges []hub.Nudge) {
	for _, n := range nudges {
		for _, c := range r.of(n.Recipient) {
			if n.Update {
				c.update(n.Notice)
			} else {
				c.raise(n.Cursor, n.Cover)
			}
		}
	}
}

func (r *Registry) shard(recipient hub.ID) *people {
	return &r.people[int(recipient[15])%shards] // the last byte of an id is random
}

// of lists the connections of one person.
func (r *Registry) of(recipient hub.ID) (list []*conn) {
	p := r.shard(recipient)
	p.Lock()
	defer p.Unlock()
	for c := p.first[recipient]; c != nil; c = c.next {
		list = append(list, c)
	}
	return list
}

// add takes a connection in. It gives the person's oldest when they hold more than they may.
func (r *Registry) add(c *conn) (tooMany *conn) {
	p := r.shard(c.recipient)
	p.Lock()
	defer p.Unlock()
	c.next = p.first[c.recipient]
	p.first[c.recipient] = c
	count, oldest := 0, c
	for other := c; other != nil; other = other.next {
		if !other.leaving.Load() {
			count, oldest = count+1, other
		}
	}
	if count <= r.o.PerPerson {
		return nil
	}
	oldest.leaving.Store(true)
	return oldest
}

func (r *Registry) remove(c *conn) {
	p := r.shard(c.recipient)
	p.Lock()
	defer p.Unlock()
	if p.first[c.recipient] == c {
		if p.first[c.recipient] = c.next; c.next == nil {
			delete(p.first, c.recipient)
		}
		return
	}
	for other := p.first[c.recipient]; other != nil; other = other.next {
		if other.next == c {
			other.next = c.next
			return
		}
	}
}

// all lists every connection.
func (r *Registry) all() []*conn {
	list := make([]*conn, 0, r.Connections())
	for i := range r.people {
		p := &r.people[i]
		p.Lock()
		for _, c := range p.first {
			for ; c != nil; c = c.next {
				list = append(list, c)
			}
		}
		p.Unlock()
	}
	return list
}
