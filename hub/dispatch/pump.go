package dispatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"eblagh/hub"
)

// PumpOptions are what a Pump works with. Claims, Handle, Texts and Logger are needed.
type PumpOptions struct {
	Claims Claims
	Handle func(ctx context.Context, lane hub.Lane, ids []hub.ID) error
	// Texts sends a slice of what is due of a lane and tells how many texts moved; it calls more while it has them in hand, if
	// there are others.
	Texts    func(ctx context.Context, lane hub.Lane, more func()) (int, error)
	Queue    Queue // of arrivals; nil: there is none, the pump does all the work itself
	Logger   *slog.Logger
	Lease    time.Duration // a claim becomes due again after it; 20 s
	Idle     time.Duration // how often to look when nobody wakes the pump; 1 s
	Away     time.Duration // the same while the queue, which carries the wake-ups of others, is away; 250 ms
	Full     time.Duration // how soon to look again at a lane that is full in the queue, at first; 20 ms
	Probe    time.Duration // first wait before an absent queue is tried again, doubling up to 5 s; 100 ms
	Inbox    int           // ids in a task of the inbox; 250
	Handlers int           // tasks of one lane of arrivals under way at once while the queue is away; 2
	Slices   int           // slices of one lane of texts in hand at once; 4
}

// Pump claims arrivals that are due and hands them to the queue; texts that are due it sends. While the queue is away a breaker opens and the pump does the work itself, slower and straight from the store. Any number of
// pumps may work on one store.
type Pump struct {
	o       PumpOptions
	wake    chan struct{}
	breaker breaker
	slots   map[hub.Lane]chan struct{} // taken by direct handlers
	hands   sync.WaitGroup             // direct handlers under way
	missed  map[hub.Lane]*atomic.Bool  // texts became due while every hand was taken
	full    time.Duration              // how long to wait for a full lane, longer while nothing moves
	failing bool                       // the store did not answer last time
}

// NewPump makes a Pump; Run starts it.
func NewPump(o PumpOptions) *Pump {
	o.Lease = cmp.Or(o.Lease, 20*time.Second)
	o.Idle = cmp.Or(o.Idle, time.Second)
	o.Away = cmp.Or(o.Away, min(o.Idle, 250*time.Millisecond))
	o.Full = cmp.Or(o.Full, min(o.Idle, 20*time.Millisecond))
	o.Probe = cmp.Or(o.Probe, 100*time.Millisecond)
	o.Inbox, o.Handlers, o.Slices = cmp.Or(o.Inbox, 250), cmp.Or(o.Handlers, 2), cmp.Or(o.Slices, 4)
	p := &Pump{o: o, wake: make(chan struct{}, 1), slots: map[hub.Lane]chan struct{}{},
		missed: map[hub.Lane]*atomic.Bool{}}
	p.breaker = breaker{first: o.Probe, last: max(5*time.Second, o.Probe), absent: o.Queue == nil}
	for _, lane := range hub.Lanes {
		hands := o.Handlers
		if lane.Channel == hub.ChannelSMS {
			hands = o.Slices
		}
		p.slots[lane], p.missed[lane] = make(chan struct{}, hands), &atomic.Bool{}
	}
	return p
}

// Pump makes a Pump over this dispatcher's store and handlers; it fills in Claims, Lease and Logger, and Handle and Texts
// unless they are given.
func (d *Dispatcher) Pump(o PumpOptions) *Pump {
	o.Claims, o.Lease = d.store, d.plan.Claimed
	if o.Handle == nil {
		o.Handle = d.Handle
	}
	if o.Texts == nil {
		o.Texts = d.Texts
	}
	o.Logger = cmp.Or(o.Logger, d.log)
	return NewPump(o)
}

// Wake implements Waker: the pump looks at once. It never blocks.
func (p *Pump) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// PumpState is how a pump stands, for readiness and metrics.
type PumpState struct {
	Direct bool      // the queue is away and the pump does the work itself
	Since  time.Time // since when; zero when it never changed
}

// State tells how the pump stands.
func (p *Pump) State() PumpState { return p.breaker.state() }

// Run works until ctx ends. Then it claims nothing more, finishes what it has in hand within the lease, and returns nil.
func (p *Pump) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	pause := p.o.Idle
	for {
		select {
		case <-ctx.Done():
			p.hands.Wait()
			return nil
		case <-p.wake:
		case <-timer.C:
		}
		for more := true; more && ctx.Err() == nil; {
			more, pause = p.round(ctx)
		}
		timer.Reset(pause)
	}
}

// round claims once from every lane that has something due, the most pressing first. more: there may be more to claim
// right now. pause: how long to wait otherwise, unless somebody wakes the pump.
func (p *Pump) round(ctx context.Context) (more bool, pause time.Duration) {
	room, direct := p.room(ctx)
	due, err := p.o.Claims.Due(ctx)
	if err != nil {
		p.complain(ctx, fmt.Errorf("look for what is due: %w", err))
		return false, p.o.Idle
	}
	full := false
	for _, lane := range hub.Lanes {
		if !slices.Contains(due, lane) {
			continue
		}
		if lane.Channel == hub.ChannelSMS {
			p.startTexts(ctx, lane)
			continue
		}
		var claimed int
		if direct {
			claimed, err = p.claimDirect(ctx, lane)
		} else {
			claimed, err = p.claimQueued(ctx, lane, room[lane])
			full = full || room[lane] <= tasks(claimed, p.o.Inbox)
		}
		if err != nil {
			p.complain(ctx, err)
			return false, p.o.Idle
		}
		more = more || claimed > 0
	}
	p.failing = false
	return more, p.pause(direct, full, more)
}

// pause is how long to wait after a round when nobody wakes the pump. Workers empty a full lane in milliseconds, a slow
// provider in seconds: while nothing moves, the pump asks ever more seldom.
func (p *Pump) pause(direct, full, moved bool) time.Duration {
	if !full || moved {
		p.full = 0
	}
	switch {
	case direct:
		return p.o.Away
	case full:
		p.full = min(max(2*p.full, p.o.Full), p.o.Away)
		return p.full
	}
	return p.o.Idle
}

// complain logs the first of a row of failures: while the store is away there is one line, not one a second.
func (p *Pump) complain(ctx context.Context, err error) {
	if !p.failing && !errors.Is(err, context.Canceled) {
		p.o.Logger.ErrorContext(ctx, "the pump cannot claim", "error", err)
	}
	p.failing = true
}

func tasks(ids, batch int) int { return (ids + batch - 1) / batch }

func (p *Pump) claim(ctx context.Context, lane hub.Lane, limit int) ([]hub.ID, error) {
	ids, err := p.o.Claims.Claim(ctx, lane, limit, p.o.Inbox, p.o.Lease)
	if err != nil {
		return nil, fmt.Errorf("claim from %s: %w", lane, err)
	}
	return ids, nil
}
