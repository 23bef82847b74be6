package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"eblagh/api/signin/outside/issuertest"
	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/enrol"
)

// providerWorld is a world with an identity provider.
type providerWorld struct {
	*matrixWorld
	issuer *issuertest.Issuer
	told   *statements
}

func newProviderWorld(t *testing.T, change func(*Options)) providerWorld {
	t.Helper()
	issuer, told := issuertest.New(t, false), &statements{}
	w := newMatrixWorldWith(t, func(o *Options) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		o.Listener, o.Statements, o.Config.PublicURL = ln, told.add, "http://"+ln.Addr().String()
		o.Config.SignIn.OIDC = config.OIDC{Issuer: issuer.URL, ClientID: issuertest.ClientID, ClientSecret: issuertest.ClientSecret,
			NameFa: "درگاه نمونه", NameEn: "Demo Portal"}
		change(o)
	})
	return providerWorld{w, issuer, told}
}

// bind makes an admin bind somebody, and gives the status and the path.
func (w providerWorld) bind(name, subject string) (int, string) {
	w.Helper()
	var grant string
	w.ok(w.sql.QueryRow(w.Context(), `SELECT id::text FROM grants WHERE person = $1`, w.people[name].String()).Scan(&grant))
	a := w.call(w.T, matrixCall{pattern: "PUT /v1/staff/{id}/identity", who: "permitted"}, matrixRow{body: fmt.Sprintf(`{"subject":%q}`, subject)},
		w.named("admin"), map[string]string{"id": grant})
	return a.status, "/v1/staff/" + grant + "/identity"
}

// factor sets a second factor up and gives its recovery codes.
func (w providerWorld) factor(name string) []string {
	w.Helper()
	p := w.named(name).principal
	made, err := w.app.domain.enroller.BeginFactor(w.Context(), p)
	w.ok(err)
	code, err := enrol.FactorCode(made.Secret, time.Now())
	w.ok(err)
	recovery, err := w.app.domain.enroller.ConfirmFactor(w.Context(), p, code)
	w.ok(err)
	return recovery
}

// visitor is a browser with cookies of its own, that follows no redirect by itself.
type visitor struct {
	w    providerWorld
	http *http.Client
}

func (w providerWorld) visitor() visitor {
	w.Helper()
	jar, err := cookiejar.New(nil)
	w.ok(err)
	return visitor{w, &http.Client{Jar: jar, CheckRedirect: w.client.CheckRedirect}}
}

// page is what a visitor got.
type page struct {
	status int
	to     string
	body   string
	header http.Header
}

func (v visitor) do(method, address, form string) page {
	v.w.Helper()
	if strings.HasPrefix(address, "/") {
		address = v.w.app.o.Config.PublicURL + address
	}
	r, err := http.NewRequestWithContext(v.w.Context(), method, address, strings.NewReader(form))
	v.w.ok(err)
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	got, err := v.http.Do(r)
	v.w.ok(err)
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	v.w.ok(err)
	return page{got.StatusCode, got.Header.Get("Location"), string(body), got.Header}
}

// goes leads to the provider and gives the address that it leads back to.
func (v visitor) goes(next string) string {
	v.w.Helper()
	at := v.do("GET", "/sign-in/outside?next="+url.QueryEscape(next), "")
	if at.status != http.StatusSeeOther || !strings.HasPrefix(at.to, v.w.issuer.URL+"/auth?") {
		v.w.Fatalf("%d to %q", at.status, at.to)
	}
	back := v.do("GET", at.to, "").to
	if !strings.HasPrefix(back, v.w.app.o.Config.PublicURL+"/sign-in/outside/back?") {
		v.w.Fatalf("back to %q", back)
	}
	return back
}

// session is the cookie of the visitor's session, "" for none.
func (v visitor) session() string {
	at, err := url.Parse(v.w.app.o.Config.PublicURL)
	v.w.ok(err)
	for _, c := range v.http.Jar.Cookies(at) {
		if c.Name == "eblagh_session" {
			return c.Value
		}
	}
	return ""
}

// The provider, the second factor, a session like any other; and with the binding all of it ends.
func TestStaffSignInThroughTheProvider(t *testing.T) {
	w := newProviderWorld(t, func(*Options) {})
	recovery := w.factor("court_clerk")
	status, path := w.bind("court_clerk", "subject-7")
	if status != http.StatusOK {
		t.Fatalf("bound: %d", status)
	}
	v, before := w.visitor(), w.sessionsOf("court_clerk")
	if at := v.do("GET", "/sign-in?next=/court", ""); !strings.Contains(at.body, "درگاه نمونه") || !strings.Contains(at.body, `href="/sign-in/outside?next=%2fcourt"`) {
		t.Error("the page has no button")
	}
	back, planted := v.goes("/court"), w.session(w.people["a stranger"])
	address, err := url.Parse(w.app.o.Config.PublicURL)
	w.ok(err)
	v.http.Jar.SetCookies(address, []*http.Cookie{planted})
	at := v.do("GET", back, "")
	if at.status != http.StatusSeeOther || at.to != "/sign-in/second?next=%2Fcourt" || w.sessionsOf("court_clerk") != before {
		t.Fatalf("%d to %q, %d sessions more", at.status, at.to, w.sessionsOf("court_clerk")-before)
	}
	if at := v.do("POST", "/sign-in/second", "totp=000000&next=/court"); at.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong second factor: %d", at.status)
	}
	at = v.do("POST", "/sign-in/second", "next=/court&totp="+recovery[0])
	if at.status != http.StatusSeeOther || at.to != "/court" || v.session() == "" || v.session() == planted.Value || w.sessionsOf("court_clerk") != before+1 {
		t.Fatalf("%d to %q, %d sessions more", at.status, at.to, w.sessionsOf("court_clerk")-before)
	}
	if me := v.do("GET", "/v1/me", ""); me.status != http.StatusOK || !strings.Contains(me.body, w.people["court_clerk"].String()) || !strings.Contains(me.body, `"second_factor":"totp"`) {
		t.Errorf("%d %s", me.status, me.body)
	}
	if a := w.call(t, matrixCall{pattern: "GET /v1/me", outside: true}, matrixRow{}, matrixPrincipal{}, nil, "Cookie", planted.String()); a.status != http.StatusUnauthorized {
		t.Errorf("the planted session is alive: %d", a.status)
	}
	for route, want := range map[string]string{"GET /sign-in/outside/back": "begun done", "POST /sign-in/second": "begun done refused"} {
		var got string
		w.ok(w.sql.QueryRow(t.Context(), `SELECT string_agg(DISTINCT outcome, ' ' ORDER BY outcome) FROM trail WHERE route = $1`, route).Scan(&got))
		if got != want {
			t.Errorf("the trail has %q of %s, want %q", got, route, want)
		}
	}
	if at := v.do("GET", back, ""); at.status != http.StatusUnauthorized {
		t.Errorf("the same address again: %d", at.status)
	}
	a := w.call(t, matrixCall{pattern: "DELETE " + path, who: "permitted"}, matrixRow{}, w.named("admin"), nil)
	if me := v.do("GET", "/v1/me", ""); a.status != http.StatusNoContent || me.status != http.StatusUnauthorized || w.sessionsOf("court_clerk") != 0 {
		t.Errorf("unbound: %d; then %d, %d sessions", a.status, me.status, w.sessionsOf("court_clerk"))
	}
	if at := v.do("GET", v.goes("/"), ""); at.status != http.StatusUnauthorized {
		t.Errorf("signing in once unbound: %d", at.status)
	}
}

// Whoever may not is answered with one page, after the same statements, and nobody is told whom the hub knows.
func TestTheProviderOpensToNobodyElse(t *testing.T) {
	w := newProviderWorld(t, func(*Options) {})
	if status, _ := w.bind("lawyer", "x"); status != http.StatusConflict {
		t.Errorf("a lawyer is bound: %d", status)
	}
	w.factor("the citizen")
	w.factor("lawyer")
	w.factor("judge")
	for _, name := range []string{"the citizen", "lawyer"} {
		w.exec(`INSERT INTO identities (id, issuer, subject, person, bound_by) VALUES ($1, $2, decode($3, 'hex'), $4, $4)`, w.newID(), w.issuer.URL,
			w.app.domain.vault.Pepper(hub.ID{}, "identity\x00"+w.issuer.URL+"\x00"+name), w.people[name])
	}
	for _, name := range []string{"judge", "operator"} {
		if status, _ := w.bind(name, name); status != http.StatusOK {
			t.Fatalf("%s: %d", name, status)
		}
	}
	w.exec(`UPDATE grants SET revoked_at = hub_now() WHERE person = $1`, w.people["judge"])
	var want, wanted string
	for _, subject := range []string{"nobody", "nobody-else", "the citizen", "lawyer", "judge", "operator"} { // a role taken away; no second factor
		w.issuer.Subject = subject
		v := w.visitor()
		back := v.goes("/court")
		w.told.take()
		at, asked := v.do("GET", back, ""), strings.Join(w.told.take(), "\n")
		if got := fmt.Sprint(at.status, at.body); want == "" {
			want, wanted = got, asked
		} else if got != want {
			t.Errorf("%s is answered\n%s, not\n%s", subject, got, want)
		}
		if asked != wanted || asked == "" {
			t.Errorf("%s asks\n%s\nnot\n%s", subject, asked, wanted)
		}
		if at.status != http.StatusUnauthorized || v.session() != "" {
			t.Errorf("%s: %d, session %q", subject, at.status, v.session())
		}
		if at := v.do("GET", "/sign-in/second", ""); at.to != "/sign-in" {
			t.Errorf("%s is asked for a second factor", subject)
		}
	}
}

// What is no good answer to this browser's own question lets nobody in.
func TestAnswersOfTheProviderAreThisBrowsersOwn(t *testing.T) {
	w := newProviderWorld(t, func(*Options) {})
	w.factor("court_clerk")
	w.bind("court_clerk", "subject-7")
	refused := func(what string, at page) {
		t.Helper()
		if at.status != http.StatusUnauthorized || !strings.Contains(at.body, `name="national_id"`) || strings.Contains(at.body, "state=") {
			t.Errorf("%s: %d to %q", what, at.status, at.to)
		}
	}
	v := w.visitor()
	back := v.goes("/court")
	refused("another browser", w.visitor().do("GET", back, ""))
	refused("a browser on its own way", func() page { other := w.visitor(); other.goes("/"); return other.do("GET", back, "") }())
	w.issuer.Denies = "access_denied"
	refused("denied", v.do("GET", v.goes("/"), ""))
	w.issuer.Denies = ""
	for what, claims := range map[string]map[string]any{"nonce": {"nonce": "x"}, "audience": {"aud": "x"}, "issuer": {"iss": "https://evil.example"},
		"over": {"exp": time.Now().Add(-time.Minute).Unix()}} {
		w.issuer.Claims = claims
		refused(what, v.do("GET", v.goes("/"), ""))
	}
	w.issuer.Claims = nil
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)"} {
		if at := v.do("GET", v.goes(next), ""); at.to != "/sign-in/second?next=%2F" {
			t.Errorf("next %q leads to %q", next, at.to)
		}
	}
	if n := w.count(`SELECT count(*) FROM outside_sign_ins`); n != 9 {
		t.Errorf("%d nonces are used up, want 9", n)
	}
}

func (w providerWorld) count(sql string) (n int) {
	w.Helper()
	w.ok(w.sql.QueryRow(w.Context(), sql).Scan(&n))
	return n
}

// The hub starts and works while the provider is away; over TLS what the browser keeps stays there.
func TestTheProviderMayBeAwayAtTheStart(t *testing.T) {
	var issuer string
	w := newProviderWorld(t, func(o *Options) {
		issuer, o.Config.SignIn.OIDC.Issuer, o.Config.PublicURL = o.Config.SignIn.OIDC.Issuer, "http://127.0.0.1:1", "https://hub.example"
	})
	at := w.call(t, matrixCall{pattern: "GET /sign-in/outside", page: true, outside: true}, matrixRow{}, w.named("nobody"), nil)
	if at.status != http.StatusServiceUnavailable || !strings.Contains(string(at.body), `name="national_id"`) {
		t.Errorf("%d", at.status)
	}
	wantSafe(t, "away", "GET /sign-in/outside", at)
	if status, _ := get(t, w.app.Addr(), "/readyz"); status != http.StatusOK {
		t.Errorf("readyz: %d", status)
	}
	c := w.app.o.Config
	c.SignIn.OIDC.Issuer = issuer
	app, _ := startApp(t, c, partList{api: true})
	there := *w.matrixWorld
	there.app = app
	at = there.call(t, matrixCall{pattern: "GET /sign-in/outside", page: true, outside: true}, matrixRow{}, w.named("nobody"), nil)
	cookies := (&http.Response{Header: at.header}).Cookies()
	if at.status != http.StatusSeeOther || len(cookies) != 1 || cookies[0].Name != "__Host-eblagh_outside" || !cookies[0].Secure || !cookies[0].HttpOnly ||
		cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].MaxAge != 600 {
		t.Errorf("%d, %v", at.status, cookies)
	}
	if to, err := url.Parse(at.location); err != nil || to.Query().Get("redirect_uri") != "https://hub.example/sign-in/outside/back" {
		t.Errorf("to %q, %v", at.location, err)
	}
}
