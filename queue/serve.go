package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"eblagh/hub"
)

const (
	slowHands  = 2                // tasks at once in the slow server: it finds work, the crews do it
	sweepEvery = 5 * time.Minute  // how often asynq's archive is emptied
	quiet      = 10 * time.Minute // for asynq's loops that serve features which the hub does not use
)

// Serve works on tasks until ctx ends; then it takes no more, lets what is under way go on for Grace, cancels the rest
// and returns nil. It is called once. Redis may be away at any time, from the start on.
func (q *Queue) Serve(ctx context.Context) error {
	if q.o.Handler == nil {
		return errors.New("a queue without a handler cannot serve")
	}
	slow := q.start(hub.Lanes, q.o.Slow, slowHands)
	var group sync.WaitGroup
	for _, c := range q.crews {
		group.Go(func() { c.run(ctx) })
	}
	group.Go(func() { q.sweep(ctx) })
	<-ctx.Done()
	slow.Shutdown()
	group.Wait()
	return nil
}

// start makes one asynq server of the lanes, which it empties in their order.
func (q *Queue) start(lanes []hub.Lane, every time.Duration, hands int) *asynq.Server {
	weights := map[string]int{}
	for i, lane := range lanes {
		weights[lane.String()] = len(lanes) - i
	}
	s := asynq.NewServerFromRedisClient(q.o.Redis, asynq.Config{
		Concurrency: hands, Queues: weights, StrictPriority: true, TaskCheckInterval: every,
		ShutdownTimeout: q.o.Grace, DelayedTaskCheckInterval: quiet, JanitorInterval: quiet,
		Logger: asynqLogger{q.o.Logger}, LogLevel: asynq.WarnLevel,
	})
	if err := s.Start(q); err != nil { // only a server that was started before refuses
		q.o.Logger.Error("asynq server", "error", err)
	}
	return s
}

// sweep empties asynq's archive, where the tasks of killed workers end: their rows are due again long before.
func (q *Queue) sweep(ctx context.Context) {
	inspector := asynq.NewInspectorFromRedisClient(q.o.Redis)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		for _, lane := range hub.Lanes {
			if _, err := inspector.DeleteAllArchivedTasks(lane.String()); err != nil &&
				!errors.Is(err, asynq.ErrQueueNotFound) && ctx.Err() == nil {
				q.o.Logger.DebugContext(ctx, "the queue's archive was not swept", "lane", lane.String())
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// asynqLogger keeps what asynq says at debug: a Redis that is away is told once, by the pump's breaker.
type asynqLogger struct{ log *slog.Logger }

func (l asynqLogger) say(level string, args []any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("asynq", "level", level, "said", fmt.Sprint(args...))
	}
}

// Debug implements asynq.Logger.
func (l asynqLogger) Debug(args ...any) { l.say("debug", args) }

// Info implements asynq.Logger.
func (l asynqLogger) Info(args ...any) { l.say("info", args) }

// Warn implements asynq.Logger.
func (l asynqLogger) Warn(args ...any) { l.say("warn", args) }

// Error implements asynq.Logger.
func (l asynqLogger) Error(args ...any) { l.say("error", args) }

// Fatal implements asynq.Logger. It does not end the process: only cmd does.
func (l asynqLogger) Fatal(args ...any) { l.say("fatal", args) }
