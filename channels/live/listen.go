package live

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// listen keeps one subscription until ctx ends, and tells when it is lost and when it is there again.
func (r *Relay) listen(ctx context.Context, registry *Registry, shard int) {
	for pause := relayPause; ctx.Err() == nil; pause = min(2*pause, relayLongest) {
		subscription := r.redis.SSubscribe(ctx, channelOf(shard))
		stop := context.AfterFunc(ctx, func() { _ = subscription.Close() })
		if r.hear(ctx, registry, shard, subscription) {
			pause = relayPause
		}
		r.setUp(registry, shard, false)
		stop()
		_ = subscription.Close()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// hear takes messages until the subscription is lost. It reports whether it ever was there.
func (r *Relay) hear(ctx context.Context, registry *Registry, shard int, subscription *redis.PubSub) (was bool) {
	for silences := 0; ; {
		message, err := subscription.ReceiveTimeout(ctx, relayBeat)
		var network net.Error
		switch {
		case err == nil:
			silences = 0
		case errors.As(err, &network) && network.Timeout() && silences < relaySilences:
			silences++
			if subscription.Ping(ctx) == nil {
				continue
			}
			return was
		default:
			return was
		}
		switch m := message.(type) {
		case *redis.Subscription:
			was = true
			r.setUp(registry, shard, true)
		case *redis.Message:
			r.take(ctx, registry, m.Payload)
		}
	}
}

// take brings nudges of another process to the registry.
func (r *Relay) take(ctx context.Context, registry *Registry, message string) {
	h, err := readNudges(message)
	switch {
	case err != nil:
		r.log.WarnContext(ctx, "live: a message that is none of ours", "error", err)
	case h.from == r.name: // the registry had them first
	default:
		registry.Notify(h.nudges)
		if len(h.doubted) > 0 {
			registry.Recheck(h.doubted...)
		}
		if h.all {
			registry.check(ctx)
		}
	}
}

// setUp notes how a subscription stands. With all of them there, nudges come by themselves.
func (r *Relay) setUp(registry *Registry, shard int, up bool) {
	r.upMu.Lock()
	defer r.upMu.Unlock()
	r.up[shard] = up
	lost := false
	for _, there := range r.up {
		lost = lost || !there
	}
	registry.Poll(lost)
}
