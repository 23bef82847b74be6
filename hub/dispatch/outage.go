package dispatch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"eblagh/hub"
)

// outages remembers what is away until the store knows of it: the store itself may be what is away.
type outages struct {
	mu    sync.Mutex
	list  []*outage           // oldest first; at most one of a part has no end
	there map[string]struct{} // parts that this process has seen there: nothing of before its start is open
}

type outage struct {
	id     hub.ID
	part   string
	reason string
	began  time.Time
	ended  time.Time // zero: still away
	kept   bool      // the store knows that it began
}

// maxOutages bounds what is remembered while the store is away; what flaps more often than that is one long outage.
const maxOutages = 1000

// RecordOutage notes that a part of the hub went away just now, so that the hub can attest it later (bylaw 13 n.1). It
// is called as often as one likes: an outage is recorded once, and if the store does not answer now, by Reconcile
// later, with the right time.
func (d *Dispatcher) RecordOutage(ctx context.Context, part, reason string) error {
	o := &d.outages
	o.mu.Lock()
	if o.away(part) != nil || len(o.list) >= maxOutages {
		o.mu.Unlock()
		return nil
	}
	o.list = append(o.list, &outage{id: d.newID(), part: part, reason: reason, began: d.clock()})
	o.mu.Unlock()
	return o.flush(ctx, d)
}

// EndOutage notes that a part is there, or back. It is called as often as one likes. The first call ends also what a
// process that died left without an end.
func (d *Dispatcher) EndOutage(ctx context.Context, part string) error {
	o := &d.outages
	o.mu.Lock()
	was := o.away(part)
	_, known := o.there[part]
	if was != nil {
		was.ended = d.clock()
	}
	o.mu.Unlock()
	switch {
	case was != nil:
		return o.flush(ctx, d)
	case known:
		return nil
	}
	if err := d.store.CloseOutage(ctx, part, 0); err != nil {
		return fmt.Errorf("end an outage of %s from before: %w", part, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.there == nil {
		o.there = map[string]struct{}{}
	}
	o.there[part] = struct{}{}
	return nil
}

// away finds the outage of a part that has not ended. The caller holds the lock.
func (o *outages) away(part string) *outage {
	i := slices.IndexFunc(o.list, func(out *outage) bool { return out.part == part && out.ended.IsZero() })
	if i < 0 {
		return nil
	}
	return o.list[i]
}

// flush writes what the store does not know yet, oldest first. Times go as ages, for the store's clock is the one that
// counts.
func (o *outages) flush(ctx context.Context, d *Dispatcher) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var failed error
	for _, out := range o.list {
		if failed = out.keep(ctx, d); failed != nil {
			break
		}
	}
	o.list = slices.DeleteFunc(o.list, func(out *outage) bool { return out.part == "" })
	return failed
}

// keep writes one outage as far as it is known; an empty part marks it as done with.
func (out *outage) keep(ctx context.Context, d *Dispatcher) error {
	if !out.kept {
		if err := d.store.OpenOutage(ctx, out.id, out.part, out.reason, d.clock().Sub(out.began)); err != nil {
			return fmt.Errorf("record outage of %s: %w", out.part, err)
		}
		out.kept = true
	}
	if out.ended.IsZero() {
		return nil
	}
	if err := d.store.CloseOutage(ctx, out.part, d.clock().Sub(out.ended)); err != nil {
		return fmt.Errorf("record the end of an outage of %s: %w", out.part, err)
	}
	out.part = ""
	return nil
}
