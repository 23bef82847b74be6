package smpp

import (
	"context"
	"sync"
	"time"
)

// pool lends places in the windows of the connections.
type pool struct {
	mu      sync.Mutex
	links   []*link
	urgent  int           // who waits and goes before the others
	changed chan struct{} // closed whenever a place may have become free
}

func (p *pool) add(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links = append(p.links, l)
	p.tell()
}

func (p *pool) remove(gone *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := make([]*link, 0, len(p.links))
	for _, l := range p.links {
		if l != gone {
			kept = append(kept, l)
		}
	}
	p.links = kept
}

// tell wakes everybody who waits; p.mu is held.
func (p *pool) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// take gives the connection with the most room, or nil when ctx ends or none is bound within patience. Who is urgent goes
// before all others that wait.
func (p *pool) take(ctx context.Context, window int, patience time.Duration, urgent bool) *link {
	if urgent {
		p.hurry(1)
		defer p.hurry(-1)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for ctx.Err() == nil {
		l, bound, paused, changed := p.try(window, urgent)
		if l != nil {
			return l
		}
		if bound { // its window or its pause ends by itself: only ctx limits that
			timer.Reset(patience)
		}
		var rested <-chan time.Time
		if paused > 0 {
			rested = time.After(paused)
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-rested:
		case <-timer.C:
			if !bound {
				return nil
			}
		}
	}
	return nil
}

func (p *pool) hurry(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.urgent += n
	if n < 0 {
		p.tell() // what it left may be somebody else's
	}
}

func (p *pool) try(window int, urgent bool) (best *link, bound bool, paused time.Duration, changed chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.links {
		rest := time.Until(l.paused)
		switch {
		case rest > 0:
			if paused == 0 || rest < paused {
				paused = rest
			}
		case p.urgent > 0 && !urgent: // it is theirs
		case l.first > 0: // what was throttled goes before anything new
		case l.busy < window && (best == nil || l.busy < best.busy):
			best = l
		}
	}
	if best != nil {
		best.busy++
	}
	return best, len(p.links) > 0, paused, p.changed
}

func (p *pool) giveBack(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.busy--
	p.tell()
}

// pause holds a connection back. Those that are throttled together pause it once.
func (p *pool) pause(l *link, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.paused) {
		l.paused = until
	}
}

// precede keeps new texts from a connection while a throttled part waits to go again.
func (p *pool) precede(l *link, parts int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.first += parts
	p.tell()
}

// rest is how long the connection still pauses.
func (p *pool) rest(l *link) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(l.paused)
}
