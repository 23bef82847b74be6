package live

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"eblagh/hub"
)

const (
	relayShards   = 4 // channels live:0 … live:3, spread over the nodes of a Redis cluster
	relayPending  = 10_000
	relayTimeout  = time.Second
	relayGather   = 5 * time.Millisecond   // least time between two messages: of what comes one by one each would cost Redis and every node a turn
	relayPause    = 100 * time.Millisecond // first wait after a failure
	relayLongest  = 2 * time.Second
	relayBeat     = time.Second // how long a subscription may be silent before it is pinged
	relaySilences = 2           // pings without an answer after which it counts as lost
)

// Relay carries nudges to the live nodes, over sharded pub/sub of Redis, which may lose them. It implements
// dispatch.Nudger: nudges are gathered and sent by Run, and go to the registry of the same process at once.
type Relay struct {
	redis redis.UniversalClient
	log   *slog.Logger
	name  string
	local atomic.Pointer[Registry]
	ready chan struct{}

	mu      sync.Mutex
	cursors map[hub.ID]int64 // to be sent
	updates []hub.Nudge      // to be sent
	doubted []hub.ID         // to be sent
	all     bool             // more changed than can be remembered

	upMu sync.Mutex
	up   [relayShards]bool // subscribed
}

// NewRelay makes a Relay. Without a client (nil) nudges reach the registry of the same process only.
func NewRelay(client redis.UniversalClient, logger *slog.Logger) *Relay {
	return &Relay{redis: client, log: logger, name: rand.Text()[:nameSize], ready: make(chan struct{}, 1),
		cursors: map[hub.ID]int64{}}
}

// Nudge takes nudges to be sent. It does not block; of one inbox only the highest cursor is sent.
func (r *Relay) Nudge(_ context.Context, nudges []hub.Nudge) {
	if local := r.local.Load(); local != nil {
		local.Notify(nudges)
	}
	if r.redis == nil || len(nudges) == 0 {
		return
	}
	r.mu.Lock()
	for _, n := range nudges {
		_, known := r.cursors[n.Recipient]
		switch {
		case n.Update && len(r.updates) < relayPending:
			r.updates = append(r.updates, n)
		case n.Update: // lost: it only makes a page fresh sooner
		case known || len(r.cursors) < relayPending:
			r.cursors[n.Recipient] = max(r.cursors[n.Recipient], n.Cursor)
		default:
			r.all = true
		}
	}
	r.mu.Unlock()
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// Recheck tells every live node that the standing of these people may have changed: a session ended, or somebody's power
// to act for them. It does not block. What is lost, the nodes find out with the next ping.
func (r *Relay) Recheck(people ...hub.ID) {
	if local := r.local.Load(); local != nil {
		local.Recheck(people...)
	}
	if r.redis == nil || len(people) == 0 {
		return
	}
	r.mu.Lock()
	r.doubted = append(r.doubted, people[:min(len(people), max(0, relayPending-len(r.doubted)))]...)
	r.mu.Unlock()
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// Attach gives the relay the registry of this process, before Run; without one it only sends.
func (r *Relay) Attach(registry *Registry) { r.local.Store(registry) }

// Run sends nudges, and brings those of others to the registry, until ctx ends. While a subscription is lost the
// registry polls. Redis may be away at any time.
func (r *Relay) Run(ctx context.Context) {
	if r.redis == nil {
		<-ctx.Done()
		return
	}
	var group sync.WaitGroup
	defer group.Wait()
	if registry := r.local.Load(); registry != nil {
		for shard := range relayShards {
			group.Go(func() { r.listen(ctx, registry, shard) })
		}
	}
	pause := relayPause
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.ready:
		}
		for !r.send(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
			pause = min(2*pause, relayLongest)
		}
		pause = relayPause
		select {
		case <-ctx.Done():
		case <-time.After(relayGather):
		}
	}
}

func channelOf(shard int) string { return "live:" + strconv.Itoa(shard) }

func shardOf(recipient hub.ID) int { return int(recipient[13]) % relayShards }

// send publishes what waits, in one round trip. What could not be sent waits on.
func (r *Relay) send(ctx context.Context) bool {
	r.mu.Lock()
	p := parcel{r.cursors, r.updates, r.doubted, r.all}
	r.cursors, r.updates, r.doubted, r.all = map[hub.ID]int64{}, nil, nil, false
	r.mu.Unlock()
	limited, cancel := context.WithTimeout(ctx, relayTimeout)
	defer cancel()
	pipe := r.redis.Pipeline()
	for shard, messages := range r.messages(p) {
		for _, m := range messages {
			pipe.SPublish(limited, channelOf(shard), m)
		}
	}
	if pipe.Len() == 0 {
		return true
	}
	if _, err := pipe.Exec(limited); err != nil {
		r.log.DebugContext(ctx, "live: nudges wait for Redis", "error", err)
		r.keep(p)
		return false
	}
	return true
}

// keep puts back what could not be sent, as far as there is room.
func (r *Relay) keep(p parcel) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for recipient, cursor := range p.cursors {
		r.cursors[recipient] = max(r.cursors[recipient], cursor)
	}
	r.updates = append(p.updates, r.updates...)
	r.updates = r.updates[:min(len(r.updates), relayPending)]
	r.doubted = append(p.doubted, r.doubted...)
	r.doubted = r.doubted[:min(len(r.doubted), relayPending)]
	r.all = r.all || p.all
}
