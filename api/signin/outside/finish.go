package outside

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"eblagh/hub"
)

// Who is whom the provider vouches for.
type Who struct {
	Issuer  string
	Subject string
	Next    string // where to go in the end
	Device  hub.ID
}

// longestCode is what an authorization code may have at most.
const longestCode = 2048

var errRefused = hub.Refuse(hub.CodeUnauthorized, "this sign-in is not possible")

// Finish takes what the browser kept and the parameters that it came back with. Errors: unauthorized, alike for whatever is
// wrong; overloaded when the provider is away, after which a sign-in begins anew.
func (c *Client) Finish(ctx context.Context, keep string, answer url.Values) (Who, error) {
	k, ok := c.open(keep)
	if !ok || !same(answer.Get("state"), k.State) {
		return Who{}, c.refuse("state", nil)
	}
	fresh, err := c.o.Nonces.UseNonce(ctx, k.Nonce)
	if err != nil {
		return Who{}, err
	}
	code, from := answer.Get("code"), answer.Get("iss")
	switch {
	case !fresh:
		return Who{}, c.refuse("replay", nil)
	case answer.Has("error"):
		return Who{}, c.refuse("provider", nil)
	case from != "" && from != c.o.Issuer: // RFC 9207 §2.4
		return Who{}, c.refuse("issuer", nil)
	case code == "" || len(code) > longestCode:
		return Who{}, c.refuse("code", nil)
	}
	token, err := c.exchange(ctx, code, k)
	if err != nil {
		return Who{}, err
	}
	return Who{Issuer: c.o.Issuer, Subject: token.Subject, Next: k.Next, Device: k.Device}, nil
}

// exchange changes the code for an ID token, and believes that only whole.
func (c *Client) exchange(ctx context.Context, code string, k kept) (*oidc.IDToken, error) {
	provider, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, c.http), 2*callLimit)
	defer cancel()
	tokens, err := provider.oauth.Exchange(ctx, code, oauth2.VerifierOption(k.Verifier))
	if err != nil {
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && statusOf(refused) < http.StatusInternalServerError {
			return nil, c.refuse("code", err)
		}
		c.o.Logger.Warn("the identity provider is away", "issuer", c.o.Issuer, "error", short(err))
		return nil, ErrAway
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return nil, c.refuse("no token", nil)
	}
	token, err := provider.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, c.refuse("token", err)
	}
	return token, c.check(token, k)
}

// check is what the library leaves to its caller (OpenID Connect Core §3.1.3.7 n.4, 5, 11). No provider is excused from
// calling itself by its name.
func (c *Client) check(token *oidc.IDToken, k kept) error {
	var said struct {
		Party *string `json:"azp"`
	}
	if err := token.Claims(&said); err != nil {
		return c.refuse("token", err)
	}
	switch {
	case token.Issuer != c.o.Issuer:
		return c.refuse("issuer", nil)
	case !same(token.Nonce, k.Nonce):
		return c.refuse("nonce", nil)
	case said.Party == nil && len(token.Audience) > 1, said.Party != nil && *said.Party != c.o.ClientID:
		return c.refuse("party", nil)
	case token.Subject == "":
		return c.refuse("subject", nil)
	}
	return nil
}

// refuse logs why, for whoever set the provider up, and tells the visitor nothing of it.
func (c *Client) refuse(why string, cause error) error {
	if cause != nil {
		c.o.Logger.Warn("a sign-in from outside was refused", "why", why, "error", short(cause))
	} else {
		c.o.Logger.Info("a sign-in from outside was refused", "why", why)
	}
	return errRefused
}

// same compares in constant time; nothing is the same as nothing.
func same(a, b string) bool { return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
