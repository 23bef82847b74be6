// Package signin keeps people signed in. What proves who somebody is (personal code, one-time code) is enrol's work; here
// begins what follows: a session, which the browser holds as an unguessable token and the database only as its SHA-256.
//
// A session ends twelve hours after signing in, or after half an hour without a call, or when it is revoked. Each sign-in
// makes a new token and ends the session that the browser brought along, so that nobody can be put into a session that
// somebody else knows. The cookie cannot be read by scripts, and over TLS its name ties it to this host alone.
package signin
