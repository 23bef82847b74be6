package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"eblagh/hub"
)

const (
	reconcileBatch  = 500
	monthsAhead     = 6
	sweepEvery      = 10 * time.Minute
	sweepLimitTurns = 100
)

// Overdue is an attempt whose time is over.
type Overdue struct {
	Key      hub.AttemptKey
	Priority hub.Priority
	Provider string
	Messages []string // under which the provider knows it, or its parts that are not delivered; empty: it named none
}

// Aging is an overdue attempt with what it becomes: unknown for a time, or closed.
type Aging struct {
	Key     hub.AttemptKey
	Settle  time.Duration // how long it stays unknown
	Receipt hub.ID        // D.4, when it closes
}

// Reconcile moves what became due without anybody asking: overdue attempts and reports, timers; and now and then it
// makes partitions ahead and removes what is kept for a day. It is called every few seconds, on every node: each row is
// taken by one of them. One part that fails does not stop the others.
func (d *Dispatcher) Reconcile(ctx context.Context) error {
	return errors.Join(
		d.reconcileTimers(ctx),
		d.ladder.Fire(ctx),
		d.expireDrafts(ctx),
		d.sweep(ctx),
		d.outages.flush(ctx, d),
		d.reconcileStrays(ctx),
		d.reconcileAttempts(ctx), // last: providers are asked, and may be slow
	)
}

func (d *Dispatcher) reconcileAttempts(ctx context.Context) error {
	for began := d.clock(); d.clock().Sub(began) < askWithin; {
		overdue, err := d.store.Overdue(ctx, reconcileBatch)
		if err != nil {
			return fmt.Errorf("overdue attempts: %w", err)
		}
		if len(overdue) == 0 {
			return nil
		}
		d.ask(ctx, overdue)
		// A report whose process died between keeping and matching it is found here, before its delivery is given up.
		var keys []MessageKey
		aging := make([]Aging, len(overdue))
		for i, o := range overdue {
			aging[i] = Aging{Key: o.Key, Settle: d.plan.waits(o.Priority).Settle, Receipt: d.newID()}
			for _, id := range o.Messages {
				keys = append(keys, MessageKey{Provider: o.Provider, Message: NormaliseMessageID(id)})
			}
		}
		if _, err := d.match(ctx, keys); err != nil {
			return err
		}
		closed, err := d.store.CloseOverdue(ctx, aging)
		if err != nil {
			return fmt.Errorf("close overdue attempts: %w", err)
		}
		d.countMoved(closed)
		if len(overdue) < reconcileBatch || len(closed) == 0 {
			return nil // the rest is in another node's hands
		}
	}
	return nil // the rest comes next time
}

func (d *Dispatcher) reconcileTimers(ctx context.Context) error {
	for {
		notices, err := d.store.DueTimers(ctx, reconcileBatch)
		if err != nil {
			return fmt.Errorf("timers: %w", err)
		}
		if err := d.expire(ctx, notices); err != nil {
			return err
		}
		if len(notices) < reconcileBatch {
			return nil
		}
	}
}

// sweep does what need not be done every few seconds.
func (d *Dispatcher) sweep(ctx context.Context) error {
	d.sweeping.Lock()
	due := !d.clock().Before(d.nextSweep)
	if due {
		d.nextSweep = d.clock().Add(sweepEvery)
	}
	d.sweeping.Unlock()
	if !due {
		return nil
	}
	err := d.store.MakePartitions(ctx, monthsAhead)
	if err != nil {
		err = fmt.Errorf("partitions ahead: %w", err)
	}
	for range sweepLimitTurns {
		removed, sweepErr := d.store.Sweep(ctx)
		if sweepErr != nil {
			return errors.Join(err, fmt.Errorf("sweep: %w", sweepErr))
		}
		if removed == 0 {
			break
		}
	}
	return err
}
