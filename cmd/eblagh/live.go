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
	"eblagh/hub/trail"
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
		call := trail.Of(r.Context())
		call.Enter("live", access.InboxRead)
		p, err := sessions.Principal(r)
		if err != nil {
			return live.Viewer{}, err
		}
		if p, err = api.ActFor(r, web.Acting(r, p, secure)); err != nil {
			return live.Viewer{}, err
		}
		p = call.As(p)
		if _, err := access.Decide(p, access.InboxRead, access.Object{Person: p.Addressee()}); err != nil {
			return live.Viewer{}, err
		}
		return live.Viewer{Recipient: p.Addressee(), Person: p.PersonID(), Session: p.Session}, nil
	}
}

// still tells which viewers may look on, and with which close code the others go.
func (a *App) still(ctx context.Context, viewers []live.Viewer) ([]int, error) {
	recipients, people, sessions := make([]hub.ID, len(viewers)), make([]hub.ID, len(viewers)), make([]hub.ID, len(viewers))
	for i, v := range viewers {
		recipients[i], people[i], sessions[i] = v.Recipient, v.Person, v.Session
	}
	standings, err := a.domain.db.Standings(ctx, recipients, people, sessions)
	if err != nil {
		return nil, err
	}
	codes := make([]int, len(viewers))
	for i, s := range standings {
		switch {
		case !s.Acts:
			codes[i] = live.CloseEnded
		case !s.SignedIn:
			codes[i] = live.CloseRefresh
		}
	}
	return codes, nil
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
