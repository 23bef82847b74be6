package api

import (
	"net/http"
	"path"
	"regexp"
	"time"

	"eblagh/api/guard"
	"eblagh/hub"
)

// front is what every request meets first: the headers that every answer carries, the end of panics, unknown routes, and
// the line in the log, which names the route and never the address, the caller or what was sent.
func (a *api) front(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	seen := &watched{ResponseWriter: w}
	secure(w.Header())
	defer func() {
		if fault := recover(); fault != nil {
			if fault == http.ErrAbortHandler {
				panic(fault)
			}
			a.deps.Logger.Error("panic", "route", seen.route, "error", hub.Fault(fault))
			if seen.status == 0 {
				problemOf(errPanic).write(seen)
			}
		}
		a.deps.Observe(seen.route, seen.status, time.Since(begun))
	}()
	a.dispatch(seen, r)
}

// dispatch looks the route up, so that what net/http would answer in plain text, or by a redirect, becomes a problem.
func (a *api) dispatch(w *watched, r *http.Request) {
	if path.Clean(r.URL.Path) != r.URL.Path {
		problemOf(errNoRoute).write(w)
		return
	}
	plain, pattern := a.mux.Handler(r)
	if pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	probe := &recorder{header: http.Header{}}
	plain.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		withStatus(probe.status, errNoMethod).write(w)
		return
	}
	problemOf(errNoRoute).write(w)
}

// secure sets what every answer carries. Answers are personal unless their handler says otherwise.
func secure(h http.Header) {
	guard.Close(h)
	h.Add("Vary", "Authorization, Cookie")
}

// watched remembers how a request was answered.
type watched struct {
	http.ResponseWriter
	route  string
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *watched) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// named tells the log which route serves.
func named(w http.ResponseWriter, route string) {
	if seen, ok := w.(*watched); ok {
		seen.route = route
	}
}

var (
	quoted    = regexp.MustCompile(`"[^"]*"`)
	longDigit = regexp.MustCompile(`\p{Nd}{6,}`)
)

// redact takes what may be a value out of an error's text: what stands in quotes, and long runs of digits.
func redact(text string) string {
	return longDigit.ReplaceAllString(quoted.ReplaceAllString(text, `"…"`), "…")
}
