package signin

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"eblagh/hub"
	"eblagh/hub/access"
)

// How long a session lives: at most, and without a call.
const (
	Lifetime    = 12 * time.Hour
	IdleTimeout = 30 * time.Minute
)

// Options are what sessions are made of. All but Secure are needed.
type Options struct {
	Store  Store
	People People
	Secure bool // served over TLS: the cookie is named and marked so that it never leaves it
	Clock  hub.Clock
}

// Sessions begins, recognises and ends sessions. It is safe for concurrent use.
//
// Of the library it uses tokens, data and expiry, and not its middleware, which would write each session back on each
// call and so bring back one that was ended while the call ran.
type Sessions struct {
	store  Store
	people People
	clock  hub.Clock
	scs    *scs.SessionManager
}

// New makes Sessions.
func New(o Options) *Sessions {
	m := scs.New()
	m.Lifetime, m.IdleTimeout = Lifetime, IdleTimeout
	m.Codec = codec{}
	m.Store = o.Store
	m.Cookie = scs.SessionCookie{
		Name: "eblagh_session", Path: "/", HttpOnly: true, Secure: o.Secure, SameSite: http.SameSiteLaxMode,
		Persist: false, // the browser forgets it when it closes: many share a device
	}
	if o.Secure {
		m.Cookie.Name = "__Host-eblagh"
	}
	return &Sessions{store: o.Store, people: o.People, clock: o.Clock, scs: m}
}

// Start begins a session for a person who has just proved who they are, and ends the one that the request came with.
// The cookie goes to the browser as it is.
func (s *Sessions) Start(r *http.Request, person hub.ID) (*http.Cookie, error) {
	if err := s.drop(r); err != nil {
		return nil, err
	}
	ctx, err := s.scs.Load(r.Context(), "")
	if err != nil {
		return nil, fmt.Errorf("start session: %w", err)
	}
	now := s.clock()
	s.scs.Put(ctx, keyID, hub.NewID(now).String())
	s.scs.Put(ctx, keyPerson, person.String())
	s.scs.Put(ctx, keySignedInAt, now.Format(time.RFC3339Nano))
	token, _, err := s.scs.Commit(ctx)
	if err != nil {
		return nil, fmt.Errorf("start session: %w", err)
	}
	return s.cookie(token, 0), nil
}

// End ends the request's session. The cookie takes it from the browser.
func (s *Sessions) End(r *http.Request) (*http.Cookie, error) {
	if err := s.drop(r); err != nil {
		return nil, err
	}
	return s.cookie("", -1), nil
}

// Principal recognises the person of the request's session, with the roles they hold now. Without a session, or with
// one that has ended, it is nobody, and no error.
func (s *Sessions) Principal(r *http.Request) (access.Principal, error) {
	token := s.token(r)
	if token == "" {
		return access.Principal{}, nil
	}
	ctx, err := s.scs.Load(r.Context(), token)
	if err != nil {
		return access.Principal{}, fmt.Errorf("session: %w", err)
	}
	person, err := hub.ParseID(s.scs.GetString(ctx, keyPerson))
	if err != nil || !s.clock().Before(s.scs.Deadline(ctx)) {
		return access.Principal{}, nil
	}
	p, err := s.people.PersonPrincipal(ctx, person)
	switch hub.CodeOf(err) {
	case "":
	case hub.CodeUnauthorized, hub.CodeNotFound:
		return access.Principal{}, nil
	default:
		return access.Principal{}, err
	}
	if p.Session, err = hub.ParseID(s.scs.GetString(ctx, keyID)); err != nil {
		return access.Principal{}, fmt.Errorf("session id: %w", err)
	}
	if p.SignedInAt, err = time.Parse(time.RFC3339Nano, s.scs.GetString(ctx, keySignedInAt)); err != nil {
		return access.Principal{}, fmt.Errorf("session time: %w", err)
	}
	return p, s.touch(ctx, token)
}

// touch moves the end of a session in use, never past its deadline.
func (s *Sessions) touch(ctx context.Context, token string) error {
	end := s.clock().Add(IdleTimeout)
	if deadline := s.scs.Deadline(ctx); end.After(deadline) {
		end = deadline
	}
	if err := s.store.TouchCtx(ctx, token, end); err != nil {
		return fmt.Errorf("keep session: %w", err)
	}
	return nil
}

// List gives the sessions of a person that have not ended, newest first.
func (s *Sessions) List(ctx context.Context, person hub.ID) ([]hub.Session, error) {
	return s.store.SessionsOf(ctx, person)
}

// Revoke ends one session of a person. Errors: not-found.
func (s *Sessions) Revoke(ctx context.Context, person, session hub.ID) error {
	return s.store.RevokeSession(ctx, person, session)
}

func (s *Sessions) drop(r *http.Request) error {
	token := s.token(r)
	if token == "" {
		return nil
	}
	if err := s.store.DeleteCtx(r.Context(), token); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// token is what the browser holds, "" for none.
func (s *Sessions) token(r *http.Request) string {
	cookie, err := r.Cookie(s.scs.Cookie.Name)
	if err != nil || len(cookie.Value) > 100 {
		return ""
	}
	return cookie.Value
}

func (s *Sessions) cookie(value string, maxAge int) *http.Cookie {
	c := s.scs.Cookie
	return &http.Cookie{
		Name: c.Name, Value: value, Path: c.Path, MaxAge: maxAge,
		HttpOnly: c.HttpOnly, Secure: c.Secure, SameSite: c.SameSite,
	}
}
