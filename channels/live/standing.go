package live

import (
	"context"
	"slices"
	"sync"
	"time"

	"eblagh/hub"
)

// doubts are people whose standing may have changed: a session of theirs ended, or their power to act for somebody.
type doubts struct {
	ready chan struct{}

	mu     sync.Mutex
	people map[hub.ID]struct{}
}

func newDoubts() doubts { return doubts{ready: make(chan struct{}, 1), people: map[hub.ID]struct{}{}} }

// Recheck has the connections of these people looked at soon: those by which they look, and those into their inboxes. It
// does not block. What it does not hear of, the next ping finds out.
func (r *Registry) Recheck(people ...hub.ID) {
	r.doubts.mu.Lock()
	for _, p := range people {
		r.doubts.people[p] = struct{}{}
	}
	r.doubts.mu.Unlock()
	select {
	case r.doubts.ready <- struct{}{}:
	default:
	}
}

// doubt looks at whom Recheck named, many with one question.
func (r *Registry) doubt(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.doubts.ready:
		}
		r.doubts.mu.Lock()
		named := r.doubts.people
		r.doubts.people = map[hub.ID]struct{}{}
		r.doubts.mu.Unlock()
		conns := slices.DeleteFunc(r.all(), func(c *conn) bool {
			_, looks := named[c.person]
			_, shown := named[c.recipient]
			return !looks && !shown
		})
		r.review(ctx, conns)
	}
}

// review asks whether connections may go on. A store that does not answer is asked again with the next ping; nothing is
// shown before it answers.
func (r *Registry) review(ctx context.Context, conns []*conn) {
	for batch := range slices.Chunk(conns, headsBatch) {
		limited, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := r.turnAway(limited, batch)
		cancel()
		if err != nil {
			r.o.Logger.DebugContext(ctx, "live: who may look cannot be asked", "error", err)
			return
		}
	}
}

// turnAway ends the connections of those who may look no more.
func (r *Registry) turnAway(ctx context.Context, conns []*conn) error {
	if len(conns) == 0 || r.o.Still == nil {
		return nil
	}
	viewers := make([]Viewer, len(conns))
	for i, c := range conns {
		viewers[i] = Viewer{Recipient: c.recipient, Person: c.person, Session: c.session}
	}
	codes, err := r.o.Still(ctx, viewers)
	if err != nil {
		return err
	}
	for i, c := range conns {
		if codes[i] != 0 {
			c.leave(codes[i], time.Second)
		}
	}
	return nil
}
