package live

import (
	"context"
	"slices"
	"sync"
	"time"

	"eblagh/hub"
)

const (
	batchSize = 512 // connections in one read of covers
	pageSize  = 64  // covers of one connection in one read
	patience  = 10 * time.Second
)

// collector reads for many connections at once what they miss. It alone moves their position, so that each cursor is
// sent once and in order.
type collector struct {
	reg     *Registry
	ready   chan struct{}
	failing bool

	mu   sync.Mutex
	list []*conn
}

func newCollector(r *Registry) *collector { return &collector{reg: r, ready: make(chan struct{}, 1)} }

// add puts a connection in the collector's hand. It does not block.
func (l *collector) add(c *conn) {
	l.mu.Lock()
	l.list = append(l.list, c)
	l.mu.Unlock()
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

func (l *collector) take() []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.list), batchSize)
	batch := slices.Clone(l.list[:n])
	if l.list = l.list[n:]; len(l.list) == 0 {
		l.list = nil
	}
	return batch
}

// run reads as soon as somebody misses something, and then not before Gather is over, so that what comes meanwhile is
// read together.
func (l *collector) run(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for wait := 100 * time.Millisecond; ; {
		select {
		case <-ctx.Done():
			return
		case <-l.ready:
		}
		for batch := l.take(); len(batch) > 0; batch = l.take() {
			pause.Reset(l.reg.o.Gather)
			if err := l.fill(ctx, batch); err != nil {
				l.complain(ctx, err)
				l.putBack(batch)
				pause.Reset(wait)
				wait = min(2*wait, 2*time.Second)
			} else {
				l.failing, wait = false, 100*time.Millisecond
			}
			select {
			case <-ctx.Done():
				return
			case <-pause.C:
			}
		}
	}
}

// complain logs the first of a row of failures.
func (l *collector) complain(ctx context.Context, err error) {
	if !l.failing && ctx.Err() == nil {
		l.reg.o.Logger.ErrorContext(ctx, "live: the inboxes cannot be read", "error", err)
	}
	l.failing = true
}

// putBack keeps what could not be read for later; who waits for their hello too long is sent away.
func (l *collector) putBack(batch []*conn) {
	for _, c := range batch {
		c.mu.Lock()
		if !c.joined && time.Since(c.since) > patience {
			c.end(CloseUnavailable, 5*time.Second)
		}
		open := c.ended == 0
		c.mu.Unlock()
		if open {
			l.add(c)
		}
	}
}

// fill says hello to those who are new, and brings the others forward by a page.
func (l *collector) fill(ctx context.Context, batch []*conn) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := l.greet(ctx, batch); err != nil {
		return err
	}
	if err := l.reg.turnAway(ctx, batch); err != nil {
		return err
	}
	all := missing(batch)
	if err := l.read(ctx, all); err != nil {
		return err
	}
	for _, m := range all {
		l.spread(ctx, m)
	}
	return nil
}

// read gives each stretch its page. What is at hand need not be read.
func (l *collector) read(ctx context.Context, all []*missed) error {
	var unread []*missed
	var spans []hub.Span
	for _, m := range all {
		if m.atHand != nil && m.span.Through == m.atHand.Cursor && m.span.After == m.atHand.Cursor-1 {
			m.page = []hub.LiveCover{*m.atHand}
		} else {
			unread, spans = append(unread, m), append(spans, m.span)
		}
	}
	if len(spans) == 0 {
		return nil
	}
	pages, err := l.reg.o.Store.LiveCovers(ctx, spans, pageSize)
	if err != nil {
		return err
	}
	for i, m := range unread {
		m.page = pages[i]
	}
	return nil
}

func (l *collector) greet(ctx context.Context, batch []*conn) error {
	var who []hub.ID
	for _, c := range batch {
		c.mu.Lock()
		if !c.joined && c.ended == 0 {
			who = append(who, c.recipient)
		}
		c.mu.Unlock()
	}
	if len(who) == 0 {
		return nil
	}
	heads, err := l.reg.o.Store.Heads(ctx, who)
	if err != nil {
		return err
	}
	for _, c := range batch {
		c.join(heads[c.recipient]) // does nothing for those who joined before
	}
	return nil
}
