package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"eblagh/api/guard"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/trail"
)

// HandleFunc implements humago.Mux: huma registers each operation here, and the chain goes before it. An operation that
// was not declared as a route is refused to everybody, for the zero route is.
func (a *api) HandleFunc(pattern string, serve func(http.ResponseWriter, *http.Request)) {
	rt := a.routes[pattern]
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		named(w, rt.id)
		trail.Of(r.Context()).Enter(rt.id, rt.action, trail.Objects(rt.path, r.PathValue)...)
		a.tellQuotas(rt, w.Header())
		r, leave, err := a.admit(rt, w, r)
		defer leave()
		if err != nil {
			a.refusal(r.Context(), rt, err).write(w)
			return
		}
		r, cancel := rt.bounded(r)
		defer cancel()
		switch {
		case callFrom(r.Context()).idempotent == nil:
			serve(w, r)
		case rt.rides:
			a.along(rt, w, r, serve)
		default:
			a.once(rt, w, r, serve)
		}
	})
}

// tellQuotas tells in what a call is counted, whatever it is answered; that of the address its Rate tells.
func (a *api) tellQuotas(rt route, h http.Header) {
	if rt.weight > 0 {
		h.Add("RateLimit-Policy", guard.Policy(guard.Quota(a.gate.quota())))
	}
	for _, q := range rt.quotas {
		h.Add("RateLimit-Policy", guard.Policy(guard.Quota(q)))
	}
}

// admit is everything that stands before a handler, in the order of the package comment. It gives the request that
// carries the call, and what to do when the call has ended.
func (a *api) admit(rt route, w http.ResponseWriter, r *http.Request) (_ *http.Request, leave func(), err error) {
	leave = func() {}
	if err := checkText(r); err != nil {
		return r, leave, err
	}
	if err := openBody(w, r, rt.maxBody()); err != nil {
		return r, leave, err
	}
	if rt.payload == payloadNone || rt.payload == payloadJSON {
		guard.Hurry(w, r, guard.Slow)
	}
	if rt.signIn && a.signIns.Over(w, r) {
		return r, leave, hub.Refuse(hub.CodeRateLimited, "too many requests from this address; try again later")
	}
	principal, err := a.recogniseFor(rt, r)
	if err != nil {
		return r, leave, err
	}
	recorded := trail.Of(r.Context())
	if principal, err = ActFor(r, recorded.As(principal)); err != nil {
		return r, leave, err
	}
	principal = recorded.As(principal)
	sunset(w.Header(), principal, time.Now())
	if err := a.guard(rt, r, principal); err != nil {
		return r, leave, err
	}
	enter, err := a.gate.enter(r.Context(), rt, principal.ID)
	if err != nil {
		return r, leave, err
	}
	if rt.weight > 0 {
		w.Header().Add("RateLimit", guard.Left(a.gate.quota().Name, a.gate.left(principal.ID), 0))
	}
	c := &call{principal: principal}
	r = withCall(r, c)
	return r, enter, a.prepare(rt, r, c)
}

// recogniseFor does not ask who the caller is where it does not matter, so that nobody is kept from signing in by an old
// cookie.
func (a *api) recogniseFor(rt route, r *http.Request) (access.Principal, error) {
	if rt.who == anyone {
		return access.Principal{}, nil
	}
	return a.recognise(r)
}

// prepare reads what must be in memory before the handler runs: small bodies, and those of idempotent calls, whose hash
// decides whether the handler runs at all.
func (a *api) prepare(rt route, r *http.Request, c *call) error {
	if rt.payload == payloadNone && !rt.creates {
		return nil
	}
	if rt.optional && r.ContentLength == 0 {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader("{}")), 2
		r.Header.Set("Content-Type", "application/json")
	}
	if rt.payload != payloadNone {
		if err := rt.payload.checkMediaType(r); err != nil {
			return err
		}
	}
	key, err := idempotencyKey(rt, r)
	if err != nil {
		return err
	}
	if rt.payload != payloadJSON && key == "" {
		return nil
	}
	request, err := hold(r)
	if err != nil {
		return err
	}
	if key != "" {
		c.idempotent = callName(c.principal.ID, key, request)
	}
	return nil
}

// checkText refuses addresses with what no text of ours can hold: broken escapes and encodings, control characters.
func checkText(r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || !clean(r.URL.Path) {
		return withStatus(http.StatusBadRequest, refuseField(hub.CodeValidation, "/query", "format",
			"the address is not well-formed"))
	}
	var problems hub.Problems
	for name, values := range query {
		for _, v := range append(values, name) {
			if !clean(v) {
				problems.Add(child("/query", name), "characters", "this holds a character that cannot be stored")
				break
			}
		}
		if len(values) > 1 {
			problems.Add(child("/query", name), "repeated", "give this parameter once")
		}
	}
	return problems.Err()
}

func clean(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// refusal is the problem of an error, and logs those that nobody but us can mend.
func (a *api) refusal(ctx context.Context, rt route, err error) *Problem {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		a.deps.Logger.Error("call failed", "route", rt.id, "status", p.Status, "error", redact(err.Error()))
	}
	return p
}
