package queue_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"eblagh/hub/postgres/pgtest"
	"eblagh/queue"
)

// listener is a process with a pump.
func listener(t *testing.T, client redis.UniversalClient) (w *queue.Waker, woken chan struct{}) {
	t.Helper()
	w, woken = queue.NewWaker(client, slog.New(slog.DiscardHandler)), make(chan struct{}, 1)
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		w.Run(ctx, func() {
			select {
			case woken <- struct{}{}:
			default:
			}
		})
	})
	t.Cleanup(func() { stop(); done.Wait() })
	return w, woken
}

func TestAWakeReachesThisProcessAndTheOthers(t *testing.T) {
	server := pgtest.NewRedis(t)
	here, hereWoken := listener(t, dial(t, server.Addr()))
	_, thereWoken := listener(t, dial(t, server.Addr()))
	wake := func(what string) {
		t.Helper()
		until(t, what, func() bool { // a word may be lost while a subscription is made
			here.Wake()
			select {
			case <-thereWoken:
				return true
			default:
				return false
			}
		})
	}
	<-thereWoken // the subscription itself: something may have been missed
	wake("the other process")
	select {
	case <-hereWoken:
	default:
		t.Error("the process did not wake itself")
	}
	if err := server.FlushAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	wake("after a wipe")
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	wake("after a restart")
}

func TestDialNamesWhatIsWrong(t *testing.T) {
	one := []string{"127.0.0.1:1"}
	for name, c := range map[string]struct {
		redis queue.Redis
		ok    bool
	}{
		"single":                    {queue.Redis{Mode: "single", Addrs: one}, true},
		"cluster":                   {queue.Redis{Mode: "cluster", Addrs: one}, true},
		"sentinel":                  {queue.Redis{Mode: "sentinel", Addrs: one, Master: "m"}, true},
		"sentinel without a master": {queue.Redis{Mode: "sentinel", Addrs: one}, false},
		"no address":                {queue.Redis{Mode: "single"}, false},
		"two single ones":           {queue.Redis{Mode: "single", Addrs: append(one, one...)}, false},
		"no mode":                   {queue.Redis{Addrs: one}, false},
	} {
		client, err := queue.Dial(c.redis)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = client.Close()
		}
	}
}
