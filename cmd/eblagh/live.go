package main

import (
	"context"
	"fmt"
	"net/http"

	"eblagh/api"
	"eblagh/api/signin"
	"eblagh/api/web"
	"eblagh/channels/live"
	"eblagh/hub"
	"eblagh/hub/access"
)

// mountLive serves the live connections of people with a session, and lets nudges reach them.
func (a *App) mountLive(mux *http.ServeMux, sessions *signin.Sessions) error {
	registry, err := live.New(live.Options{Store: a.domain.db, Authenticate: viewer(sessions, a.o.Config.Secure()), Still: a.still,
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

// viewer recognises whose inbox a live connection is for: that of who signed in, or of the legal person they act for.
func viewer(sessions *signin.Sessions, secure bool) func(*http.Request) (live.Viewer, error) {
	return func(r *http.Request) (live.Viewer, error) {
		p, err := sessions.Principal(r)
		if err != nil {
			return live.Viewer{}, err
		}
		if p, err = api.ActFor(r, web.Acting(r, p, secure)); err != nil {
			return live.Viewer{}, err
		}
		if _, err := access.Decide(p, access.InboxRead, access.Object{Person: p.Addressee()}); err != nil {
			return live.Viewer{}, err
		}
		return live.Viewer{Recipient: p.Addressee(), Person: p.PersonID()}, nil
	}
}

// still tells which viewers act for their recipients now.
func (a *App) still(ctx context.Context, viewers []live.Viewer) ([]bool, error) {
	legal, people := make([]hub.ID, len(viewers)), make([]hub.ID, len(viewers))
	for i, v := range viewers {
		legal[i], people[i] = v.Recipient, v.Person
	}
	return a.domain.db.Represent(ctx, legal, people)
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
