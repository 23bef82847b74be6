package channels

import (
	"cmp"
	"context"
	"crypto/rand"
	_ "embed" // for bucket.lua
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"eblagh/hub"
)

const (
	answerWithin = 250 * time.Millisecond // a Redis slower than that counts as away
	awayFor      = time.Second            // until it is asked again
	nodeFor      = 30 * time.Second       // how long a node counts since it last took anything
	nodesUnseen  = 2                      // how many nodes there may be, while Redis never said
)

//go:embed bucket.lua
var bucketScript string

// BucketOptions are what a Bucket works with. Provider, PerSecond, Clock and Logger are needed.
type BucketOptions struct {
	Provider  string
	PerSecond float64        // over all nodes; above 0
	Urgent    float64        // share of the bucket that only urgent texts and codes may take, 0 to 1; 0: 0.2
	Redis     redis.Scripter // through which the nodes share it; nil: this node is the only one
	Clock     hub.Clock
	Logger    *slog.Logger
}

// Bucket is the rate of one provider, shared by all nodes through Redis. While Redis is away or slow, a node takes from a
// bucket of its own: the rate divided by the number of nodes that it last heard of. It is safe for concurrent use.
type Bucket struct {
	o      BucketOptions
	script *redis.Script
	keys   []string
	node   string

	mu    sync.Mutex
	own   tank
	nodes int       // that take from it, this one included
	away  time.Time // Redis is not asked before
}

// NewBucket makes a bucket; Redis may be away.
func NewBucket(o BucketOptions) *Bucket {
	o.Urgent = cmp.Or(o.Urgent, share)
	b := &Bucket{o: o, script: redis.NewScript(bucketScript), node: rand.Text(), nodes: nodesUnseen}
	b.keys = []string{"eblagh:rate:{" + o.Provider + "}", "eblagh:rate:{" + o.Provider + "}:nodes"}
	if o.Redis == nil {
		b.nodes = 1
	}
	return b
}

// take gives up to want units, or none and how long to wait before it is asked again. It never waits longer than Redis
// may take to answer.
func (b *Bucket) take(ctx context.Context, urgent bool, want int) (granted int, wait time.Duration) {
	if b.reachable() {
		granted, wait, err := b.takeShared(ctx, urgent, want)
		if err == nil || ctx.Err() != nil {
			return granted, wait
		}
		b.lose(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.own.take(shapeOf(b.o.PerSecond/float64(b.nodes), b.o.Urgent), b.o.Clock(), urgent, want)
}

func (b *Bucket) reachable() bool {
	if b.o.Redis == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.o.Clock().Before(b.away)
}

func (b *Bucket) takeShared(ctx context.Context, urgent bool, want int) (int, time.Duration, error) {
	limited, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	s := shapeOf(b.o.PerSecond, b.o.Urgent)
	floor := s.floor
	if urgent {
		floor = 0
	}
	answer, err := b.script.Run(limited, b.o.Redis, b.keys, s.rate, s.capacity, floor, s.floor, want, b.node,
		nodeFor.Milliseconds()).Int64Slice()
	if err != nil {
		return 0, 0, fmt.Errorf("shared rate: %w", err)
	}
	if len(answer) != 3 || answer[0] < 0 || answer[0] > int64(want) || answer[2] < 1 {
		return 0, 0, errors.New("shared rate: the script's answer makes no sense")
	}
	b.mu.Lock()
	back := !b.away.IsZero()
	b.nodes, b.away = int(answer[2]), time.Time{}
	b.mu.Unlock()
	if back {
		b.o.Logger.Info("the rate is shared again", "provider", b.o.Provider)
	}
	return int(answer[0]), time.Duration(answer[1]) * time.Microsecond, nil
}

// lose leaves Redis alone for a moment.
func (b *Bucket) lose(err error) {
	b.mu.Lock()
	first, nodes := b.away.IsZero(), b.nodes
	b.away = b.o.Clock().Add(awayFor)
	b.mu.Unlock()
	if first {
		b.o.Logger.Warn("the rate cannot be shared; this node keeps to its part", "provider", b.o.Provider, "nodes", nodes,
			"error", err)
	}
}
