package main

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"eblagh/api"
	"eblagh/api/guard"
	"eblagh/api/signin"
	"eblagh/api/web"
	"eblagh/hub"
	"eblagh/hub/certificate"
	"eblagh/hub/rules"
)

// front is the public door: the wire, the pages, live, and the probes, behind what records every call.
func (a *App) front() (http.Handler, error) {
	secure := a.o.Config.Secure()
	sessions := signin.New(signin.Options{Store: a.domain.db.Sessions(signin.Describe), People: a.domain.enroller,
		Secure: secure, Clock: hub.SystemClock, Ended: a.outside.relay.Recheck})
	doors := &signin.Doors{Vault: a.domain.vault, Proxies: a.o.Config.Proxies(), Secure: secure, Clock: hub.SystemClock}
	mux := http.NewServeMux()
	recorded := api.Record(mux, api.RecordOptions{Trail: a.startTrail(), Doors: doors, Clock: hub.SystemClock, Logger: a.log})
	a.probes(mux)
	if a.o.Parts.live {
		if err := a.mountLive(mux, sessions); err != nil {
			return nil, err
		}
	}
	if !a.o.Parts.api {
		return guard.Headers(recorded, secure), nil
	}
	issuer, err := a.certificates()
	if err != nil {
		return nil, err
	}
	wire, err := a.wire(sessions, doors, issuer)
	if err != nil {
		return nil, err
	}
	pages, err := a.pages(sessions, doors, issuer)
	if err != nil {
		return nil, err
	}
	for _, prefix := range []string{"/v1/", "/log/", "/openapi.json", "/docs", "/docs/"} {
		mux.Handle(prefix, wire)
	}
	mux.Handle("/", a.observed(pages, web.Routes()))
	if err := a.mountCallbacks(mux); err != nil {
		return nil, err
	}
	if a.o.Development {
		a.outside.mountPhones(a, mux)
	}
	return guard.Headers(recorded, secure), nil
}

func (a *App) wire(sessions *signin.Sessions, doors *signin.Doors, issuer *certificate.Issuer) (http.Handler, error) {
	d := a.domain
	return api.New(api.Deps{
		Enroller: d.enroller, Dispatcher: d.dispatcher, Reader: d.reader, Ladder: d.ladder, LegalHolds: d.retention, Assignees: d.retention,
		Classifier: d.retention, Intake: d.intake, Judge: d.book,
		Profile: rules.Iran, Answers: d.db, Log: d.db, Certificates: issuer, Vault: d.vault, Sessions: sessions,
		Doors: doors, Logger: a.log,
		Observe: a.observe, Gate: a.gate(), Version: versionText(),
	})
}

func (a *App) pages(sessions *signin.Sessions, doors *signin.Doors, issuer *certificate.Issuer) (http.Handler, error) {
	d := a.domain
	return web.New(web.Deps{
		Enroller: d.enroller, Reader: d.reader, Dispatcher: d.dispatcher, Ladder: d.ladder, Keeper: d.retention, Intake: d.intake, Sessions: sessions,
		Doors: doors, Outside: a.identityProvider(), Certificates: issuer, Proof: proof{d.db, a.o.Config},
		Clock: hub.SystemClock, Logger: a.log, Test: a.o.Config.Mode == "test", Secure: doors.Secure, Away: a.away,
	})
}

// away names the parts of the system that do not answer now, for the operator's page.
func (a *App) away(ctx context.Context) []string {
	var names []string
	for name, state := range a.health.look(ctx).Parts {
		if state == "away" {
			names = append(names, name)
		}
	}
	if a.outside.failing() {
		names = append(names, "sms")
	}
	slices.Sort(names)
	return names
}

// observe counts and logs an answered call by its route: an address can carry personal data, a route cannot.
func (a *App) observe(route string, status int, took time.Duration) {
	route = cmp.Or(route, "none")
	a.metrics.observe(route, status, took)
	a.log.Info("request", "route", route, "status", status, "ms", took.Milliseconds())
}

// observed observes a handler that does not tell by itself; patterns are its routes.
func (a *App) observed(handler http.Handler, patterns []string) http.Handler {
	names := http.NewServeMux()
	for _, p := range patterns {
		names.Handle(p, http.NotFoundHandler())
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun, seen := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		_, route := names.Handler(r)
		defer func() { a.observe(route, seen.status, time.Since(begun)) }()
		handler.ServeHTTP(seen, r)
	})
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
