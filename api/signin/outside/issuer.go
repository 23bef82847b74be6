package outside

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"eblagh/hub"
)

const (
	callLimit    = 5 * time.Second  // of one call to the provider
	keepFor      = time.Hour        // of what the provider says of itself, until it is asked again
	tryAgain     = 10 * time.Second // after it was away: until then nobody waits for it
	longestError = 300
)

// issuer is the provider as it describes itself. It is not changed once it is made.
type issuer struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	at       time.Time
}

// ErrAway says that the provider does not answer, or not as one does.
var ErrAway = hub.Refuse(hub.CodeOverloaded, "the identity provider does not answer at the moment; try again")

// discover gives the provider, asking it when it was not asked for an hour. Any number that need it at once ask once, and
// one that gives up does not end it for the others. What was known serves on while the provider is away.
// Errors: overloaded.
func (c *Client) discover(ctx context.Context) (*issuer, error) {
	c.mu.Lock()
	known, failedAt := c.known, c.failedAt
	c.mu.Unlock()
	now := c.o.Clock()
	switch {
	case known != nil && now.Sub(known.at) < keepFor:
		return known, nil
	case now.Sub(failedAt) >= tryAgain:
		answer := c.asking.DoChan("", func() (any, error) { return c.ask(context.WithoutCancel(ctx)) })
		select {
		case got := <-answer:
			if got.Err == nil {
				return got.Val.(*issuer), nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if known != nil {
		return known, nil
	}
	return nil, ErrAway
}

// ask fetches the provider's description and remembers how that ended.
func (c *Client) ask(ctx context.Context) (*issuer, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	found, err := c.describe(oidc.ClientContext(ctx, c.http))
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failedAt = c.o.Clock()
		c.o.Logger.Warn("sign_in.oidc.issuer: the identity provider is of no use", "issuer", c.o.Issuer, "error", short(err))
		return nil, err
	}
	c.known, c.failedAt = found, time.Time{}
	return found, nil
}

func (c *Client) describe(ctx context.Context) (*issuer, error) {
	provider, err := oidc.NewProvider(ctx, c.o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	var said struct {
		Keys string   `json:"jwks_uri"`
		Auth []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&said); err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	endpoint := provider.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, said.Keys} {
		if !strings.HasPrefix(address, "https://") && !(c.plain() && strings.HasPrefix(address, "http://")) {
			return nil, fmt.Errorf("discovery: it names an endpoint without TLS: %q", address)
		}
	}
	// Never tried out, as the library would: a code that was tried is used up. Basic is what no word means (OpenID Connect
	// Discovery §3).
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if len(said.Auth) > 0 && !slices.Contains(said.Auth, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &issuer{
		oauth: oauth2.Config{ClientID: c.o.ClientID, ClientSecret: c.o.ClientSecret, RedirectURL: c.o.ReturnTo, Endpoint: endpoint,
			Scopes: []string{oidc.ScopeOpenID}},
		verifier: provider.Verifier(&oidc.Config{ClientID: c.o.ClientID, Now: c.o.Clock}),
		at:       c.o.Clock(),
	}, nil
}

// plain tells an issuer without TLS, which only test instances have.
func (c *Client) plain() bool { return strings.HasPrefix(c.o.Issuer, "http://") }

// short is an error as a line of the log takes it: a provider may answer with anything of any length.
func short(err error) string {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) { // its text is the whole answer
		return fmt.Sprintf("status %d, %.100q", statusOf(refused), refused.ErrorCode)
	}
	return fmt.Sprintf("%.*s", longestError, err.Error())
}

func statusOf(e *oauth2.RetrieveError) int {
	if e.Response == nil {
		return 0
	}
	return e.Response.StatusCode
}

// bounded makes the client that calls the provider.
func bounded(over http.RoundTripper) *http.Client {
	if over == nil {
		over = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &http.Client{Transport: bounds{over}, Timeout: callLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// longestAnswer is what the provider may answer at most: many keys have room in it.
const longestAnswer = 1 << 20

// bounds cuts answers off.
type bounds struct{ over http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounds) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.over.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, longestAnswer)
	}
	return answer, err
}
