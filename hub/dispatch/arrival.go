package dispatch

import (
	"context"
	"fmt"

	"eblagh/hub"
)

// Handle does the work of one task: arrivals for the inbox, attempts for SMS.
func (d *Dispatcher) Handle(ctx context.Context, lane hub.Lane, ids []hub.ID) error {
	switch lane.Channel {
	case hub.ChannelInbox:
		return d.Arrive(ctx, ids)
	case hub.ChannelSMS:
		return d.attempt(ctx, lane.Priority, ids)
	}
	return fmt.Errorf("lane %s has nothing to handle", lane)
}

// Arrive puts the notices of claimed deliveries into their inboxes: this is service (bylaw 13). It may run twice, and
// at once with itself: rows that arrived before are left alone.
func (d *Dispatcher) Arrive(ctx context.Context, ids []hub.ID) error {
	if len(ids) == 0 {
		return nil
	}
	arrived, err := d.store.Arrive(ctx, Arriving{Deliveries: ids, NewID: d.newID, Rung: d.ladder.First})
	if err != nil {
		return fmt.Errorf("arrive: %w", err)
	}
	return d.arrived(ctx, ids, arrived)
}

// arrived follows the commit: now it may be told. The nudge is best effort; the cursor makes up for a lost one.
func (d *Dispatcher) arrived(ctx context.Context, ids []hub.ID, arrived []Arrived) error {
	d.tellArrived(ctx, arrived)
	if len(arrived) == len(ids) {
		return nil
	}
	return d.expireOverripe(ctx, ids)
}

func (d *Dispatcher) tellArrived(ctx context.Context, arrived []Arrived) {
	if len(arrived) == 0 {
		return
	}
	var nudges []hub.Nudge
	texts := false
	for _, a := range arrived {
		if a.Live {
			nudges = append(nudges, hub.Nudge{Recipient: a.Recipient, Cursor: a.Cursor, Notice: a.Notice, Cover: a.Cover})
		}
		texts = texts || a.Texts
		d.meter.Arrived(a.Priority, a.At.Sub(a.Due))
	}
	d.meter.Moved(hub.ChannelInbox, hub.DeliveryDelivered, len(arrived))
	if len(nudges) > 0 {
		d.nudger.Nudge(ctx, nudges)
	}
	if texts {
		d.waker.Wake()
	}
}

// expireOverripe closes those of the deliveries that came too late to arrive.
func (d *Dispatcher) expireOverripe(ctx context.Context, ids []hub.ID) error {
	notices, err := d.store.Overripe(ctx, ids)
	if err != nil {
		return fmt.Errorf("expired arrivals: %w", err)
	}
	return d.expire(ctx, notices)
}

func (d *Dispatcher) expire(ctx context.Context, notices []hub.ID) error {
	if len(notices) == 0 {
		return nil
	}
	n, err := d.store.Expire(ctx, notices, d.newIDs(len(notices)))
	if err != nil {
		return fmt.Errorf("expire: %w", err)
	}
	d.meter.Moved(hub.ChannelInbox, hub.DeliveryExpired, n)
	return nil
}
