package signin_test

import (
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/access"
)

// memory is a store as Store describes it, under the test's clock.
type memory struct {
	now   *time.Time
	proof hub.ID // that holds
	rows  map[string]*row
}

type row struct {
	data   []byte
	expiry time.Time
}

func (m *memory) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	r := m.rows[token]
	if r == nil || !m.now.Before(r.expiry) {
		return nil, false, nil
	}
	return r.data, true, nil
}

func (m *memory) CommitCtx(_ context.Context, token string, data []byte, expiry time.Time) error {
	s, err := signin.Describe(data)
	if err != nil {
		return err
	}
	former := s.Former.IsZero()
	for k, r := range m.rows {
		if was, err := signin.Describe(r.data); err == nil && was.ID == s.Former {
			former = true
			delete(m.rows, k)
		}
	}
	if !former || s.Proof != (hub.ID{}) && s.Proof != m.proof {
		return hub.Refuse(hub.CodeUnauthorized, "sign in again")
	}
	m.rows[token] = &row{data, expiry}
	return nil
}

func (m *memory) DeleteCtx(_ context.Context, token string) error {
	delete(m.rows, token)
	return nil
}

func (m *memory) TouchCtx(_ context.Context, token string, expiry time.Time) error {
	if r := m.rows[token]; r != nil {
		r.expiry = expiry
	}
	return nil
}

func (m *memory) Find(token string) ([]byte, bool, error) {
	return m.FindCtx(context.Background(), token)
}
func (m *memory) Commit(token string, data []byte, expiry time.Time) error {
	return m.CommitCtx(context.Background(), token, data, expiry)
}
func (m *memory) Delete(token string) error { return m.DeleteCtx(context.Background(), token) }

func (m *memory) SessionsOf(_ context.Context, person hub.ID) ([]hub.Session, error) {
	var list []hub.Session
	for _, r := range m.rows {
		s, err := signin.Describe(r.data)
		if err != nil {
			return nil, err
		}
		if s.Person == person {
			list = append(list, s)
		}
	}
	return list, nil
}

func (m *memory) RevokeSession(context.Context, hub.ID, hub.ID) error { return hub.ErrNotFound }

func (m *memory) RevokeOthers(context.Context, hub.ID, hub.ID) (int, error) { return 0, nil }

// people knows one person.
type people struct {
	gone bool
	role hub.Role // empty: a lawyer
}

var person = hub.ID{1}

func (p *people) PersonPrincipal(_ context.Context, id hub.ID) (access.Principal, error) {
	if p.gone || id != person {
		return access.Principal{}, hub.Refuse(hub.CodeUnauthorized, "sign in again")
	}
	return access.Principal{Kind: access.Person, ID: id, Grants: []access.Grant{{Role: cmp.Or(p.role, hub.RoleLawyer)}}}, nil
}

type bench struct {
	t        *testing.T
	now      time.Time
	store    *memory
	people   *people
	sessions *signin.Sessions
}

func newBench(t *testing.T, secure bool) *bench {
	b := &bench{t: t, now: time.Now().UTC().Truncate(time.Microsecond), people: &people{}}
	b.store = &memory{now: &b.now, rows: map[string]*row{}}
	b.sessions = signin.New(signin.Options{Store: b.store, People: b.people, Secure: secure, Clock: func() time.Time { return b.now }})
	return b
}

func request(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

func (b *bench) start(cookies ...*http.Cookie) *http.Cookie {
	b.t.Helper()
	c, err := b.sessions.Start(request(cookies...), person, hub.FactorNone, hub.ID{})
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bench) principal(cookies ...*http.Cookie) access.Principal {
	b.t.Helper()
	p, err := b.sessions.Principal(request(cookies...))
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func TestASessionIsThePersonWithTheirRoles(t *testing.T) {
	b := newBench(t, false)
	c := b.start()
	p := b.principal(c)
	if p.Kind != access.Person || p.ID != person || !p.Holds(hub.RoleLawyer) || !p.SignedInAt.Equal(b.now) || p.Session.IsZero() {
		t.Errorf("principal %+v", p)
	}
	list, err := b.sessions.List(t.Context(), person)
	if err != nil || len(list) != 1 || list[0].ID != p.Session {
		t.Errorf("list %+v %v", list, err)
	}
	b.people.gone = true // disabled meanwhile
	if p := b.principal(c); p.Kind != access.Nobody {
		t.Errorf("still %+v", p)
	}
}

func TestNobodyWithoutASessionOfOurs(t *testing.T) {
	b := newBench(t, false)
	b.start()
	for _, value := range []string{"", "x", strings.Repeat("x", 43), strings.Repeat("x", 5000)} {
		if p := b.principal(&http.Cookie{Name: "eblagh_session", Value: value}); p.Kind != access.Nobody {
			t.Errorf("cookie %.20q is %+v", value, p)
		}
	}
	if p := b.principal(); p.Kind != access.Nobody {
		t.Errorf("no cookie is %+v", p)
	}
}

func TestSessionsEndByThemselves(t *testing.T) {
	b := newBench(t, false)
	c := b.start()
	b.now = b.now.Add(signin.IdleTimeout + time.Second)
	if p := b.principal(c); p.Kind != access.Nobody {
		t.Error("alive after half an hour without a call")
	}
	b = newBench(t, false)
	c, begun := b.start(), b.now
	for b.now.Before(begun.Add(signin.Lifetime - time.Minute)) {
		if p := b.principal(c); p.Kind != access.Person {
			t.Fatalf("ended after %v of use", b.now.Sub(begun))
		}
		b.now = b.now.Add(signin.IdleTimeout - time.Minute)
	}
	b.now = begun.Add(signin.Lifetime + time.Second)
	if p := b.principal(c); p.Kind != access.Nobody {
		t.Error("alive after twelve hours of use")
	}
}

// Session fixation: a token that the browser came with is never the one it leaves with, and dies.
func TestSigningInMakesANewTokenAndEndsTheOld(t *testing.T) {
	b := newBench(t, false)
	planted := b.start()
	fresh := b.start(planted)
	if fresh.Value == planted.Value || len(fresh.Value) < 43 {
		t.Errorf("token %q after %q", fresh.Value, planted.Value)
	}
	if p := b.principal(planted); p.Kind != access.Nobody {
		t.Error("the planted token is alive")
	}
	if p := b.principal(fresh); p.Kind != access.Person {
		t.Error("the new token is not")
	}
}

func TestSigningOutEndsTheSessionHereAndThere(t *testing.T) {
	b := newBench(t, false)
	c := b.start()
	out, err := b.sessions.End(request(c))
	if err != nil || out.MaxAge != -1 || out.Value != "" || out.Name != c.Name {
		t.Errorf("cookie %+v, %v", out, err)
	}
	if p := b.principal(c); p.Kind != access.Nobody {
		t.Error("alive after signing out")
	}
}

// A call that is under way when its session ends does not bring it back.
func TestACallUnderWayDoesNotReviveASession(t *testing.T) {
	b := newBench(t, false)
	c := b.start()
	revoking := signin.New(signin.Options{Store: revokedMeanwhile{b.store}, People: b.people, Clock: func() time.Time { return b.now }})
	if _, err := revoking.Principal(request(c)); err != nil {
		t.Fatal(err)
	}
	if b.store.rows[c.Value] != nil {
		t.Error("the session is back")
	}
}

// revokedMeanwhile ends each session right after it was found.
type revokedMeanwhile struct{ *memory }

func (s revokedMeanwhile) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, found, err := s.memory.FindCtx(ctx, token)
	delete(s.rows, token)
	return data, found, err
}

// Each rise of privilege makes another token and another id, and the former is dead; the end stays where it was.
func TestRisingMakesANewSessionThatEndsWhenTheFormerWould(t *testing.T) {
	b := newBench(t, false)
	low, begun := b.start(), b.now
	before := b.principal(low)
	b.now = b.now.Add(20 * time.Minute)
	high, err := b.sessions.Rise(request(low), signin.Rise{Confirmed: true, Personal: true, Factor: hub.FactorTOTP})
	if err != nil {
		t.Fatal(err)
	}
	if high.Value == low.Value || b.principal(low).Kind != access.Nobody {
		t.Error("the former token is alive")
	}
	p := b.principal(high)
	if p.Session == before.Session || !p.SignedInAt.Equal(b.now) || !p.PersonalAt.Equal(b.now) || p.Factor != hub.FactorTOTP {
		t.Errorf("%+v after %+v", p, before)
	}
	b.now = b.now.Add(10 * time.Minute)
	next, err := b.sessions.Rise(request(high), signin.Rise{Confirmed: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.principal(next); got.Factor != hub.FactorTOTP || !got.PersonalAt.Equal(p.PersonalAt) || !got.SignedInAt.Equal(b.now) {
		t.Errorf("the next forgot: %+v", got)
	}
	for b.now.Before(begun.Add(signin.Lifetime - time.Minute)) {
		if b.principal(next).Kind != access.Person {
			t.Fatalf("ended after %v", b.now.Sub(begun))
		}
		b.now = b.now.Add(signin.IdleTimeout - time.Minute)
	}
	b.now = begun.Add(signin.Lifetime + time.Second)
	if b.principal(next).Kind != access.Nobody {
		t.Error("rising made the session longer")
	}
	if _, err := b.sessions.Rise(request(), signin.Rise{Confirmed: true}); hub.CodeOf(err) != hub.CodeUnauthorized {
		t.Errorf("without a session: %v", err)
	}
}

// A session that was ended while it rose does not come back by rising, nor does one begin by what does not hold any more.
func TestNoSessionBeginsByWhatHasEnded(t *testing.T) {
	b := newBench(t, false)
	c := b.start()
	revoking := signin.New(signin.Options{Store: revokedMeanwhile{b.store}, People: b.people, Clock: func() time.Time { return b.now }})
	if _, err := revoking.Rise(request(c), signin.Rise{Confirmed: true}); hub.CodeOf(err) != hub.CodeUnauthorized {
		t.Errorf("it rose: %v", err)
	}
	b.store.proof = hub.ID{7}
	if _, err := b.sessions.Start(request(), person, hub.FactorNone, hub.ID{8}); hub.CodeOf(err) != hub.CodeUnauthorized || len(b.store.rows) > 0 {
		t.Errorf("it began: %v", err)
	}
	if _, err := b.sessions.Start(request(), person, hub.FactorNone, b.store.proof); err != nil {
		t.Error(err)
	}
}

func TestStaffWithoutASecondFactorAreNotReady(t *testing.T) {
	for _, row := range []struct {
		role    hub.Role
		factor  hub.Factor
		unready bool
	}{
		{hub.RoleLawyer, hub.FactorNone, false}, {hub.RoleCourtClerk, hub.FactorNone, true},
		{hub.RoleCourtClerk, hub.FactorTOTP, false}, {"a role of tomorrow", hub.FactorNone, true},
	} {
		b := newBench(t, false)
		b.people.role = row.role
		c, err := b.sessions.Start(request(), person, row.factor, hub.ID{})
		if err != nil {
			t.Fatal(err)
		}
		if got := b.principal(c).Unready; got != row.unready {
			t.Errorf("%s with %q: unready %v", row.role, row.factor, got)
		}
	}
}

func TestSessionsTellTheirDevice(t *testing.T) {
	b := newBench(t, false)
	r := request()
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 14; Secret Phone 9) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36")
	if _, err := b.sessions.Start(r, person, hub.FactorNone, hub.ID{}); err != nil {
		t.Fatal(err)
	}
	list, err := b.sessions.List(t.Context(), person)
	if err != nil || len(list) != 1 || list[0].Device != "android chrome" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestCookieFlags(t *testing.T) {
	for secure, name := range map[bool]string{true: "__Host-eblagh", false: "eblagh_session"} {
		c := newBench(t, secure).start()
		// __Host- needs Secure, Path=/ and no Domain (RFC 6265bis §4.1.3.2).
		if c.Name != name || !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
			t.Errorf("cookie %+v", c)
		}
	}
}

func TestDescribeRefusesWhatIsNotASession(t *testing.T) {
	for _, data := range []string{"", "{}", `{"values":{"id":"x"}}`, `{"values":{"id":"0196f0a0-0000-7000-8000-000000000000"}}`} {
		if s, err := signin.Describe([]byte(data)); err == nil {
			t.Errorf("%q is %+v", data, s)
		}
	}
}
