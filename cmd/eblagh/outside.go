package main

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"eblagh/channels"
	"eblagh/channels/live"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/queue"
)

// probeAge is how long the key lives by which readiness sees that Redis takes writes.
const probeAge = time.Minute

// outside is what the domain talks to beside Postgres: Redis with the queue, the wake-up and the live relay, and the SMS
// providers.
type outside struct {
	redis     redis.UniversalClient // nil: none is configured
	waker     *queue.Waker          // nil: the same
	local     localWaker
	queue     *queue.Queue       // worker part with Redis
	providers []provider         // worker part
	registry  *channels.Registry // likewise
	relay     *live.Relay
	backlog   *backlog
	access    access.Port
	told      func(context.Context, string) // of each statement
}

// openOutside makes the clients; none of them connects before it is used, and Redis may be away all the time.
func (a *App) openOutside() (*outside, error) {
	out := &outside{access: a.o.Access, told: a.o.Statements, backlog: a.newBacklog()}
	if r := a.o.Config.Redis; len(r.Addrs) > 0 {
		queue.LogTo(a.log)
		client, err := queue.Dial(queue.Redis{Mode: r.Mode, Addrs: r.Addrs, Master: r.Master, Password: r.Password.Reveal()})
		if err != nil {
			return nil, err
		}
		a.undo.add("redis", func(context.Context) error { return client.Close() })
		out.redis, out.waker = client, queue.NewWaker(client, a.log)
	}
	out.relay = live.NewRelay(out.redis, a.log)
	if !a.o.Parts.worker {
		return out, nil
	}
	var err error
	out.providers, out.registry, err = a.openProviders(func(ctx context.Context, reports []hub.Report) error {
		return a.domain.dispatcher.Report(ctx, reports)
	}, out.redis)
	return out, err
}

// ports is how the domain reaches what is here.
func (o *outside) ports(m *metrics) ports {
	p := ports{access: o.access, told: o.told, nudger: o.relay, waker: &o.local, room: o.backlog, meter: m, climbs: m, ended: o.relay.Recheck,
		besieged: m.besieged.Inc}
	if o.registry != nil {
		p.pick, p.providers = o.registry.Pick, o.providerStates
		p.asked = map[string]dispatch.Querier{}
	}
	for _, provider := range o.providers {
		if provider.asked != nil {
			p.asked[provider.Name()] = provider.asked
		}
	}
	if o.waker != nil {
		p.waker = o.waker
	}
	return p
}

// startWorker serves the queue, listens for words that something is due, and hears the providers' reports.
func (o *outside) startWorker(a *App) error {
	for _, p := range o.providers {
		a.undo.loop("reports of "+p.Name(), func(ctx context.Context) error { p.run(ctx); return nil })
	}
	o.local.pump.Store(a.pump)
	if o.queue != nil {
		a.undo.loop("queue", o.queue.Serve)
	}
	a.startWaker(a.pump.Wake)
	a.undo.loop("outages", every(time.Second, a.noteOutages))
	return nil
}

// startWaker makes the waker speak, and listen where there is a pump.
func (a *App) startWaker(wake func()) {
	if a.outside.waker != nil {
		a.undo.loop("waker", func(ctx context.Context) error { a.outside.waker.Run(ctx, wake); return nil })
	}
}

// ping reports whether Redis serves: reads alone would not show one that is out of memory.
func (o *outside) ping(ctx context.Context) error {
	return o.redis.Set(ctx, "eblagh:ready", 1, probeAge).Err()
}

// queueOrNone is the queue as a port: a nil pointer in it would not be nil.
func (o *outside) queueOrNone() dispatch.Queue {
	if o.queue == nil {
		return nil
	}
	return o.queue
}

// providerStates tells the operator which providers fail.
func (o *outside) providerStates() []hub.ProviderState {
	var states []hub.ProviderState
	for _, s := range o.registry.States() {
		state := hub.ProviderState{Name: s.Provider}
		if s.Phase == channels.Open {
			state.OpenUntil = s.Probe
		}
		states = append(states, state)
	}
	return states
}

// failing reports whether a provider of texts is left out for now; only workers know.
func (o *outside) failing() bool {
	return o.registry != nil && slices.ContainsFunc(o.registry.States(), func(s channels.State) bool {
		return s.Phase == channels.Open
	})
}

// localWaker wakes the pump of this process, where no Redis carries the word to others.
type localWaker struct{ pump atomic.Pointer[dispatch.Pump] }

// Wake implements dispatch.Waker.
func (w *localWaker) Wake() {
	if pump := w.pump.Load(); pump != nil {
		pump.Wake()
	}
}

// mountPhones offers what the sandbox's phones received.
func (o *outside) mountPhones(a *App, mux *http.ServeMux) {
	mux.Handle("GET /dev/phones/{mobile}", phones(a.o.Config))
}
