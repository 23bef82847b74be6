package outside

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"eblagh/hub"
)

// Path is where the provider leads people back to, below the address of the instance.
const Path = "/sign-in/outside/back"

// Vault seals what the browser keeps. *vault.Vault implements it.
type Vault interface {
	Seal(plain []byte, context string) []byte
	Open(ciphertext []byte, context string) ([]byte, error)
}

// Nonces takes each nonce out of use.
type Nonces interface {
	// UseNonce MUST be true once for each nonce, over all processes, and durable before it returns.
	UseNonce(ctx context.Context, nonce string) (bool, error)
}

// Options are what a Client is made of. All but Transport are needed.
type Options struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	ReturnTo     string            // the address of Path, as browsers see it
	Names        map[string]string // what people call the provider, by language
	Vault        Vault
	Nonces       Nonces
	Clock        hub.Clock
	Logger       *slog.Logger
	Transport    http.RoundTripper // nil: the usual one
}

// Client asks one provider. It is safe for concurrent use.
type Client struct {
	o      Options
	http   *http.Client
	asking singleflight.Group

	mu       sync.Mutex
	known    *issuer
	failedAt time.Time
}

// New makes a Client. It calls nobody.
func New(o Options) *Client { return &Client{o: o, http: bounded(o.Transport)} }

// Name is what people call the provider.
func (c *Client) Name(language string) string { return c.o.Names[language] }

// Begin gives the address at the provider to lead the browser to, and what the browser keeps until it is back. next is
// where to go in the end, device what the browser holds from an earlier sign-in. Errors: overloaded while the provider is
// away.
func (c *Client) Begin(ctx context.Context, next string, device hub.ID) (address, keep string, err error) {
	provider, err := c.discover(ctx)
	if err != nil {
		return "", "", err
	}
	k := kept{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: next, Device: device,
		Until: c.o.Clock().Add(Lives)}
	if keep, err = c.seal(k); err != nil {
		return "", "", err
	}
	address = provider.oauth.AuthCodeURL(k.State, oidc.Nonce(k.Nonce), oauth2.S256ChallengeOption(k.Verifier))
	return address, keep, nil
}
