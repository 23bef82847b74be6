package web

import (
	"net/http"

	"eblagh/api/guard"
	"eblagh/hub"
)

// contentPolicy lets a page load from its own origin only, each kind by name: no inline script or style, no frame around
// it, forms only to ourselves. A document opens in a frame of our own origin.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secure puts the security headers on every answer, and refuses forms of other sites. Referer stays within the site: it
// is what tells our forms in browsers that say nothing better.
func (s *site) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guard.Close(w.Header())
		w.Header().Set("Content-Security-Policy", contentPolicy)
		w.Header().Set("Referrer-Policy", "same-origin")
		if s.origins.CheckPage(r) != nil {
			s.refuse(hub.CodeForbidden)(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
