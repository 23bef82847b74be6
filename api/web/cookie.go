package web

import (
	"net/http"
	"time"
)

// cookie makes one of our small cookies. An age of zero takes it away.
func (s *site) cookie(name, value string, age time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName(name, s.deps.Secure), Value: value, Path: "/", MaxAge: int(age.Seconds()),
		HttpOnly: true, Secure: s.deps.Secure, SameSite: http.SameSiteLaxMode,
	}
	if age == 0 {
		c.MaxAge = -1
	}
	return c
}

// cookieOf reads one of our small cookies.
func (s *site) cookieOf(r *http.Request, name string) (*http.Cookie, error) {
	return r.Cookie(cookieName(name, s.deps.Secure))
}

// cookieName ties a cookie over TLS to this host alone: no neighbour below the same domain can set it (RFC 6265bis
// §4.1.3.2).
func cookieName(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}
