package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"eblagh/hub"
	"eblagh/hub/postgres/pgtest"
	"eblagh/queue"
)

var (
	inboxNormal = hub.Lane{Channel: hub.ChannelInbox, Priority: hub.PriorityNormal}
	smsNormal   = hub.Lane{Channel: hub.ChannelSMS, Priority: hub.PriorityNormal}
	smsCode     = hub.Lane{Channel: hub.ChannelSMS, Priority: hub.PriorityCode}
)

// worker is a served queue that remembers what it was given.
type worker struct {
	*testing.T
	*queue.Queue
	redis  redis.UniversalClient
	handle func(context.Context, hub.Lane, []hub.ID) error // nil: done at once
	mu     sync.Mutex
	got    map[hub.ID]hub.Lane
	times  int
	change chan struct{} // closed and replaced at each task
}

// serve serves until the test ends; fails unless Serve then returns within a few seconds.
func serve(t *testing.T, addr string, handle func(context.Context, hub.Lane, []hub.ID) error) *worker {
	t.Helper()
	w := &worker{T: t, handle: handle, got: map[hub.ID]hub.Lane{}, change: make(chan struct{}), redis: dial(t, addr)}
	w.Queue = queue.New(queue.Options{Redis: w.redis, Handler: w.take, Logger: slog.New(slog.DiscardHandler),
		Idle: 200 * time.Millisecond, Grace: 500 * time.Millisecond})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(15 * time.Second):
			t.Error("Serve does not end")
		}
	})
	return w
}

func dial(t *testing.T, addr string) redis.UniversalClient {
	t.Helper()
	client, err := queue.Dial(queue.Redis{Mode: "single", Addrs: []string{addr}, Timeout: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func (w *worker) take(ctx context.Context, lane hub.Lane, ids []hub.ID) error {
	w.mu.Lock()
	for _, id := range ids {
		w.got[id] = lane
	}
	w.times++
	close(w.change)
	w.change = make(chan struct{})
	w.mu.Unlock()
	if w.handle != nil {
		return w.handle(ctx, lane, ids)
	}
	return nil
}

// await waits until the handler was given the ids, and says how long it took.
func (w *worker) await(lane hub.Lane, ids []hub.ID) time.Duration {
	w.Helper()
	began, limit := time.Now(), time.After(15*time.Second)
	for {
		w.mu.Lock()
		missing := slices.IndexFunc(ids, func(id hub.ID) bool { return w.got[id] != lane })
		change := w.change
		w.mu.Unlock()
		if missing < 0 {
			return time.Since(began)
		}
		select {
		case <-change:
		case <-limit:
			w.Fatalf("an id of %s never came", lane)
		}
	}
}

func (w *worker) enqueue(lane hub.Lane, ids []hub.ID) {
	w.Helper()
	if err := w.Enqueue(context.Background(), lane, ids); err != nil {
		w.Fatal(err)
	}
}

// awaitRoom waits until the queue says that every lane has this room.
func (w *worker) awaitRoom(want int) {
	w.Helper()
	until(w.T, "the room", func() bool {
		room, err := w.Room(context.Background())
		for _, lane := range hub.Lanes {
			if room[lane] != want {
				return false
			}
		}
		return err == nil
	})
}

// until polls for what nobody signals.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(15 * time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: not in time", what)
		}
	}
}

func ids(n int) []hub.ID {
	list := make([]hub.ID, n)
	for i := range list {
		list[i] = hub.NewID(time.Now())
	}
	return list
}

func TestEveryLaneReachesTheHandlerAndLeavesNothingBehind(t *testing.T) {
	w := serve(t, pgtest.Redis(t), func(_ context.Context, lane hub.Lane, _ []hub.ID) error {
		switch lane.Priority {
		case hub.PriorityUrgent:
			return errors.New("the handler failed")
		case hub.PriorityBulk:
			panic("the handler broke")
		}
		return nil
	})
	for _, lane := range hub.Lanes {
		batch := ids(250)
		w.enqueue(lane, batch)
		w.await(lane, batch)
	}
	w.awaitRoom(16)
	for _, lane := range hub.Lanes {
		for _, set := range []string{"retry", "archived", "completed", "scheduled"} {
			if n := w.redis.ZCard(t.Context(), "asynq:{"+lane.String()+"}:"+set).Val(); n != 0 {
				t.Errorf("%d tasks left in %s of %s", n, set, lane)
			}
		}
	}
	if err := w.Enqueue(t.Context(), smsCode, nil); err == nil {
		t.Error("a task without ids was taken")
	}
	if err := w.Enqueue(t.Context(), smsCode, ids(queue.MaxIDs+1)); err == nil {
		t.Error("a task over the limit was taken")
	}
}

// A provider that does not answer holds up its own lane only.
func TestASlowLaneHoldsUpNoOther(t *testing.T) {
	w := serve(t, pgtest.Redis(t), func(ctx context.Context, lane hub.Lane, _ []hub.ID) error {
		if lane == smsNormal {
			<-ctx.Done()
		}
		return ctx.Err()
	})
	for range 40 {
		w.enqueue(smsNormal, ids(1))
	}
	for _, lane := range []hub.Lane{inboxNormal, smsCode} {
		batch := ids(10)
		w.enqueue(lane, batch)
		if took := w.await(lane, batch); took > 2*time.Second {
			t.Errorf("%s took %s behind a slow lane", lane, took)
		}
	}
}

func TestRoomIsWhatIsNotOutstanding(t *testing.T) {
	q := queue.New(queue.Options{Redis: dial(t, pgtest.Redis(t)), Logger: slog.New(slog.DiscardHandler), Outstanding: 21})
	for want := 3; want >= 0; want-- {
		if room, err := q.Room(t.Context()); err != nil || room[inboxNormal] != want || room[smsNormal] != 3 {
			t.Fatalf("room %v, %v, want %d, and 3 of the others", room, err, want)
		}
		if err := q.Enqueue(t.Context(), inboxNormal, ids(1)); err != nil {
			t.Fatal(err)
		}
	}
	if room, err := q.Room(t.Context()); err != nil || room[inboxNormal] != 0 {
		t.Fatalf("room %v, %v of an overfull queue", room, err)
	}
}
