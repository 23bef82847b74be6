package dispatch

import (
	"sync"
	"time"
)

// breaker remembers whether the queue is away, and when to try it again. It closes when the queue answers, but counts
// the queue as proven only once it took a task: one that answers and takes nothing (out of memory) is tried ever more
// seldom, with one task at a time.
type breaker struct {
	first, last time.Duration // waits before the next try
	absent      bool          // there is no queue at all

	mu    sync.Mutex
	open  bool
	since time.Time
	wait  time.Duration
	next  time.Time
}

// mayTry reports whether the queue may be tried now.
func (b *breaker) mayTry() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.absent && (!b.open || !time.Now().Before(b.next))
}

// trip opens the breaker, or puts the next try further off. It reports whether it was closed before.
func (b *breaker) trip() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, opened := time.Now(), !b.open
	if opened {
		b.open, b.since = true, now
	}
	b.wait = min(max(2*b.wait, b.first), b.last)
	b.next = now.Add(b.wait)
	return opened
}

// close notes that the queue answers. It reports whether the breaker was open before.
func (b *breaker) close() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return false
	}
	b.open, b.since = false, time.Now()
	return true
}

// prove notes that the queue took a task.
func (b *breaker) prove() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wait = 0
}

// proven reports whether the queue took a task since it was last away.
func (b *breaker) proven() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wait == 0
}

func (b *breaker) state() PumpState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return PumpState{Direct: b.open || b.absent, Since: b.since}
}
