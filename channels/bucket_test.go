package channels

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"eblagh/cmd/eblagh/devstack"
	"eblagh/hub/postgres/pgtest"
)

const perSecond = 400

// node is one process's bucket on the shared Redis, and how much it got.
type node struct {
	*Bucket
	log     bytes.Buffer
	granted int
}

func nodes(t *testing.T, server *devstack.Redis, n int, rate float64) []*node {
	t.Helper()
	all := make([]*node, n)
	for i := range all {
		client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, ContextTimeoutEnabled: true,
			DialTimeout: time.Second})
		t.Cleanup(func() { _ = client.Close() })
		all[i] = &node{}
		all[i].Bucket = NewBucket(BucketOptions{Provider: "op", PerSecond: rate, Redis: client, Clock: time.Now,
			Logger: slog.New(slog.NewTextHandler(&all[i].log, nil))})
	}
	return all
}

// drain takes whatever there is, from all nodes at once, for a while; it gives how much that was and how long it was.
func drain(t *testing.T, all []*node, during time.Duration, urgent bool) (granted int, took time.Duration) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	var wg sync.WaitGroup
	for _, n := range all {
		wg.Go(func() {
			n.granted = 0
			for ctx.Err() == nil {
				got, wait := n.take(context.WithoutCancel(ctx), urgent, 1000)
				if n.granted += got; got == 0 && wait <= 0 {
					t.Error("nothing, and no time to wait")
				}
				pause(ctx, min(wait, 10*time.Millisecond))
			}
		})
	}
	wg.Wait()
	for _, n := range all {
		granted += n.granted
	}
	return granted, time.Since(began)
}

// within holds the sum of what was granted against the rate, however long it really took; extra is what buckets that
// begin may give away. At least a third of the rate has to be used, on a busy machine too.
func within(t *testing.T, what string, granted int, took time.Duration, rate, extra float64) {
	t.Helper()
	if allowed := rate*took.Seconds() + extra; float64(granted) > allowed+1 {
		t.Errorf("%s: %d granted in %v, allowed are %.0f", what, granted, took, allowed)
	}
	if float64(granted) < rate*took.Seconds()/3 {
		t.Errorf("%s: only %d granted in %v", what, granted, took)
	}
}

func TestNodesShareOneRate(t *testing.T) {
	server := pgtest.NewRedis(t)
	all := nodes(t, server, 3, perSecond)
	s := shapeOf(perSecond, share)
	granted, took := drain(t, all, 600*time.Millisecond, false)
	within(t, "others", granted, took, perSecond, s.capacity-s.floor)
	granted, took = drain(t, all, 300*time.Millisecond, true)
	within(t, "urgent", granted, took, perSecond, s.capacity)
	for _, n := range all {
		if n.granted == 0 || n.nodes != 3 {
			t.Errorf("a node got %d, and knows of %d nodes", n.granted, n.nodes)
		}
	}
	names := keys(t, server)
	if strings.Join(names, " ") != "eblagh:rate:{op} eblagh:rate:{op}:nodes" {
		t.Errorf("keys: %v", names)
	}
}

func keys(t *testing.T, server *devstack.Redis) []string {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer func() { _ = client.Close() }()
	names, err := client.Keys(t.Context(), "*").Result()
	must(t, err)
	slices.Sort(names)
	return names
}

// What is kept for urgent texts is there at once, at any moment, however much the others take.
func TestUrgentFindsItsShareWhileOthersSaturate(t *testing.T) {
	server := pgtest.NewRedis(t)
	all := nodes(t, server, 3, perSecond)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, n := range all[:2] {
		wg.Go(func() {
			for ctx.Err() == nil {
				got, _ := n.take(t.Context(), false, 1000)
				n.granted += got
			}
		})
	}
	urgent := all[2]
	for round := range 5 {
		drained, _ := drain(t, []*node{urgent}, 200*time.Millisecond, false) // it competes with the others
		got, _ := urgent.take(ctx, true, 10)
		if got != 10 {
			t.Errorf("round %d: urgent got %d of 10 at once, after %d as one of the others", round, got, drained)
		}
	}
	cancel()
	wg.Wait()
	if all[0].granted == 0 || all[1].granted == 0 {
		t.Error("nobody saturated it")
	}
}

// A wiped bucket gives no more away than what is kept for urgent texts.
func TestAWipedRedisGivesNothingAway(t *testing.T) {
	server := pgtest.NewRedis(t)
	all, s := nodes(t, server, 2, perSecond), shapeOf(perSecond, share)
	ctx, cancel := context.WithCancel(t.Context())
	wipes, wiped := 0, make(chan struct{})
	go func() {
		defer close(wiped)
		for ctx.Err() == nil {
			if err := server.FlushAll(context.WithoutCancel(ctx)); err != nil {
				t.Error(err)
			}
			wipes++
			pause(ctx, 50*time.Millisecond)
		}
	}()
	granted, took := drain(t, all, 500*time.Millisecond, false)
	cancel()
	<-wiped
	if allowed := perSecond*took.Seconds() + s.capacity; float64(granted) > allowed {
		t.Errorf("%d granted in %v over %d wipes, allowed are %.0f", granted, took, wipes, allowed)
	}
	if granted == 0 {
		t.Error("nothing was granted")
	}
}

// Without Redis each node keeps to its part, asks again now and then, and never hangs.
func TestWithoutRedisEachNodeKeepsToItsPart(t *testing.T) {
	for name, fault := range map[string]struct {
		begin, end func(t *testing.T, server *devstack.Redis)
	}{
		"killed": {
			func(t *testing.T, server *devstack.Redis) { must(t, server.Kill()) },
			func(t *testing.T, server *devstack.Redis) { must(t, server.Start(t.Context())) },
		},
		"hanging": {
			func(t *testing.T, server *devstack.Redis) { must(t, syscall.Kill(server.PID(), syscall.SIGSTOP)) },
			func(t *testing.T, server *devstack.Redis) { must(t, syscall.Kill(server.PID(), syscall.SIGCONT)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := pgtest.NewRedis(t)
			all := nodes(t, server, 2, perSecond)
			drain(t, all, 100*time.Millisecond, false)
			fault.begin(t, server)
			granted, took := drain(t, all, 1200*time.Millisecond, false)
			s := shapeOf(perSecond/2, share)
			if allowed := perSecond*took.Seconds() + 2*s.capacity + shapeOf(perSecond, share).capacity; float64(granted) > allowed {
				t.Errorf("%d granted in %v, allowed are %.0f", granted, took, allowed)
			}
			for i, n := range all {
				if n.granted == 0 || n.nodes != 2 {
					t.Errorf("node %d got %d, as one of %d", i, n.granted, n.nodes)
				}
			}
			fault.end(t, server)
			until(t, "shared again", func() bool {
				all[0].take(t.Context(), false, 1)
				return strings.Contains(all[0].log.String(), "shared again")
			})
		})
	}
}

// Nobody knows how many nodes there are before Redis said so: a stranger takes half.
func TestANodeThatNeverSawRedisTakesHalf(t *testing.T) {
	server := pgtest.NewRedis(t)
	n := nodes(t, server, 1, perSecond)
	must(t, server.Kill())
	granted, took := drain(t, n, 600*time.Millisecond, false)
	s := shapeOf(perSecond/2, share)
	within(t, "alone", granted, took, perSecond/2, s.capacity)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-tick.C {
		if holds() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}
