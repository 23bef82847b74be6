package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/hub"
	"eblagh/hub/access"
)

// audience says whom a route is for. The zero audience is nobody.
type audience int

const (
	nobody    audience = iota
	anyone             // no sign-in needed
	known              // any key or session
	people             // a session
	permitted          // whom hub/access permits the route's action
)

// route declares one call: what the chain enforces and the OpenAPI document says are read from the same value.
type route struct {
	method, path string
	id, tag      string
	summary      string
	about        string
	who          audience
	action       access.Action // permitted: what is asked of hub/access
	payload      payload
	optional     bool  // the body may be left out
	limit        int64 // bytes of body; 0: limitElse
	creates      bool  // takes an Idempotency-Key
	rides        bool  // which is taken by what the call does
	signIn       bool  // rate-limited by address
	bare         bool  // also for staff who have yet to set up a second factor
	weight       int64 // units of the gate that the call takes; 0: it does not pass there
	accepts      bool  // it takes papers in: not while too many wait
	status       int   // of success; 0: 200, or 204 without a body
	also         int   // another status of success, with the same body
	refuses      []hub.Code
	quotas       []hub.Quota // that it is counted in, beside the address and the gate; they are told in every answer
}

// pattern is the route as net/http's mux names it.
func (rt route) pattern() string { return rt.method + " " + rt.path }

// maxBody is the limit of the body, in bytes.
func (rt route) maxBody() int64 {
	if rt.limit == 0 {
		return limitElse
	}
	return rt.limit
}

// refusals lists every code that the route can answer with: its own, and those of the chain.
func (rt route) refusals() []hub.Code {
	codes := append([]hub.Code{hub.CodeValidation, hub.CodeTooLarge, hub.CodeOverloaded, hub.CodeInternal}, rt.refuses...)
	if rt.who != anyone {
		codes = append(codes, hub.CodeUnauthorized, hub.CodeForbidden, hub.CodeWrongMode,
			hub.CodeSecondFactor)
	}
	if rt.creates {
		codes = append(codes, hub.CodeIdempotencyMismatch, hub.CodeIdempotencyInFlight)
	}
	if rt.signIn {
		codes = append(codes, hub.CodeRateLimited, hub.CodeForbidden)
	}
	if rt.weight > 0 || len(rt.quotas) > 0 {
		codes = append(codes, hub.CodeRateLimited)
	}
	if strings.Contains(rt.path, "{") {
		codes = append(codes, hub.CodeNotFound)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// operation is the route as huma documents it.
func (rt route) operation() huma.Operation {
	op := huma.Operation{
		Method: rt.method, Path: rt.path, OperationID: rt.id, Tags: []string{rt.tag}, Summary: rt.summary,
		Description: rt.describe(), Security: rt.security(), Responses: map[string]*huma.Response{},
		DefaultStatus:    rt.status,
		SkipValidateBody: true, MaxBodyBytes: -1, BodyReadTimeout: -1, // the chain has read and bounded the body
		Extensions: map[string]any{"x-max-body-bytes": rt.maxBody()},
	}
	for _, code := range rt.refusals() {
		documentRefusal(&op, kinds[code].status, code)
	}
	if rt.payload != payloadNone { // the chain's own: no JSON, too slow, of another media type
		documentRefusal(&op, http.StatusBadRequest, hub.CodeValidation)
		documentRefusal(&op, http.StatusRequestTimeout, hub.CodeValidation)
		documentRefusal(&op, http.StatusUnsupportedMediaType, hub.CodeValidation)
	}
	if rt.creates {
		op.Parameters = append(op.Parameters, idempotencyParam())
	}
	return op
}

func (rt route) describe() string {
	parts := []string{rt.about}
	switch rt.who {
	case permitted:
		parts = append(parts, "Needs the permission `"+string(rt.action)+"`.")
		if scopes := access.ScopesFor(rt.action); len(scopes) > 0 {
			names := make([]string, len(scopes))
			for i, s := range scopes {
				names[i] = "`" + string(s) + "`"
			}
			parts = append(parts, "Keys need one of the scopes "+strings.Join(names, ", ")+".")
		} else {
			parts = append(parts, "No key may do this.")
		}
	case people:
		parts = append(parts, "For people with a session; no key may do this.")
	case anyone:
		parts = append(parts, "Needs no sign-in.")
	}
	if rt.payload != payloadNone {
		parts = append(parts, "The body has at most "+strconv.FormatInt(rt.maxBody(), 10)+" bytes.")
	}
	for _, q := range rt.quotas {
		parts = append(parts, fmt.Sprintf("At most %d %s in %d minutes.", q.Most, q.Name, int(q.Within.Minutes())))
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

func (rt route) security() []map[string][]string {
	key, session := map[string][]string{"key": {}}, map[string][]string{"session": {}}
	switch {
	case rt.who == anyone:
		return []map[string][]string{}
	case rt.who == people, rt.who == permitted && len(access.ScopesFor(rt.action)) == 0:
		return []map[string][]string{session}
	}
	return []map[string][]string{key, session}
}

// add declares a route and serves it with fn. fn's errors become problems.
func add[I, O any](a *api, rt route, fn func(context.Context, *I) (*O, error)) {
	a.routes[rt.pattern()] = rt
	huma.Register(a.huma, rt.operation(), func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, a.refusal(ctx, rt, err)
		}
		return out, nil
	})
	documented := a.documented(rt)
	documentIDs(documented)
	if rt.also != 0 {
		documented.Responses[strconv.Itoa(rt.also)] = documented.Responses[strconv.Itoa(documented.DefaultStatus)]
	}
}
