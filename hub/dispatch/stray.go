package dispatch

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	strayEvery = 10 * time.Second
	strayBatch = 2000
	strayTurns = 5
	// strayOverlap covers reports that were written down before the last look, and committed after it.
	strayOverlap = 10 * time.Second
	// strayBack is how far back to look when Postgres's clock was set back.
	strayBack = 5 * time.Minute
)

// Strays is what one look at parked reports found.
type Strays struct {
	Keys  []MessageKey // of those that an attempt claims
	Until time.Time    // up to when, by Postgres's clock, all were looked at
	Now   time.Time    // what that clock showed
	More  bool         // there are more after Until
}

// strays remembers how far this process has looked.
type strays struct {
	mu    sync.Mutex
	next  time.Time // of the next look, by the process's clock
	since time.Time // where it begins, by Postgres's; zero: an hour ago
	now   time.Time // what Postgres's clock showed last
}

// reconcileStrays matches reports that were kept, and whose process ended before it matched them. While a text is on its
// way its own due time leads to them; one that came after the text was closed would be evidence that nobody sees.
func (d *Dispatcher) reconcileStrays(ctx context.Context) error {
	s := &d.strays
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	now := d.clock()
	if now.Before(s.next) && s.next.Sub(now) <= strayEvery { // a clock set back holds nothing up
		return nil
	}
	s.next = now.Add(strayEvery)
	for range strayTurns {
		found, err := d.store.Strays(ctx, s.since, strayBatch)
		if err != nil {
			return fmt.Errorf("stray reports: %w", err)
		}
		if _, err := d.match(ctx, unique(found.Keys)); err != nil {
			return err
		}
		more := s.looked(found)
		if !more {
			break
		}
	}
	return nil
}

// looked moves on to where the next look begins, and tells whether it should follow at once.
func (s *strays) looked(found Strays) (more bool) {
	back := found.Now.Before(s.now)
	s.now = found.Now
	switch {
	case back:
		s.since = found.Now.Add(-strayBack)
	case found.More:
		s.since = found.Until
	default:
		s.since = found.Until.Add(-strayOverlap)
	}
	return found.More && !back
}
