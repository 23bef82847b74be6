package main

import (
	"context"
	"fmt"
	"net/http"

	"eblagh/api/signin"
	"eblagh/channels/live"
	"eblagh/hub"
	"eblagh/hub/access"
)

// mountLive serves the live connections of people with a session, and lets nudges reach them.
func (a *App) mountLive(mux *http.ServeMux, sessions *signin.Sessions) error {
	registry, err := live.New(live.Options{Store: a.domain.db, Authenticate: addressee(sessions),
		Means: a.domain.reader.OpeningMeans, Logger: a.log,
		Total: a.o.Config.Live.MaxConnections, PerPerson: a.o.Config.Live.MaxPerPerson})
	if err != nil {
		return fmt.Errorf("live: %w", err)
	}
	a.outside.relay.Attach(registry)
	registry.Start()
	a.undo.add("live", registry.Stop)
	a.metrics.gauge("eblagh_live_connections", "Open live connections.",
		func() float64 { return float64(registry.Connections()) })
	a.metrics.gauge("eblagh_live_polling", "1 while live asks the database because nudges do not come.",
		func() float64 { return oneIf(registry.Polling()) })
	mux.Handle("/v1/live", registry)
	return nil
}

// startRelay carries nudges between processes. It comes after mountLive, and so ends before the registry it feeds.
func (a *App) startRelay() {
	a.undo.loop("relay", func(ctx context.Context) error { a.outside.relay.Run(ctx); return nil })
}

// addressee recognises whose inbox a live connection is for.
func addressee(sessions *signin.Sessions) func(*http.Request) (hub.ID, error) {
	return func(r *http.Request) (hub.ID, error) {
		p, err := sessions.Principal(r)
		if err != nil {
			return hub.ID{}, err
		}
		if _, err := access.Decide(p, access.InboxRead, access.Object{Person: p.PersonID()}); err != nil {
			return hub.ID{}, err
		}
		return p.PersonID(), nil
	}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
