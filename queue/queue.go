package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"eblagh/hub"
)

// Handler does the work of one task. Its error is logged and otherwise forgotten: what is left undone becomes due again.
type Handler func(ctx context.Context, lane hub.Lane, ids []hub.ID) error

// Options are what a Queue works with. Redis and Logger are needed; Handler only where tasks are served.
type Options struct {
	Redis       redis.UniversalClient // made by Dial
	Handler     Handler
	Logger      *slog.Logger
	Outstanding int           // tasks that may wait or be under way in Redis, an equal part of each lane; 0: 112
	Lease       time.Duration // how long a handler may take: not longer than the claim of its rows; 0: 20 s
	Timeout     time.Duration // for one call to Redis; 0: 500 ms
	Concurrency int           // tasks under way at once in one server; 0: 4
	Servers     int           // fast servers of one crew under backlog; 0: 2
	Slow        time.Duration // how often the slow server looks, for what this process did not enqueue; 0: 250 ms
	Fast        time.Duration // how often a fast one does; 0: 2 ms
	Idle        time.Duration // how long a crew without work keeps its fast servers; 0: 1 s
	Grace       time.Duration // how long handlers may go on once Serve is told to stop; 0: 10 s
}

// Queue hands tasks over and serves them. It is safe for concurrent use.
type Queue struct {
	o      Options
	client *asynq.Client
	crews  []*crew
	lanes  map[string]*crew // by lane
}

// New makes a Queue. It does not touch Redis.
func New(o Options) *Queue {
	o.Outstanding = cmp.Or(o.Outstanding, 112)
	o.Lease = cmp.Or(o.Lease, 20*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 500*time.Millisecond)
	o.Concurrency, o.Servers = cmp.Or(o.Concurrency, 4), cmp.Or(o.Servers, 2)
	o.Slow, o.Fast = cmp.Or(o.Slow, 250*time.Millisecond), cmp.Or(o.Fast, 2*time.Millisecond)
	o.Idle, o.Grace = cmp.Or(o.Idle, time.Second), cmp.Or(o.Grace, 10*time.Second)
	q := &Queue{o: o, client: asynq.NewClientFromRedisClient(o.Redis), lanes: map[string]*crew{}}
	q.formCrews()
	return q
}

// Enqueue hands one task over. It returns within Timeout; an error means that Redis may or may not have taken it.
func (q *Queue) Enqueue(ctx context.Context, lane hub.Lane, ids []hub.ID) error {
	payload, err := encode(ids)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, q.o.Timeout)
	defer cancel()
	// The handler ends by its own, shorter limit; asynq's only covers one that does not, for asynq archives what it
	// had to cut off.
	_, err = q.client.EnqueueContext(ctx, asynq.NewTask(lane.String(), payload),
		asynq.Queue(lane.String()), asynq.MaxRetry(0), asynq.Timeout(q.o.Lease+time.Minute))
	if err != nil {
		return fmt.Errorf("enqueue in %s: %w", lane, err)
	}
	if c := q.lanes[lane.String()]; c != nil {
		c.stir()
	}
	return nil
}

// Room is how many more tasks of each lane may be outstanding. The parts are equal and fixed, for room that is lent to a
// lane comes back only when its provider is done. Errors: Redis does not answer within Timeout.
func (q *Queue) Room(ctx context.Context) (map[hub.Lane]int, error) {
	counts, err := q.count(ctx, hub.Lanes)
	if err != nil {
		return nil, fmt.Errorf("room in the queue: %w", err)
	}
	room, part := make(map[hub.Lane]int, len(hub.Lanes)), max(1, q.o.Outstanding/len(hub.Lanes))
	for i, lane := range hub.Lanes {
		room[lane] = max(0, part-counts[i].pending-counts[i].active)
	}
	return room, nil
}

// tasks are those of one lane in Redis.
type tasks struct{ pending, active int }

// count reads the lengths of asynq's lists, in one round trip. Its Inspector would weigh every task as well.
func (q *Queue) count(ctx context.Context, lanes []hub.Lane) ([]tasks, error) {
	ctx, cancel := context.WithTimeout(ctx, q.o.Timeout)
	defer cancel()
	pipe := q.o.Redis.Pipeline()
	lengths := make([]*redis.IntCmd, 0, 2*len(lanes))
	for _, lane := range lanes {
		lengths = append(lengths, pipe.LLen(ctx, "asynq:{"+lane.String()+"}:pending"),
			pipe.LLen(ctx, "asynq:{"+lane.String()+"}:active"))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	counts := make([]tasks, len(lanes))
	for i := range counts {
		counts[i] = tasks{pending: int(lengths[2*i].Val()), active: int(lengths[2*i+1].Val())}
	}
	return counts, nil
}

// ProcessTask implements asynq.Handler. It never fails: an error would only bring the task into asynq's archive.
func (q *Queue) ProcessTask(ctx context.Context, task *asynq.Task) error {
	c := q.lanes[task.Type()]
	ids, err := decode(task.Payload())
	if c == nil || err != nil {
		q.o.Logger.ErrorContext(ctx, "a task that is none of ours was dropped", "lane", task.Type())
		return nil
	}
	done := c.begin()
	defer done()
	ctx, cancel := context.WithTimeoutCause(ctx, q.o.Lease, errLease)
	defer cancel()
	lane := c.lane(task.Type())
	defer func() {
		if broken := recover(); broken != nil {
			q.o.Logger.ErrorContext(ctx, "a handler panicked", "lane", lane.String(), "count", len(ids), "error", hub.Fault(broken))
		}
	}()
	if err := q.o.Handler(ctx, lane, ids); err != nil {
		q.o.Logger.WarnContext(ctx, "a task was not finished; what is left becomes due again",
			"lane", lane.String(), "count", len(ids), "code", hub.CodeOf(err))
	}
	return nil
}

var errLease = errors.New("the lease of the task is over")
