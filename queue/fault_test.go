package queue_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"eblagh/cmd/eblagh/devstack"
	"eblagh/hub/postgres/pgtest"
)

// What was lost in Redis is the store's to bring back; the queue has only to go on.
func TestServingGoesOnAfterAWipeARestartAndAKill(t *testing.T) {
	server := pgtest.NewRedis(t)
	w := serve(t, server.Addr(), nil)
	for _, fault := range []func() error{
		func() error { return server.FlushAll(t.Context()) },
		func() error { return server.Restart(t.Context()) },
		func() error { return errors.Join(server.Kill(), server.Start(t.Context())) },
	} {
		w.enqueue(inboxNormal, ids(5))
		if err := fault(); err != nil {
			t.Fatal(err)
		}
		batch := ids(5)
		until(t, "enqueue", func() bool { return w.Enqueue(t.Context(), inboxNormal, batch) == nil })
		w.await(inboxNormal, batch)
	}
}

func TestEnqueueSaysSoonThatRedisCannotServe(t *testing.T) {
	for name, fault := range map[string]func(t *testing.T, server *devstack.Redis, client redis.UniversalClient){
		"gone": func(t *testing.T, server *devstack.Redis, _ redis.UniversalClient) {
			if err := server.Stop(); err != nil {
				t.Fatal(err)
			}
		},
		"hanging": func(t *testing.T, server *devstack.Redis, _ redis.UniversalClient) {
			signal(t, server.PID(), syscall.SIGSTOP)
			t.Cleanup(func() { signal(t, server.PID(), syscall.SIGCONT) })
		},
		"out of memory": func(t *testing.T, _ *devstack.Redis, client redis.UniversalClient) {
			if err := client.ConfigSet(t.Context(), "maxmemory", "1mb").Err(); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := pgtest.NewRedis(t)
			w := serve(t, server.Addr(), nil)
			batch := ids(1)
			w.enqueue(inboxNormal, batch)
			w.await(inboxNormal, batch)
			fault(t, server, w.redis)
			began := time.Now()
			if err := w.Enqueue(t.Context(), inboxNormal, ids(250)); err == nil {
				t.Fatal("a task was taken")
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("it took %s to say so", took)
			}
		})
	}
}

func signal(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}

// asynq by itself asks an absent Redis in a tight loop, and a full one too.
func TestAnAbsentOrFullRedisCostsNoProcessor(t *testing.T) {
	const limit = 0.10 // of a core, with all that the race detector adds
	server := pgtest.NewRedis(t)
	w := serve(t, server.Addr(), nil)
	batch := ids(1)
	w.enqueue(inboxNormal, batch)
	w.await(inboxNormal, batch)
	if err := w.redis.ConfigSet(t.Context(), "maxmemory", "1mb").Err(); err != nil {
		t.Fatal(err)
	}
	if used := processorUse(t, 2*time.Second); used > limit {
		t.Errorf("a Redis out of memory costs %.0f %% of a core", 100*used)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if used := processorUse(t, 2*time.Second); used > limit {
		t.Errorf("an absent Redis costs %.0f %% of a core", 100*used)
	}
}

// processorUse measures this process for a while.
func processorUse(t *testing.T, span time.Duration) float64 {
	t.Helper()
	spent := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := spent()
	<-time.After(span)
	return float64(spent()-before) / float64(span)
}
