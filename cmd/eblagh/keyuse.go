package main

import (
	"context"
	"time"
)

// keyUsesEvery is how often it is written down which keys were used.
const keyUsesEvery = time.Minute

// startKeyUses writes down when keys were last used: every minute, and once more at the end.
func (a *App) startKeyUses() {
	note := func(ctx context.Context) {
		if err := a.domain.enroller.NoteKeyUses(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("when keys were last used was not kept", "error", err)
		}
	}
	a.undo.add("last uses of keys", func(ctx context.Context) error { note(ctx); return nil })
	a.undo.loop("uses of keys", func(ctx context.Context) error {
		tick := time.NewTicker(keyUsesEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				note(ctx)
			}
		}
	})
}
