package endtoend

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// viewer is a citizen's page: it keeps a live connection to either node, comes back with its cursor whenever that is
// lost, and wants each notice once and in order. Now and then it opens one, at both nodes at once.
type viewer struct {
	t       *testing.T
	c       *cluster
	id      string    // of the person
	callers []*caller // one per node, with the person's session
	dice    *chance
	hurry   atomic.Bool // do not open anything more
	stop    chan struct{}
	done    chan struct{}
	opening sync.WaitGroup

	mu       sync.Mutex
	position int64
	acked    int64
	came     int // connections
	opened   int
	wrong    []string
}

func newViewer(c *cluster, who demoPerson, session *caller) *viewer {
	var me struct{ ID string }
	session.base = "http://" + c.nodes[0].door.addr()
	session.want(200, "GET", "/v1/me", nil).into(c.t, &me)
	v := &viewer{t: c.t, c: c, id: me.ID, dice: &chance{random: c.random("viewer " + who.Mobile)}, stop: make(chan struct{}),
		done: make(chan struct{})}
	for _, n := range c.nodes {
		at := newCaller(c.t, "http://"+n.door.addr(), "")
		at.http.Jar, at.http.Timeout = session.http.Jar, 20*time.Second
		v.callers = append(v.callers, at)
	}
	go v.run()
	c.t.Cleanup(func() { close(v.stop); <-v.done })
	return v
}

func (v *viewer) run() {
	defer close(v.done)
	defer v.opening.Wait()
	for node := 0; ; node++ {
		if live, err := dial(v.t, v.callers[node%len(v.callers)], v.at()); err == nil {
			v.mu.Lock()
			v.came++
			v.mu.Unlock()
			v.watch(live)
			live.drop()
		}
		select {
		case <-v.stop:
			return
		case <-time.After(100 * time.Millisecond): // as a page waits
		}
	}
}

// watch follows one connection to its end. What came is acknowledged as it comes or a little later, and all of it once
// more whenever nothing comes.
func (v *viewer) watch(live *liveClient) {
	frames := make(chan frame)
	go func() {
		defer close(frames)
		for {
			f, err := live.next(time.Minute)
			if err != nil {
				return
			}
			frames <- f
		}
	}()
	defer func() {
		live.drop()
		for range frames { // let the reader end
		}
	}()
	idle := time.NewTicker(200 * time.Millisecond)
	defer idle.Stop()
	for {
		select {
		case <-v.stop:
			return
		case f, ok := <-frames:
			if !ok || !v.take(f) {
				return
			}
			if v.dice.below(3) == 0 && v.ack(live) != nil {
				return
			}
		case <-idle.C:
			if v.ack(live) != nil {
				return
			}
		}
	}
}

// take looks at a frame. It reports whether the connection is of use.
func (v *viewer) take(f frame) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case f.Type == "hello" && !f.Recovered:
		v.wrong = append(v.wrong, fmt.Sprintf("the live channel does not know cursor %d, which it gave", v.position))
		return false
	case f.Type != "notice":
		return true
	case f.Cursor != v.position+1:
		v.wrong = append(v.wrong, fmt.Sprintf("live gave cursor %d of inbox %s after %d", f.Cursor, v.id, v.position))
		return false
	}
	v.position = f.Cursor
	if !v.hurry.Load() && v.dice.below(20) == 0 {
		v.opened++
		v.open(f.Notice.ID)
	}
	return true
}

// open opens a notice at all nodes at once, until each has said that it is open.
func (v *viewer) open(notice string) {
	for _, at := range v.callers {
		v.opening.Go(func() {
			for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); {
				a, err := at.try("POST", "/v1/inbox/"+notice+"/open", map[string]any{})
				if err == nil && a.status == 200 {
					return
				}
				if err == nil && a.status < 500 && a.status != 429 {
					v.complain("opening notice %s: status %d", notice, a.status)
					return
				}
				select {
				case <-v.stop:
					return
				case <-time.After(100 * time.Millisecond): // as a person tries again
				}
			}
			v.complain("notice %s could not be opened", notice)
		})
	}
}

func (v *viewer) ack(live *liveClient) error {
	at := v.at()
	if at == 0 {
		return nil
	}
	err := live.ack(at)
	if err == nil {
		v.mu.Lock()
		v.acked = max(v.acked, at)
		v.mu.Unlock()
	}
	return err
}

func (v *viewer) at() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.position
}

func (v *viewer) complain(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
}
