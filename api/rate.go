package api

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/httprate"
)

// signInsPerMinute is how often one address may try to sign in or activate. It is generous, for an office or a mobile
// carrier is one address for many people; guessing is stopped by the tries that each challenge allows.
const signInsPerMinute = 300

// window is the time over which a rate is counted; it slides.
const window = time.Minute

// limiter counts calls by address.
type limiter struct{ rate *httprate.RateLimiter }

func newLimiter(perMinute int) *limiter {
	if perMinute == 0 {
		perMinute = signInsPerMinute
	}
	return &limiter{httprate.NewRateLimiter(perMinute, window, httprate.WithResponseHeaders(httprate.ResponseHeaders{
		Limit: "RateLimit-Limit", Remaining: "RateLimit-Remaining", RetryAfter: "Retry-After",
	}))}
}

// over counts one call and writes the RateLimit headers. It reports whether the call is one too many.
func (l *limiter) over(w http.ResponseWriter, r *http.Request) bool {
	// Seconds until a full window has passed, as the header's draft wants it, not a moment.
	w.Header().Set("RateLimit-Reset", strconv.Itoa(int(window.Seconds())))
	return l.rate.OnLimit(w, r, addressOf(r))
}

// addressOf is where a request comes from: one IPv4 address, or one IPv6 network, for a host there has many.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return httprate.CanonicalizeIP(host)
}
