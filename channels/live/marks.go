package live

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"eblagh/hub"
)

const (
	marksGap   = 100 * time.Millisecond // between two writes of receipts: each is a commit
	marksRetry = 500 * time.Millisecond
	marksBatch = 1000
)

// mark is what one connection got, and acknowledged, since receipts were written last.
type mark struct{ nudged, acked hub.Span }

// marks gathers what receipts are owed, and writes them for many connections at once. It holds one mark per connection,
// so a store that is away makes marks longer, not more.
type marks struct {
	store Store
	log   *slog.Logger
	ready chan struct{}

	mu   sync.Mutex
	owed map[*conn]mark
}

func newMarks(store Store, log *slog.Logger) *marks {
	return &marks{store: store, log: log, ready: make(chan struct{}, 1), owed: map[*conn]mark{}}
}

func (m *marks) nudged(c *conn, after, through int64) {
	m.owe(c, mark{nudged: hub.Span{Recipient: c.recipient, After: after, Through: through}})
}

func (m *marks) acked(c *conn, after, through int64) {
	m.owe(c, mark{acked: hub.Span{Recipient: c.recipient, After: after, Through: through}})
}

func (m *marks) owe(c *conn, more mark) {
	m.mu.Lock()
	had := m.owed[c]
	m.owed[c] = mark{join(had.nudged, more.nudged), join(had.acked, more.acked)}
	m.mu.Unlock()
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

// join makes one span of two that follow on each other; a span without recipient is none.
func join(a, b hub.Span) hub.Span {
	switch {
	case a.Recipient.IsZero():
		return b
	case b.Recipient.IsZero():
		return a
	}
	return hub.Span{Recipient: a.Recipient, After: min(a.After, b.After), Through: max(a.Through, b.Through)}
}

// run writes until ctx ends, and then once more.
func (m *marks) run(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			m.settle(last)
			return
		case <-m.ready:
		}
		gap := marksGap
		if !m.settle(ctx) {
			gap = marksRetry
		}
		pause.Reset(gap)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
	}
}

// settle writes what is owed. What cannot be written now stays owed: writing it twice makes no second receipt.
func (m *marks) settle(ctx context.Context) bool {
	m.mu.Lock()
	owed := m.owed
	m.owed = map[*conn]mark{}
	m.mu.Unlock()
	conns := make([]*conn, 0, len(owed))
	for c := range owed {
		conns = append(conns, c)
	}
	for batch := range slices.Chunk(conns, marksBatch) {
		if err := m.write(ctx, batch, owed); err != nil {
			m.log.WarnContext(ctx, "live: receipts are owed", "connections", len(owed), "error", err)
			for c, rest := range owed {
				m.owe(c, rest)
			}
			return false
		}
		for _, c := range batch {
			delete(owed, c)
		}
	}
	return true
}

func (m *marks) write(ctx context.Context, batch []*conn, owed map[*conn]mark) error {
	var nudged, acked []hub.Span
	for _, c := range batch {
		if s := owed[c].nudged; !s.Recipient.IsZero() {
			nudged = append(nudged, s)
		}
		if s := owed[c].acked; !s.Recipient.IsZero() {
			acked = append(acked, s)
		}
	}
	if len(nudged) > 0 {
		if err := m.store.Nudged(ctx, nudged); err != nil {
			return err
		}
	}
	if len(acked) > 0 {
		return m.store.Acked(ctx, acked)
	}
	return nil
}
