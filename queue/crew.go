package queue

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"

	"eblagh/hub"
)

// crew serves the lanes of one channel that are equally pressing, with fast servers while there is traffic.
type crew struct {
	queue *Queue
	lanes []hub.Lane // most pressing first
	awake chan struct{}
	last  atomic.Int64 // when there was work last, Unix nanoseconds
	under atomic.Int64 // tasks under way
}

func (q *Queue) formCrews() {
	type key struct {
		channel  hub.Channel
		pressing bool
	}
	known := map[key]*crew{}
	for _, lane := range hub.Lanes {
		k := key{lane.Channel, lane.Priority == hub.PriorityCode || lane.Priority == hub.PriorityUrgent}
		if known[k] == nil {
			known[k] = &crew{queue: q, awake: make(chan struct{}, 1)}
			q.crews = append(q.crews, known[k])
		}
		known[k].lanes = append(known[k].lanes, lane)
		q.lanes[lane.String()] = known[k]
	}
}

func (c *crew) lane(name string) hub.Lane {
	for _, lane := range c.lanes {
		if lane.String() == name {
			return lane
		}
	}
	return hub.Lane{}
}

// stir tells the crew that there is work. It never blocks.
func (c *crew) stir() {
	c.last.Store(time.Now().UnixNano())
	select {
	case c.awake <- struct{}{}:
	default:
	}
}

func (c *crew) begin() (done func()) {
	c.under.Add(1)
	c.stir()
	return func() {
		c.last.Store(time.Now().UnixNano())
		c.under.Add(-1)
	}
}

func (c *crew) idle() bool {
	return c.under.Load() == 0 && time.Since(time.Unix(0, c.last.Load())) > c.queue.o.Idle
}

// run keeps fast servers while there is work, until ctx ends.
func (c *crew) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.awake:
			c.work(ctx)
		}
	}
}

// work starts a fast server, and more while a backlog lasts, and ends them all when there is nothing left to do.
func (c *crew) work(ctx context.Context) {
	o := c.queue.o
	servers := []*asynq.Server{c.queue.start(c.lanes, o.Fast, o.Concurrency)}
	defer func() {
		for _, s := range servers {
			s.Shutdown()
		}
	}()
	tick := time.NewTicker(max(o.Idle/4, 10*time.Millisecond))
	defer tick.Stop()
	for !c.idle() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		select { // what stirred the crew so far is being served
		case <-c.awake:
		default:
		}
		if len(servers) < o.Servers && c.backlog(ctx) > 2*o.Concurrency {
			servers = append(servers, c.queue.start(c.lanes, o.Fast, o.Concurrency))
		}
	}
}

// backlog is how many tasks wait, 0 when Redis does not tell.
func (c *crew) backlog(ctx context.Context) int {
	counts, err := c.queue.count(ctx, c.lanes)
	if err != nil {
		return 0
	}
	pending := 0
	for _, lane := range counts {
		pending += lane.pending
	}
	return pending
}
