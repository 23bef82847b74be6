package queue

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	wakeChannel = "eblagh:wake"
	wakeGap     = 3 * time.Millisecond   // at most one word in this time
	wakeTimeout = 250 * time.Millisecond // a later word would be of no use: pumps look by themselves
)

// Waker tells the pumps of all processes that something is due, by a word over Redis that says nothing else. Words may
// be lost, and come together as one.
type Waker struct {
	redis redis.UniversalClient
	log   *slog.Logger
	self  string // names this process, which needs no word from itself
	due   chan struct{}
	local atomic.Pointer[func()]
}

// NewWaker makes a Waker; Run makes it speak and listen.
func NewWaker(client redis.UniversalClient, logger *slog.Logger) *Waker {
	return &Waker{redis: client, log: logger, self: rand.Text(), due: make(chan struct{}, 1)}
}

// Wake wakes this process's pump at once and the others soon. It never blocks.
func (w *Waker) Wake() {
	if wake := w.local.Load(); wake != nil {
		(*wake)()
	}
	select {
	case w.due <- struct{}{}:
	default:
	}
}

// Run speaks and listens until ctx ends, and calls wake for every word heard, and whenever words may have been missed.
// wake must not block; nil: this process has no pump. Redis may be away at any time.
func (w *Waker) Run(ctx context.Context, wake func()) {
	var group sync.WaitGroup
	defer group.Wait()
	if wake != nil {
		w.local.Store(&wake)
		group.Go(func() { w.listen(ctx, wake) })
	}
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.due:
		}
		w.say(ctx)
		pause.Reset(wakeGap)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

func (w *Waker) say(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, wakeTimeout)
	defer cancel()
	if err := w.redis.Publish(ctx, wakeChannel, w.self).Err(); err != nil {
		w.log.DebugContext(ctx, "other pumps were not woken", "error", err)
	}
}

func (w *Waker) listen(ctx context.Context, wake func()) {
	heard := w.redis.Subscribe(ctx, wakeChannel)
	defer heard.Close()
	words := heard.ChannelWithSubscriptions()
	for {
		select {
		case <-ctx.Done():
			return
		case word, ok := <-words:
			if !ok {
				return
			}
			if m, isMessage := word.(*redis.Message); !isMessage || m.Payload != w.self {
				wake() // a new subscription too: what was said before it is lost
			}
		}
	}
}
