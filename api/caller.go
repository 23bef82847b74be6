package api

import (
	"context"
	"net/http"
	"strings"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Keys recognises systems by their key.
//
// Authenticate MUST refuse unknown, expired and revoked keys alike with unauthorized, and keys of the other mode with
// wrong-mode. It is safe for concurrent use.
type Keys interface {
	Authenticate(ctx context.Context, key string) (access.Principal, error)
}

// call is what the chain knows of the request under way.
type call struct {
	request   *http.Request
	principal access.Principal
	// idempotent names the call over all its retries: SHA-256 of owner, key and request. nil without a key.
	idempotent []byte
	ride       *ride // nil: its key is held while it runs, or there is none
}

type callKey struct{}

func withCall(r *http.Request, c *call) *http.Request {
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	c.request = r
	return r
}

// callFrom gives the call of a handler's context; every handler runs inside one.
func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	if c == nil {
		return &call{}
	}
	return c
}

// caller gives who asks.
func caller(ctx context.Context) access.Principal { return callFrom(ctx).principal }

// recognise finds out who asks. A key wins over a session: who sends both means the key, and the session is not looked at.
// Nobody is no error here; the guard decides what nobody may do.
func (a *api) recognise(r *http.Request) (access.Principal, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return a.deps.Sessions.Principal(r)
	}
	scheme, key, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || key == "" || len(key) > 200 {
		return access.Principal{}, errUnauthorized
	}
	return a.deps.Enroller.Authenticate(r.Context(), strings.TrimSpace(key))
}

var (
	errUnauthorized = hub.Refuse(hub.CodeUnauthorized, "sign in, or send a valid key")
	errForeign      = hub.Refuse(hub.CodeForbidden, "this request comes from a page of another site")
	errUnready      = hub.Refuse(hub.CodeSecondFactor, "staff sign in with a second factor: set one up first")
	errPeopleOnly   = hub.Refuse(hub.CodeForbidden, "this is for people who are signed in")
)

// guard decides whether the caller may use the route at all. A route that declares nothing is for nobody.
func (a *api) guard(rt route, r *http.Request, p access.Principal) error {
	if r.Header.Get("Authorization") == "" {
		// The browser adds the cookie by itself, so the page that asked must be ours: for signing in as well.
		if err := a.origins.Check(r); err != nil {
			return errForeign
		}
	}
	switch rt.who {
	case anyone:
		return nil
	case known, people:
		if p.Kind == access.Nobody {
			return errUnauthorized
		}
		if rt.who == people && p.Kind != access.Person {
			return errPeopleOnly
		}
		if p.Unready && !rt.bare {
			return errUnready
		}
		return nil
	case permitted:
		_, err := access.May(p, rt.action)
		return err
	}
	return hub.Refuse(hub.CodeForbidden, "nobody may do this")
}
