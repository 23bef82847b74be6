package main

import (
	"context"
	"net/http"

	"eblagh/api"
	"eblagh/api/signin"
	"eblagh/api/web"
	"eblagh/hub"
	"eblagh/hub/rules"
)

// front is the public door: the wire, the pages, live, and the probes.
func (a *App) front() (http.Handler, error) {
	secure := len(a.o.Config.PublicURL) > 8 && a.o.Config.PublicURL[:8] == "https://"
	sessions := signin.New(signin.Options{Store: a.domain.db.Sessions(signin.Describe), People: a.domain.enroller,
		Secure: secure, Clock: hub.SystemClock})
	mux := http.NewServeMux()
	a.probes(mux)
	if a.o.Parts.live {
		if err := a.outside.mountLive(a, mux, sessions); err != nil {
			return nil, err
		}
	}
	if !a.o.Parts.api {
		return mux, nil
	}
	wire, err := a.wire(sessions)
	if err != nil {
		return nil, err
	}
	pages, err := a.pages(sessions, secure)
	if err != nil {
		return nil, err
	}
	for _, prefix := range []string{"/v1/", "/openapi.json", "/docs", "/docs/"} {
		mux.Handle(prefix, wire)
	}
	mux.Handle("/", pages)
	if a.o.Development {
		a.outside.mountPhones(mux)
	}
	return mux, nil
}

func (a *App) wire(sessions *signin.Sessions) (http.Handler, error) {
	d := a.domain
	return api.New(api.Deps{
		Enroller: d.enroller, Dispatcher: d.dispatcher, Reader: d.reader, Intake: d.intake, Judge: d.book,
		Profile: rules.Iran, Answers: d.db, Vault: d.vault, Sessions: sessions, Logger: a.log,
		Observe: a.metrics.observe, Version: versionText(),
	})
}

func (a *App) pages(sessions *signin.Sessions, secure bool) (http.Handler, error) {
	d := a.domain
	return web.New(web.Deps{
		Enroller: d.enroller, Reader: d.reader, Dispatcher: d.dispatcher, Intake: d.intake, Sessions: sessions,
		Clock: hub.SystemClock, Logger: a.log, Test: a.o.Config.Mode == "test", Secure: secure, Away: a.away,
	})
}

// away names the parts of the system that do not answer now, for the operator's page.
func (a *App) away(ctx context.Context) []string {
	var names []string
	for name, state := range a.health.look(ctx).Parts {
		if state != "ok" {
			names = append(names, name)
		}
	}
	return names
}
