package smpp

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pool lends places in the windows of the connections, to who has waited longest; who is urgent goes before all others.
type pool struct {
	window int

	mu      sync.Mutex
	links   []*link
	unbound time.Time // since when there is no connection
	urgent  []chan *link
	others  []chan *link
}

func (p *pool) add(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links = append(p.links, l)
	p.lend()
}

func (p *pool) remove(gone *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links = slices.DeleteFunc(p.links, func(l *link) bool { return l == gone })
	p.unbound = time.Now()
}

// take gives the connection with the most room, or nil when ctx ends or none is bound within patience.
func (p *pool) take(ctx context.Context, patience time.Duration, urgent bool) *link {
	if ctx.Err() != nil {
		return nil
	}
	place := make(chan *link, 1)
	p.mu.Lock()
	began := time.Now()
	if urgent {
		p.urgent = append(p.urgent, place)
	} else {
		p.others = append(p.others, place)
	}
	p.lend()
	p.mu.Unlock()
	select {
	case l := <-place:
		return l
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case l := <-place:
			return l
		case <-ctx.Done():
			p.leave(place)
			return nil
		case <-timer.C:
		}
		more := p.patient(began, patience)
		if more <= 0 {
			p.leave(place)
			return nil
		}
		timer.Reset(more)
	}
}

// takeSome is take for several, and tells for how many the connection has room.
func (p *pool) takeSome(ctx context.Context, patience time.Duration, urgent bool, most int) (*link, int) {
	l := p.take(ctx, patience, urgent)
	if l == nil {
		return nil, 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	more := 0
	if l.first == 0 && time.Until(l.paused) <= 0 {
		more = max(0, min(most-1, p.window-l.busy))
	}
	l.busy += more
	return l, 1 + more
}

// patient is how long to go on waiting: a window or a pause ends by itself, and only ctx limits that.
func (p *pool) patient(began time.Time, patience time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.links) > 0 {
		return patience
	}
	if p.unbound.After(began) {
		began = p.unbound
	}
	return patience - time.Since(began)
}

// leave gives up waiting, and passes on a place that was lent this very moment.
func (p *pool) leave(place chan *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	other := func(c chan *link) bool { return c == place }
	p.urgent, p.others = slices.DeleteFunc(p.urgent, other), slices.DeleteFunc(p.others, other)
	select {
	case l := <-place:
		l.busy--
	default:
	}
	p.lend()
}

// lend gives places to those who wait while there are both; p.mu is held.
func (p *pool) lend() {
	for {
		queue := &p.urgent
		if len(p.urgent) == 0 {
			queue = &p.others
		}
		if len(*queue) == 0 {
			return
		}
		l := p.roomiest()
		if l == nil {
			return
		}
		l.busy++
		(*queue)[0] <- l
		*queue = (*queue)[1:]
	}
}

func (p *pool) roomiest() (best *link) {
	for _, l := range p.links {
		switch {
		case l.first > 0: // what was throttled goes before anything new
		case time.Until(l.paused) > 0:
		case l.busy < p.window && (best == nil || l.busy < best.busy):
			best = l
		}
	}
	return best
}

func (p *pool) giveBack(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.busy--
	p.lend()
}

// pause holds a connection back. Those that are throttled together pause it once.
func (p *pool) pause(l *link, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.paused) {
		l.paused = until
		time.AfterFunc(d, p.rested)
	}
}

func (p *pool) rested() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lend()
}

// precede keeps new texts from a connection while a throttled part waits to go again.
func (p *pool) precede(l *link, parts int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.first += parts
	p.lend()
}

// rest is how long the connection still pauses.
func (p *pool) rest(l *link) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(l.paused)
}
