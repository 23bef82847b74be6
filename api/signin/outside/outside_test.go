package outside_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"eblagh/api/signin/outside"
	"eblagh/api/signin/outside/issuertest"
	"eblagh/hub"
	"eblagh/hub/vault"
)

// nonces takes each out of use once.
type nonces struct {
	mu   sync.Mutex
	used map[string]bool
}

func (n *nonces) UseNonce(_ context.Context, nonce string) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fresh := !n.used[nonce]
	n.used[nonce] = true
	return fresh, nil
}

// world is a client of a provider, with a clock of its own, and a browser that knows no cookies.
type world struct {
	*outside.Client
	*issuertest.Issuer
	t   *testing.T
	now time.Time
	log strings.Builder
}

func newWorld(t *testing.T) *world {
	t.Helper()
	issuer := issuertest.New(t, true)
	w := newWorldAt(t, issuer.URL, issuer.Transport())
	w.Issuer = issuer
	return w
}

// newWorldAt is one whose provider is reached through a transport of its own.
func newWorldAt(t *testing.T, issuer string, transport http.RoundTripper) *world {
	t.Helper()
	keys, err := vault.Create(filepath.Join(t.TempDir(), "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, now: time.Now()}
	w.Client = outside.New(outside.Options{Issuer: issuer, ClientID: issuertest.ClientID, ClientSecret: issuertest.ClientSecret,
		ReturnTo: "https://hub.example" + outside.Path, Names: map[string]string{"en": "Portal"}, Vault: keys,
		Nonces: &nonces{used: map[string]bool{}}, Clock: func() time.Time { return w.now },
		Logger: slog.New(slog.NewTextHandler(&w.log, nil)), Transport: transport})
	return w
}

var device = hub.NewID(time.Unix(1, 0))

// goes leads a browser to the provider and back.
func (w *world) goes() (keep string, answer url.Values) {
	w.t.Helper()
	address, keep, err := w.Begin(w.t.Context(), "/inbox", device)
	if err != nil {
		w.t.Fatal(err)
	}
	return keep, w.visits(address)
}

func (w *world) visits(address string) url.Values {
	w.t.Helper()
	browser := &http.Client{Transport: w.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := browser.Get(address)
	if err != nil {
		w.t.Fatal(err)
	}
	got.Body.Close()
	back, err := got.Location()
	if err != nil || !strings.HasPrefix(back.String(), "https://hub.example/sign-in/outside/back?") {
		w.t.Fatalf("%d, back to %v, %v", got.StatusCode, back, err)
	}
	return back.Query()
}

func (w *world) refused(what string, keep string, answer url.Values) {
	w.t.Helper()
	who, err := w.Finish(w.t.Context(), keep, answer)
	if hub.CodeOf(err) != hub.CodeUnauthorized || err.Error() != "unauthorized: this sign-in is not possible" || who != (outside.Who{}) {
		w.t.Errorf("%s: %+v, %v", what, who, err)
	}
}

func TestTheProviderSaysWhoItIs(t *testing.T) {
	w := newWorld(t)
	keep, answer := w.goes()
	who, err := w.Finish(t.Context(), keep, answer)
	if err != nil || who != (outside.Who{Issuer: w.URL, Subject: "subject-7", Next: "/inbox", Device: device}) {
		t.Errorf("%+v, %v", who, err)
	}
	w.refused("the same answer again", keep, answer)
	if w.Calls["/.well-known/openid-configuration"] != 1 || w.Calls["/token"] != 1 || w.Name("en") != "Portal" {
		t.Errorf("calls: %v", w.Calls)
	}
	if strings.Contains(keep, answer.Get("state")) || strings.Contains(w.log.String(), answer.Get("code")) || strings.Contains(w.log.String(), "subject-7") {
		t.Error("what is nobody's business lies open")
	}
}

// Every answer that does not belong to what this browser began is refused alike, and costs the provider nothing.
func TestAnswersBelongToTheBrowserThatAsked(t *testing.T) {
	w := newWorld(t)
	keep, answer := w.goes()
	other, _ := w.goes()
	changed := func(name, value string) url.Values {
		v := url.Values{}
		for key := range answer {
			v.Set(key, answer.Get(key))
		}
		v.Set(name, value)
		return v
	}
	raw, _ := base64.RawURLEncoding.DecodeString(keep)
	raw[len(raw)-1] ^= 1
	for what, c := range map[string]struct {
		keep   string
		answer url.Values
	}{
		"another browser":      {"", answer},
		"another sign-in":      {other, answer},
		"a changed cookie":     {base64.RawURLEncoding.EncodeToString(raw), answer},
		"no base64":            {"%", answer},
		"a cookie without end": {keep + strings.Repeat("A", 10_000), answer},
		"another state":        {keep, changed("state", "x")},
		"no state":             {keep, changed("state", "")},
	} {
		w.refused(what, c.keep, c.answer)
	}
	w.now = w.now.Add(11 * time.Minute)
	w.refused("too late", keep, answer)
	w.now = w.now.Add(-11 * time.Minute)
	if w.Calls["/token"] != 0 {
		t.Errorf("%d codes were changed", w.Calls["/token"])
	}
	if _, err := w.Finish(t.Context(), keep, answer); err != nil {
		t.Errorf("the right one after all of those: %v", err)
	}
	for what, c := range map[string][2]string{"another issuer's answer": {"iss", "https://evil.example"}, "no code": {"code", ""},
		"a code without end": {"code", strings.Repeat("x", 5000)}, "another code": {"code", "x"}} {
		keep, answer = w.goes()
		w.refused(what, keep, changed(c[0], c[1]))
		w.refused(what+", then the right one", keep, answer)
	}
	w.Denies = "access_denied"
	keep, answer = w.goes()
	w.refused("whom the provider denies", keep, answer)
}

// A token is believed whole or not at all.
func TestTokensAreCheckedWhole(t *testing.T) {
	w := newWorld(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	for what, c := range map[string]struct {
		claims map[string]any
		sign   func(*rsa.PrivateKey, string) string
	}{
		"another nonce":      {claims: map[string]any{"nonce": "x"}},
		"no nonce":           {claims: map[string]any{"nonce": nil}},
		"another audience":   {claims: map[string]any{"aud": "somebody-else"}},
		"no audience":        {claims: map[string]any{"aud": nil}},
		"another issuer":     {claims: map[string]any{"iss": "https://evil.example"}},
		"nearly the issuer":  {claims: map[string]any{"iss": w.URL + "/"}},
		"over":               {claims: map[string]any{"exp": time.Now().Add(-time.Second).Unix()}},
		"without an end":     {claims: map[string]any{"exp": nil}},
		"not yet":            {claims: map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}},
		"for another party":  {claims: map[string]any{"azp": "somebody-else"}},
		"for two, by nobody": {claims: map[string]any{"aud": []string{issuertest.ClientID, "somebody-else"}}},
		"no subject":         {claims: map[string]any{"sub": nil}},
		"another's key":      {sign: func(_ *rsa.PrivateKey, c string) string { return oidctest.SignIDToken(stranger, "k", oidc.RS256, c) }},
		"another algorithm":  {sign: func(k *rsa.PrivateKey, c string) string { return oidctest.SignIDToken(k, "k", oidc.PS256, c) }},
		"no signature": {sign: func(_ *rsa.PrivateKey, c string) string {
			return part([]byte(`{"alg":"none"}`)) + "." + part([]byte(c)) + "."
		}},
		"signed by the secret": {sign: func(_ *rsa.PrivateKey, c string) string {
			return oidctest.SignIDToken([]byte(strings.Repeat(issuertest.ClientSecret, 3)), "k", "HS256", c)
		}},
		"no token": {sign: func(*rsa.PrivateKey, string) string { return "x" }},
		"no text":  {sign: func(*rsa.PrivateKey, string) string { return "" }},
	} {
		w.Claims, w.Sign = c.claims, c.sign
		keep, answer := w.goes()
		w.refused(what, keep, answer)
	}
	w.Sign, w.Claims = nil, map[string]any{"aud": []string{issuertest.ClientID, "somebody-else"}, "azp": issuertest.ClientID}
	keep, answer := w.goes()
	if _, err := w.Finish(t.Context(), keep, answer); err != nil {
		t.Errorf("for two, by us: %v", err)
	}
}

// Of many who come back with one answer at once, one is let in.
func TestOneAnswerWorksOnce(t *testing.T) {
	w := newWorld(t)
	keep, answer := w.goes()
	var all sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 8 {
		all.Go(func() {
			if _, err := w.Finish(t.Context(), keep, answer); err == nil {
				mu.Lock()
				defer mu.Unlock()
				in++
			}
		})
	}
	all.Wait()
	if in != 1 || w.Calls["/token"] != 1 {
		t.Errorf("%d are in, %d codes were changed", in, w.Calls["/token"])
	}
}
