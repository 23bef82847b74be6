package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"eblagh/api"
	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/queue"
)

// Options are what an App is made of.
type Options struct {
	Config config.Config
	Parts  partList
	Logger *slog.Logger
	// Listener is the open door of the API, the pages and live; nil: Config.Listen is opened.
	Listener net.Listener
	// Access decides in the place of hub/access; nil, as every command has it: the policy decides.
	Access access.Port
	// Statements is told the text of each statement to the database, and under which context; nil: nobody is.
	Statements func(context.Context, string)
	// Development serves the sandbox's phones to whoever asks.
	Development bool
}

// App is one process of the hub. New makes it, Start brings its parts up, Stop takes them down in the reverse order; a
// start that fails half-way is undone by the same Stop.
type App struct {
	o       Options
	log     *slog.Logger
	undo    cleanups
	metrics *metrics
	trail   *trailMeter
	health  *health
	domain  *domain
	outside *outside
	pump    *dispatch.Pump // nil without the worker part
	addr    net.Addr
	admin   net.Addr
	failed  chan error              // a door that does not answer any more
	hands   context.Context         // what handlers work under besides their own limits
	cut     context.CancelCauseFunc // ends it
}

// New makes an App that has not begun anything.
func New(o Options) *App {
	hands, cut := context.WithCancelCause(context.Background())
	m := newMetrics()
	return &App{hands: hands, cut: cut, o: o, log: o.Logger, metrics: m, trail: newTrailMeter(m.registry), health: &health{},
		failed: make(chan error, 2)}
}

// Start returns when every part answers. Errors: the database stays away, a port is taken, the schema is not up to date;
// everything begun is undone by then.
func (a *App) Start(ctx context.Context) error {
	if err := a.start(ctx); err != nil {
		return errors.Join(err, stopApp(a))
	}
	a.log.Info("ready", "parts", a.o.Parts.names(), "address", a.addrText())
	return nil
}

// start goes from the inside out, so that the doors open last and, at Stop, close first.
func (a *App) start(ctx context.Context) error {
	var err error
	if a.outside, err = a.openOutside(); err != nil {
		return err
	}
	if a.domain, err = a.openPatiently(ctx); err != nil {
		return err
	}
	a.health.database = a.domain.db.Ping
	if a.outside.redis != nil {
		a.health.queue = a.outside.ping
	}
	a.health.ledger = a.domain.gate.Accepting
	a.health.keys = a.domain.keeper.Ready
	a.undo.loop("keys", a.domain.keeper.Run)
	if err := a.startSeal(); err != nil {
		return err
	}
	handler, err := a.front()
	if err != nil {
		return err
	}
	a.startRelay()
	a.startKeyUses()
	a.startMemoryRest()
	if err := a.startWorker(); err != nil {
		return err
	}
	if a.o.Parts.api || a.o.Parts.live {
		if a.addr, err = a.serve("api", a.o.Listener, a.o.Config.Listen, handler); err != nil {
			return err
		}
	}
	a.admin, err = a.serve("admin", nil, a.o.Config.AdminListen, a.adminHandler())
	return err
}

// Stop turns balancers away, closes the doors, finishes what is in hand, and lets go of the servers. What is not finished
// shortly before ctx ends is cut off with a cause, so that it can still tell what it knows: a text that has not left goes
// back, and none becomes unknown without need. Stop may be called again. Errors: those of every part, joined.
func (a *App) Stop(ctx context.Context) error {
	a.health.stop()
	if deadline, ok := ctx.Deadline(); ok {
		timer := time.AfterFunc(max(0, time.Until(deadline)-toTell), func() { a.cut(errCut) })
		defer timer.Stop()
	}
	return a.undo.run(ctx)
}

// toTell is what of the limit of a stop is left to handlers for telling how far they came.
const toTell = 5 * time.Second

var errCut = errors.New("the limit of the stop is near")

// handle does the work of a task until its own limit, or until a stop cuts it off. What panics is a failed task: its rows
// become due again.
func (a *App) handle(ctx context.Context, lane hub.Lane, ids []hub.ID) error {
	return a.work(ctx, lane, func(ctx context.Context) error { return a.domain.dispatcher.Handle(ctx, lane, ids) })
}

func (a *App) texts(ctx context.Context, lane hub.Lane, more func()) (n int, err error) {
	err = a.work(ctx, lane, func(ctx context.Context) (err error) {
		n, err = a.domain.dispatcher.Texts(ctx, lane, more)
		return err
	})
	return n, err
}

// work outlives neither a panic nor the end of the grace.
func (a *App) work(ctx context.Context, lane hub.Lane, do func(context.Context) error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = hub.Fault(fault)
			a.log.Error("a task panicked", "lane", lane.String(), "error", err)
		}
	}()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(a.hands, func() { cancel(context.Cause(a.hands)) })()
	return do(ctx)
}

// Wait returns when ctx ends, or with an error when a door fails.
func (a *App) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.failed:
		return err
	}
}

// Addr is where the API listens, nil without the api and live parts.
func (a *App) Addr() net.Addr { return a.addr }

// AdminAddr is where metrics are.
func (a *App) AdminAddr() net.Addr { return a.admin }

func (a *App) addrText() string {
	if a.addr == nil {
		return ""
	}
	return a.addr.String()
}

// serve opens a door, or takes the open one, and answers at it until the clean-up.
func (a *App) serve(name string, ln net.Listener, address string, handler http.Handler) (net.Addr, error) {
	if ln == nil {
		var err error
		if ln, err = net.Listen("tcp", address); err != nil {
			return nil, fmt.Errorf("%s listener: %w", name, err)
		}
	}
	server := api.NewServer(handler, a.log)
	go func() {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("%s listener: %w", name, err)
		}
	}()
	a.undo.add(name, func(ctx context.Context) error {
		if err := server.Shutdown(ctx); err != nil {
			return errors.Join(err, server.Close())
		}
		return nil
	})
	return ln.Addr(), nil
}

// adminHandler is for those who run the hub: metrics beside the probes.
func (a *App) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.handler())
	a.probes(mux)
	return mux
}

func (a *App) probes(mux *http.ServeMux) {
	mux.HandleFunc("GET /livez", a.health.live)
	mux.HandleFunc("GET /readyz", a.health.ready)
}

// startWorker begins to claim and move what is due; without the part it only tells the workers elsewhere.
func (a *App) startWorker() error {
	if !a.o.Parts.worker {
		a.startWaker(nil)
		return nil
	}
	d := a.domain.dispatcher
	if c := a.o.Config.Delivery; a.outside.redis != nil {
		a.outside.queue = queue.New(queue.Options{Redis: a.outside.redis, Handler: a.handle, Logger: a.log,
			Outstanding: c.Outstanding, Lease: c.Lease})
	}
	a.pump = d.Pump(dispatch.PumpOptions{Queue: a.outside.queueOrNone(), Idle: a.o.Config.Delivery.Poll,
		Handle: a.handle, Texts: a.texts})
	a.undo.loop("pump", a.pump.Run)
	a.metrics.registry.MustRegister(newFigures(a.domain.db.Figures))
	a.undo.loop("rekey", a.domain.keeper.Work)
	a.undo.loop("retention", func(ctx context.Context) error { return a.domain.retention.Loop(ctx, time.Hour) })
	a.undo.loop("reconciler", func(ctx context.Context) error { return reconcile(ctx, d, a.o.Config.Delivery.Poll, a.log) })
	a.undo.loop("unended", every(time.Minute, a.noteUnended))
	a.metrics.gauge("eblagh_pump_direct", "1 while the queue is away and the pump does the work itself.", func() float64 {
		return oneIf(a.pump.State().Direct)
	})
	return a.outside.startWorker(a)
}

// reconcile looks for what is overdue, again and again, until ctx ends.
func reconcile(ctx context.Context, d *dispatch.Dispatcher, every time.Duration, log *slog.Logger) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for failing := false; ; {
		err := d.Reconcile(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			log.Error("cannot reconcile", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
