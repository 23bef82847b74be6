package guard

import "net/http"

// Closed is the policy of what is no page: nothing loads, nothing frames it, no form leads out of it.
const Closed = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Sandboxed is the policy of bytes that somebody else made: they run nothing, even where a browser shows them as a page.
const Sandboxed = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// features are what no page of ours uses, and so none that finds its way into one.
const features = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), " +
	"microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=()"

// transport is for two years: whoever came once over TLS never again comes without (RFC 6797 §6.1). Other hosts below
// ours are their owners' to bind.
const transport = "max-age=63072000"

// Headers puts on every answer what Close does; over TLS browsers are told to stay there.
func Headers(next http.Handler, secure bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Close(w.Header())
		if secure {
			w.Header().Set("Strict-Transport-Security", transport)
		}
		next.ServeHTTP(w, r)
	})
}

// Close sets what every answer carries unless its handler says otherwise. Answers are personal: no cache keeps them, no
// other site frames, reads or opens them, and no other site is told their address.
func Close(h http.Header) {
	h.Set("Content-Security-Policy", Closed)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", features)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// Public opens an answer that is the same for everybody to every site, to keep for as long as cache says.
func Public(h http.Header, cache string) {
	h.Set("Cache-Control", cache)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}
