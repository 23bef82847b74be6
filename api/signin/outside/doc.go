// Package outside asks an identity provider who somebody is, by OpenID Connect: the authorization code flow with PKCE
// (RFC 7636), state and nonce.
//
// Begin leads the browser to the provider, and gives what the browser is to keep meanwhile: one sealed value with the
// state, the nonce and the verifier, good for ten minutes. Finish takes the answer that the browser comes back with. It
// holds the answer against what this browser kept, uses the nonce up, once over all processes, whatever comes of it, then
// changes the code for an ID token and checks that: signature, issuer, audience, time, nonce. What comes out is a subject
// and nothing else of what the provider says, and what it means is hub/enrol's to say.
//
// The provider is looked up when somebody first needs it, so that it may be away while the hub starts; every call to it is
// bounded in time and size, and follows no redirects.
package outside
