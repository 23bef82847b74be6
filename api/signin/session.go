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

// Options are what sessions are made of. All but Secure and Ended are needed.
type Options struct {
	Store  Store
	People People
	Secure bool // served over TLS: the cookie is named and marked so that it never leaves it
	Clock  hub.Clock
	// Ended is told whose sessions have just ended, so that what hangs on them ends as well. It MUST NOT block.
	Ended func(people ...hub.ID)
}

// Sessions begins, recognises and ends sessions. It is safe for concurrent use.
//
// Of the library it uses tokens, data and expiry, and not its middleware, which would write each session back on each
// call and so bring back one that was ended while the call ran.
type Sessions struct {
	store  Store
	people People
	clock  hub.Clock
	ended  func(people ...hub.ID)
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
	if o.Ended == nil {
		o.Ended = func(...hub.ID) {}
	}
	return &Sessions{store: o.Store, people: o.People, clock: o.Clock, ended: o.Ended, scs: m}
}

// Start begins a session for a person who has just proved who they are, with a second factor or none, and ends the one
// that the request came with. proof is the challenge that they met. The cookie goes to the browser as it is. Errors:
// unauthorized, when they were shut out since.
func (s *Sessions) Start(r *http.Request, person hub.ID, factor hub.Factor, proof hub.ID) (*http.Cookie, error) {
	if err := s.drop(r); err != nil {
		return nil, err
	}
	return s.begin(r, access.Principal{ID: person, Factor: factor, SignedInAt: s.clock()}, time.Time{}, proof)
}

// Rise is what a session gains when its person proves more.
type Rise struct {
	Confirmed bool       // they proved again who they are
	Personal  bool       // they gave the personal code again
	Factor    hub.Factor // none: as it was
}

// Rise gives the person of the request's session another one in its place, which can do more and ends when the former
// would have ended. Whoever knew the former token has nothing. Errors: unauthorized, without a session, or with one that
// was ended meanwhile.
func (s *Sessions) Rise(r *http.Request, gained Rise) (*http.Cookie, error) {
	p, deadline, _, err := s.read(r)
	if err != nil {
		return nil, err
	}
	if p.ID.IsZero() {
		return nil, hub.Refuse(hub.CodeUnauthorized, "sign in again")
	}
	if gained.Confirmed {
		p.SignedInAt = s.clock()
	}
	if gained.Personal {
		p.PersonalAt = s.clock()
	}
	if gained.Factor != hub.FactorNone {
		p.Factor = gained.Factor
	}
	cookie, err := s.begin(r, p, deadline, hub.ID{})
	if err == nil {
		s.ended(p.ID)
	}
	return cookie, err
}

// begin makes a session that ends at the deadline, or after Lifetime when there is none. The store keeps it if the proof
// still holds, or in the place of the principal's session if that is still there.
func (s *Sessions) begin(r *http.Request, p access.Principal, deadline time.Time, proof hub.ID) (*http.Cookie, error) {
	ctx, err := s.scs.Load(r.Context(), "")
	if err != nil {
		return nil, fmt.Errorf("start session: %w", err)
	}
	if !deadline.IsZero() {
		s.scs.SetDeadline(ctx, deadline)
	}
	s.scs.Put(ctx, keyID, hub.NewID(s.clock()).String())
	s.scs.Put(ctx, keyPerson, p.ID.String())
	s.scs.Put(ctx, keySignedInAt, p.SignedInAt.Format(time.RFC3339Nano))
	s.scs.Put(ctx, keyFactor, string(p.Factor))
	s.scs.Put(ctx, keyDevice, describe(r.UserAgent()))
	for key, id := range map[string]hub.ID{keyProof: proof, keyFormer: p.Session} {
		if !id.IsZero() {
			s.scs.Put(ctx, key, id.String())
		}
	}
	if !p.PersonalAt.IsZero() {
		s.scs.Put(ctx, keyPersonalAt, p.PersonalAt.Format(time.RFC3339Nano))
	}
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
// one that has ended, it is nobody, and no error. Staff whose session knows no second factor are not ready for anything
// but to set one up.
func (s *Sessions) Principal(r *http.Request) (access.Principal, error) {
	kept, _, ctx, err := s.read(r)
	if err != nil || kept.ID.IsZero() {
		return access.Principal{}, err
	}
	p, err := s.people.PersonPrincipal(ctx, kept.ID)
	switch hub.CodeOf(err) {
	case "":
	case hub.CodeUnauthorized, hub.CodeNotFound:
		return access.Principal{}, nil
	default:
		return access.Principal{}, err
	}
	p.Session, p.Factor, p.SignedInAt, p.PersonalAt = kept.Session, kept.Factor, kept.SignedInAt, kept.PersonalAt
	p.Unready = p.Factor == hub.FactorNone && p.Staff()
	return p, s.touch(ctx, s.token(r))
}

// read gives what the request's session remembers of its person, and when it ends at the latest: nobody without one.
func (s *Sessions) read(r *http.Request) (p access.Principal, deadline time.Time, ctx context.Context, err error) {
	token := s.token(r)
	if token == "" {
		return p, deadline, r.Context(), nil
	}
	if ctx, err = s.scs.Load(r.Context(), token); err != nil {
		return p, deadline, ctx, fmt.Errorf("session: %w", err)
	}
	person, err := hub.ParseID(s.scs.GetString(ctx, keyPerson))
	if deadline = s.scs.Deadline(ctx); err != nil || !s.clock().Before(deadline) {
		return p, deadline, ctx, nil
	}
	p = access.Principal{Kind: access.Person, ID: person, Factor: hub.Factor(s.scs.GetString(ctx, keyFactor))}
	if p.Session, err = hub.ParseID(s.scs.GetString(ctx, keyID)); err != nil {
		return p, deadline, ctx, fmt.Errorf("session id: %w", err)
	}
	if p.SignedInAt, err = time.Parse(time.RFC3339Nano, s.scs.GetString(ctx, keySignedInAt)); err != nil {
		return p, deadline, ctx, fmt.Errorf("session time: %w", err)
	}
	if text := s.scs.GetString(ctx, keyPersonalAt); text != "" {
		if p.PersonalAt, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return p, deadline, ctx, fmt.Errorf("session time: %w", err)
		}
	}
	return p, deadline, ctx, nil
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
	if err := s.store.RevokeSession(ctx, person, session); err != nil {
		return err
	}
	s.ended(person)
	return nil
}

// RevokeOthers ends every session of the principal but the one that asks.
func (s *Sessions) RevokeOthers(ctx context.Context, p access.Principal) (int, error) {
	n, err := s.store.RevokeOthers(ctx, p.ID, p.Session)
	if n > 0 {
		s.ended(p.ID)
	}
	return n, err
}

func (s *Sessions) drop(r *http.Request) error {
	token := s.token(r)
	if token == "" {
		return nil
	}
	former, _, _, err := s.read(r)
	if err != nil {
		return err
	}
	if err := s.store.DeleteCtx(r.Context(), token); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if !former.ID.IsZero() {
		s.ended(former.ID)
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
