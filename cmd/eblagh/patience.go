package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"eblagh/hub"
)

// patience is how long a process that starts waits for a database that does not answer yet: after a boot the servers come
// up side by side, and a restart of Postgres at the wrong moment is no reason for a node to stay down.
const patience = 30 * time.Second

// openPatiently is openDomain, again and again while the database is away. Errors: it stays away, or it answers and
// refuses, which waiting does not mend.
func (a *App) openPatiently(ctx context.Context) (*domain, error) {
	end, pause := time.Now().Add(patience), 100*time.Millisecond
	for {
		var undo cleanups
		d, err := openDomain(ctx, a.o.Config, a.log, a.outside.ports(a.metrics), &undo)
		if err == nil {
			a.undo.add("domain", undo.run)
			return d, nil
		}
		err = errors.Join(err, undo.run(ctx))
		if !away(err) {
			return nil, err
		}
		if time.Now().Add(pause).After(end) {
			return nil, fmt.Errorf("waited %s: %w", patience, err)
		}
		a.log.Warn("the database does not answer yet; waiting for it", "error", err)
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
		pause = min(2*pause, 2*time.Second)
	}
}

func away(err error) bool {
	var refused *hub.Error
	return errors.As(err, &refused) && refused.Code == hub.CodeOverloaded
}
