package dispatch_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
)

var (
	bulk   = hub.Lane{Channel: hub.ChannelInbox, Priority: hub.PriorityBulk}
	urgent = hub.Lane{Channel: hub.ChannelInbox, Priority: hub.PriorityUrgent}
	normal = hub.Lane{Channel: hub.ChannelInbox, Priority: hub.PriorityNormal}
	texts  = hub.Lane{Channel: hub.ChannelSMS, Priority: hub.PriorityNormal}
)

// due is a store of due rows, each of which is handed out once.
type due struct {
	mu     sync.Mutex
	lanes  map[hub.Lane][]hub.ID
	claims int
	tasks  map[hub.Lane]int // how large each was last claimed in
	err    error
}

func (d *due) add(lane hub.Lane, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lanes == nil {
		d.lanes, d.tasks = map[hub.Lane][]hub.ID{}, map[hub.Lane]int{}
	}
	for range n {
		d.lanes[lane] = append(d.lanes[lane], hub.NewID(time.Now()))
	}
}

func (d *due) Claim(_ context.Context, lane hub.Lane, limit, task int, _ time.Duration) ([]hub.ID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.claims++
	if d.err != nil {
		return nil, d.err
	}
	n := min(limit, len(d.lanes[lane]))
	if n == 0 {
		return nil, nil
	}
	ids := d.lanes[lane][:n]
	d.lanes[lane], d.tasks[lane] = d.lanes[lane][n:], task
	return ids, nil
}

func (d *due) Due(context.Context) (lanes []hub.Lane, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.claims++
	for lane, ids := range d.lanes {
		if len(ids) > 0 {
			lanes = append(lanes, lane)
		}
	}
	return lanes, d.err
}

func (d *due) set(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *due) claimed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.claims
}

// handled counts what was done here.
type handled struct {
	mu   sync.Mutex
	n    map[hub.Lane]int
	wait chan struct{} // when set, a task waits for it to close
}

func (h *handled) Handle(_ context.Context, lane hub.Lane, ids []hub.ID) error {
	if h.wait != nil {
		<-h.wait
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n == nil {
		h.n = map[hub.Lane]int{}
	}
	h.n[lane] += len(ids)
	return nil
}

// texts takes fifty at a time of what is due.
func (h *handled) texts(d *due) func(context.Context, hub.Lane, func()) (int, error) {
	return func(ctx context.Context, lane hub.Lane, more func()) (int, error) {
		ids, err := d.Claim(ctx, lane, 50, 50, 0)
		if len(ids) == 50 {
			more()
		}
		if len(ids) == 0 {
			return 0, err
		}
		return len(ids), h.Handle(ctx, lane, ids)
	}
}

func (h *handled) count(lane hub.Lane) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n[lane]
}

// run starts a pump inside a bubble; it is stopped, and waited for, when the test ends.
func run(t *testing.T, d *due, h *handled, q dispatch.Queue) *dispatch.Pump {
	t.Helper()
	p := dispatch.NewPump(dispatch.PumpOptions{Claims: d, Handle: h.Handle, Texts: h.texts(d), Queue: q,
		Logger: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	return p
}

func ids(tasks []hubtest.Task, lane hub.Lane) (n, of int) {
	for _, task := range tasks {
		if task.Lane == lane {
			n, of = n+len(task.IDs), of+1
		}
	}
	return n, of
}

func TestPumpHandsOverInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h, q := &due{}, &handled{}, &hubtest.Queue{}
		p := run(t, d, h, q)
		d.add(bulk, 1100)
		d.add(texts, 120)
		p.Wake()
		synctest.Wait()
		tasks := q.Take()
		done := h.count(bulk) // by which the pump sees that there are many: a task of each hand at most
		if n, of := ids(tasks, bulk); n+done != 1100 || of != (n+249)/250 {
			t.Errorf("%d arrivals in %d tasks, and %d done here", n, of, done)
		}
		if n, _ := ids(tasks, texts); n != 0 || h.count(texts) != 120 {
			t.Errorf("%d texts in tasks, and %d of 120 were sent here", n, h.count(texts))
		}
		if d.tasks[bulk] != 250 {
			t.Errorf("claimed in tasks of %v", d.tasks)
		}
		if done > 500 || p.State().Direct {
			t.Errorf("the pump did %d of what was the queue's", done)
		}
	})
}

// One hand takes texts, and others come to help while there are more than it takes. What becomes due while all of them are
// busy is found as soon as one is free.
func TestPumpSetsHandsToTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h := &due{}, &handled{wait: make(chan struct{})}
		p := run(t, d, h, &hubtest.Queue{})
		more := func(n int) (left int) {
			d.add(texts, n)
			p.Wake()
			synctest.Wait()
			d.mu.Lock()
			defer d.mu.Unlock()
			return len(d.lanes[texts])
		}
		if left := more(20); left != 0 {
			t.Errorf("%d of 20 wait, want one hand to have them", left)
		}
		if left := more(1000); left != 850 {
			t.Errorf("%d of 1,000 wait, want 150 in three hands", left)
		}
		close(h.wait)
		synctest.Wait()
		if n := h.count(texts); n != 1020 {
			t.Errorf("%d were sent at once, want all", n)
		}
	})
}

// A lane that is full leaves the others their room, and is looked at ever more seldom while nothing moves.
func TestPumpKeepsRoomForEveryLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h, q := &due{}, &handled{}, &hubtest.Queue{Capacity: 15}
		p := run(t, d, h, q)
		d.add(bulk, 20_000)
		d.add(normal, 5000)
		p.Wake()
		time.Sleep(100 * time.Millisecond)
		asked := q.Asked()
		time.Sleep(10 * time.Second)
		if n := q.Asked() - asked; n > 50 {
			t.Errorf("a full queue was asked %d times in ten seconds", n)
		}
		d.add(urgent, 1000)
		p.Wake()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		tasks := q.Take()
		if n, _ := ids(tasks, urgent); n+h.count(urgent) != 1000 || n == 0 {
			t.Errorf("%d urgent ones got in and %d were done here, want 1000 together", n, h.count(urgent))
		}
		for _, lane := range []hub.Lane{bulk, normal} {
			if _, of := ids(tasks, lane); of != 15 {
				t.Errorf("%d tasks of %s, want 15", of, lane)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if _, of := ids(q.Take(), bulk); of != 15 {
			t.Errorf("%d tasks of bulk once there was room, want 15", of)
		}
	})
}

func TestPumpWorksWithoutTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h, q := &due{}, &handled{}, &hubtest.Queue{}
		q.Set(true, false, false)
		p := run(t, d, h, q)
		d.add(bulk, 5000)
		d.add(texts, 77)
		p.Wake()
		synctest.Wait()
		if h.count(bulk) != 5000 || h.count(texts) != 77 || !p.State().Direct {
			t.Fatalf("%d and %d handled, %+v", h.count(bulk), h.count(texts), p.State())
		}
		time.Sleep(time.Minute)
		if n := q.Asked(); n > 40 {
			t.Errorf("an absent queue was asked %d times in a minute", n)
		}
		q.Set(false, false, false)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if p.State().Direct {
			t.Error("the queue is back, and nobody noticed")
		}
		d.add(bulk, 1000)
		p.Wake()
		synctest.Wait()
		if n, _ := ids(q.Take(), bulk); n == 0 || n+h.count(bulk) != 6000 {
			t.Errorf("%d were handed over, %d handled here", n, h.count(bulk)-5000)
		}
	})
}

// Out of memory: the queue answers and takes nothing. What was claimed for it is done here at once.
func TestPumpWithAQueueThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h, q := &due{}, &handled{}, &hubtest.Queue{}
		q.Set(false, true, false)
		p := run(t, d, h, q)
		d.add(bulk, 3000)
		p.Wake()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := h.count(bulk); n != 3000 {
			t.Errorf("%d handled, want 3000", n)
		}
	})
}

// A queue that takes and says that it did not: handled here as well, nothing is lost.
func TestPumpWithAnUntrueQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h, q := &due{}, &handled{}, &hubtest.Queue{}
		q.Set(false, false, true)
		p := run(t, d, h, q)
		d.add(bulk, 500)
		p.Wake()
		synctest.Wait()
		if n := h.count(bulk); n != 500 {
			t.Errorf("%d handled, want 500", n)
		}
	})
}

// A provider that hangs holds up its own lane only.
func TestSlowLaneHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, slow, quick := &due{}, &handled{wait: make(chan struct{})}, &handled{}
		p := dispatch.NewPump(dispatch.PumpOptions{Claims: d, Logger: slog.New(slog.DiscardHandler),
			Handle: quick.Handle, Texts: slow.texts(d)})
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); _ = p.Run(ctx) }()
		d.add(texts, 1000)
		d.add(bulk, 1000)
		p.Wake()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := quick.count(bulk); n != 1000 {
			t.Errorf("%d arrivals beside a hanging provider, want 1000", n)
		}
		// Told to stop, it takes nothing more and finishes what it has.
		stop()
		synctest.Wait()
		select {
		case <-done:
			t.Error("the pump left its tasks")
		default:
		}
		close(slow.wait)
		<-done
		if n := slow.count(texts); n != 200 {
			t.Errorf("%d texts were finished, want the four slices in hand", n)
		}
	})
}

func TestPumpComesBackWhenTheStoreDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, q := &due{err: errors.New("away")}, &hubtest.Queue{}
		run(t, d, &handled{}, q)
		d.add(bulk, 3)
		time.Sleep(time.Minute)
		if n := d.claimed(); n > 100 {
			t.Errorf("an absent store was asked %d times in a minute", n)
		}
		d.set(nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n, _ := ids(q.Take(), bulk); n != 3 {
			t.Errorf("%d were handed over, want 3", n)
		}
	})
}

func TestPumpLooksByItselfOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, q := &due{}, &hubtest.Queue{}
		run(t, d, &handled{}, q)
		d.add(bulk, 1)
		before := d.claimed()
		time.Sleep(time.Second + time.Millisecond)
		synctest.Wait()
		if n, _ := ids(q.Take(), bulk); n != 1 {
			t.Error("nobody woke the pump, and it never looked")
		}
		time.Sleep(10 * time.Second)
		if n := d.claimed() - before; n > 14*len(hub.Lanes) {
			t.Errorf("%d claims in eleven idle seconds", n)
		}
	})
}
