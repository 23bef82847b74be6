package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Redis says where Redis is.
type Redis struct {
	Mode     string   // single, sentinel or cluster
	Addrs    []string // host:port; of the sentinels in mode sentinel, of some nodes in mode cluster
	Master   string   // the master's name, for sentinel
	Password string
	Conns    int           // connections per node; 0: 20
	Timeout  time.Duration // for connecting, and for an answer; 0: 1 s
}

// breath is how long a command without a deadline waits before it tells its failure.
const breath = 100 * time.Millisecond

// Dial makes a client; it connects when first used. One client serves the queue, the waker and the live relay.
// Errors: an unknown mode, no address, a sentinel without its master's name.
func Dial(r Redis) (redis.UniversalClient, error) {
	timeout := cmp.Or(r.Timeout, time.Second)
	o := &redis.UniversalOptions{
		Addrs: r.Addrs, Password: r.Password, PoolSize: cmp.Or(r.Conns, 20),
		DialTimeout: timeout, ReadTimeout: timeout, WriteTimeout: timeout, PoolTimeout: timeout,
		DialerRetries: 1, MaxRetries: -1, // a failure shows at once: the breaker and the crews decide what to do
		ContextTimeoutEnabled:    true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	switch {
	case len(r.Addrs) == 0:
		return nil, errors.New("redis: no address")
	case r.Mode == "single" && len(r.Addrs) > 1:
		return nil, errors.New("redis: mode single takes one address")
	case r.Mode == "single":
	case r.Mode == "sentinel" && r.Master == "":
		return nil, errors.New("redis: sentinel needs the master's name")
	case r.Mode == "sentinel":
		o.MasterName = r.Master
	case r.Mode == "cluster":
		o.IsClusterMode = true
	default:
		return nil, fmt.Errorf("redis: %q is no mode: there are single, sentinel and cluster", r.Mode)
	}
	client := redis.NewUniversalClient(o)
	client.AddHook(breather{})
	return client, nil
}

// LogTo sends what go-redis has to say to the logger, at debug. go-redis keeps one logger for the whole process: call
// it once, at the start.
func LogTo(logger *slog.Logger) { redis.SetLogger(redisLogger{logger}) }

type redisLogger struct{ *slog.Logger }

// Printf implements the logger of go-redis.
func (l redisLogger) Printf(ctx context.Context, format string, v ...any) {
	if l.Enabled(ctx, slog.LevelDebug) {
		l.DebugContext(ctx, "redis client", "said", fmt.Sprintf(format, v...))
	}
}

// breather is a hook that keeps asynq's loops from spinning on a Redis that is away, loading or out of memory. Only
// commands without a deadline wait: asynq sends its own so, the hub never does.
type breather struct{}

// DialHook implements redis.Hook.
func (breather) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (breather) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		breathe(ctx, err)
		return err
	}
}

// ProcessPipelineHook implements redis.Hook.
func (breather) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		breathe(ctx, err)
		return err
	}
}

func breathe(ctx context.Context, err error) {
	if err == nil || ctx.Done() != nil || !trouble(err) {
		return
	}
	time.Sleep(breath) // there is nobody to cancel it: the context has no end
}

// trouble tells failures of Redis from answers that are part of the conversation: nothing there, a script to be sent in
// full, a task that is gone.
func trouble(err error) bool {
	text := err.Error()
	return !errors.Is(err, redis.Nil) && !strings.HasPrefix(text, "NOSCRIPT") && !strings.HasPrefix(text, "NOT FOUND")
}
