// Package issuertest is an identity provider for tests: it signs with a key of its own, holds a code to its client, its
// verifier and one use, and says something wrong when it is told to.
package issuertest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

// What the provider knows its client by.
const (
	ClientID     = "eblagh-demo"
	ClientSecret = "a demo secret"
)

// Issuer is the provider. Its fields may be set between requests.
type Issuer struct {
	URL     string
	Subject string                                          // who is signed in there
	Denies  string                                          // the error that it sends people back with; "": none
	Claims  map[string]any                                  // over those of a good token; nil leaves one out
	Sign    func(key *rsa.PrivateKey, claims string) string // nil: as it should
	Token   http.HandlerFunc                                // in the place of the token endpoint; nil: none
	Calls   map[string]int                                  // by path

	t      *testing.T
	server *httptest.Server
	meta   *oidctest.Server
	key    *rsa.PrivateKey
	plain  string
	mu     sync.Mutex
	codes  map[string]url.Values // what was asked for, by code
}

// New starts a provider that ends with the test. secure: over TLS.
func New(t *testing.T, secure bool) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{t: t, Subject: "subject-7", Calls: map[string]int{}, key: key, codes: map[string]url.Values{}}
	i.meta = &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k", Algorithm: oidc.RS256}}}
	start := httptest.NewServer
	if secure {
		start = httptest.NewTLSServer
	}
	i.server = start(i)
	t.Cleanup(i.server.Close)
	i.URL = i.server.URL
	i.meta.SetIssuer(i.URL)
	return i
}

// Transport trusts the provider's certificate.
func (i *Issuer) Transport() http.RoundTripper { return i.server.Client().Transport }

// Stop takes the provider away.
func (i *Issuer) Stop() { i.server.Close() }

// ServeHTTP implements http.Handler.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.Calls[r.URL.Path]++
	switch r.URL.Path {
	case "/auth":
		i.authorize(w, r)
	case "/token":
		i.token(w, r)
	case "/.well-known/openid-configuration":
		i.describe(w, r)
	default:
		i.meta.ServeHTTP(w, r)
	}
}

// Plain makes the provider name an endpoint of its without TLS.
func (i *Issuer) Plain(endpoint string) { i.plain = endpoint }

func (i *Issuer) describe(w http.ResponseWriter, r *http.Request) {
	said := httptest.NewRecorder()
	i.meta.ServeHTTP(said, r)
	var all map[string]any
	if err := json.Unmarshal(said.Body.Bytes(), &all); err != nil {
		i.t.Error(err)
	}
	if address, ok := all[i.plain].(string); ok {
		all[i.plain] = strings.Replace(address, "https:", "http:", 1)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all)
}

// authorize sends the browser back with a code, if it came with all that the flow asks for.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("scope") != "openid" || q.Get("client_id") != ClientID || len(q.Get("state")) < 20 ||
		len(q.Get("nonce")) < 20 || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 {
		http.Error(w, "this is no request of the flow", http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {q.Get("state")}, "iss": {i.URL}}
	if i.Denies != "" {
		back.Set("error", i.Denies)
	} else {
		code := rand.Text()
		i.codes[code] = q
		back.Set("code", code)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	if i.Token != nil {
		i.Token(w, r)
		return
	}
	id, secret, _ := r.BasicAuth()
	asked, known := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	w.Header().Set("Content-Type", "application/json")
	if unescaped, _ := url.QueryUnescape(secret); id != ClientID || unescaped != ClientSecret || !known || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": i.sign(asked.Get("nonce"))})
}

// sign makes the ID token.
func (i *Issuer) sign(nonce string) string {
	claims := map[string]any{"iss": i.URL, "aud": ClientID, "sub": i.Subject, "nonce": nonce,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
	maps.Copy(claims, i.Claims)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	text, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
	}
	if i.Sign != nil {
		return i.Sign(i.key, string(text))
	}
	return oidctest.SignIDToken(i.key, "k", oidc.RS256, string(text))
}
