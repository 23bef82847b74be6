package main

import (
	"context"

	"github.com/redis/go-redis/v9"

	"eblagh/hub/dispatch"
	"eblagh/queue"
)

// outside is what the domain talks to beside Postgres: Redis with the queue, the wake-up and the live relay, and the SMS
// provider.
type outside struct {
	redis redis.UniversalClient // nil: none is configured
	waker *queue.Waker
	queue *queue.Queue // worker part with Redis
}

// openOutside makes the clients; none of them connects before it is used, and Redis may be away all the time.
func (a *App) openOutside() (*outside, error) {
	out := &outside{}
	if r := a.o.Config.Redis; len(r.Addrs) > 0 {
		queue.LogTo(a.log)
		client, err := queue.Dial(queue.Redis{Mode: r.Mode, Addrs: r.Addrs, Master: r.Master, Password: r.Password.Reveal()})
		if err != nil {
			return nil, err
		}
		a.undo.add("redis", func(context.Context) error { return client.Close() })
		out.redis, out.waker = client, queue.NewWaker(client, a.log)
	}
	return out, nil
}

// ping reports whether Redis serves: reads alone would not show one that is out of memory.
func (o *outside) ping(ctx context.Context) error {
	return o.redis.Set(ctx, "eblagh:ready", 1, probeAge).Err()
}

// queueOrNone is the queue as a port: a nil pointer in it would not be nil.
func (o *outside) queueOrNone() dispatch.Queue {
	if o.queue == nil {
		return nil
	}
	return o.queue
}
