package smpp

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"eblagh/hub"
)

// Provider implements hub.Sender. Nothing leaves before Run keeps its connections.
type Provider struct {
	o          Options
	log        *slog.Logger
	pool       pool
	incoming   chan incoming
	late       chan hub.Sent // outcomes that nobody waits for any more
	references references
	slicer     slicer
}

// New makes a Provider; it connects when Run does.
func New(o Options) *Provider {
	o = o.withDefaults()
	p := &Provider{o: o, log: o.Logger.With("provider", o.Name), incoming: make(chan incoming, 1000),
		late: make(chan hub.Sent, 1000)}
	p.pool.window = o.Window
	p.references.start = uint32(o.Random() * 256)
	return p
}

// Name implements hub.Sender.
func (p *Provider) Name() string { return p.o.Name }

// Window implements hub.Sender.
func (p *Provider) Window() int { return p.slicer.size(p.places()) }

// places is how many parts may be without an answer.
func (p *Provider) places() int { return p.o.Binds * p.o.Window }

// Run keeps the connections and hands on reports until ctx ends; then it unbinds.
func (p *Provider) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for range p.o.Binds {
		wg.Go(func() { p.keep(ctx) })
	}
	hearing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var heard sync.WaitGroup
	heard.Go(func() { p.hear(hearing) })
	heard.Go(func() { p.settle(hearing) })
	wg.Wait()
	stop()
	heard.Wait()
}

// keep holds one connection, and makes it anew when it is lost.
func (p *Provider) keep(ctx context.Context) {
	wait := p.o.Backoff
	for ctx.Err() == nil {
		l, err := p.bind(ctx)
		if err == nil {
			wait = p.o.Backoff
			p.log.Info("bound to the message centre")
			p.pool.add(l)
			err = l.serve(ctx)
			p.pool.remove(l)
		}
		if ctx.Err() != nil {
			return
		}
		p.log.Warn("no connection to the message centre", "error", err)
		// Half of it is chance, so that many connections do not all come back at once.
		select {
		case <-ctx.Done():
		case <-time.After(wait/2 + time.Duration(p.o.Random()*float64(wait/2))):
		}
		wait = min(2*wait, 60*p.o.Backoff)
	}
}

// Send implements hub.Sender.
func (p *Provider) Send(ctx context.Context, texts []hub.Text) []hub.Sent {
	return p.send(ctx, texts, false)
}

// urgent is a Provider whose texts get the next free place in a window, before all others that wait for one.
type urgent struct{ *Provider }

// Urgent gives the sender for texts that cannot wait behind others.
func (p *Provider) Urgent() hub.Sender { return urgent{p} }

// Send implements hub.Sender.
func (u urgent) Send(ctx context.Context, texts []hub.Text) []hub.Sent {
	return u.send(ctx, texts, true)
}
