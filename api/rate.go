package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/httprate"

	"eblagh/api/signin"
)

// signInsPerMinute is how often one address may try to sign in or activate. It is generous, for an office or a mobile
// carrier is one address for many people, and only an outer guard: hub/enrol counts tries, for all processes together.
const signInsPerMinute = 300

// window is the time over which a rate is counted; it slides.
const window = time.Minute

// limiter counts calls by address.
type limiter struct {
	rate  *httprate.RateLimiter
	doors *signin.Doors
}

func newLimiter(perMinute int, doors *signin.Doors) *limiter {
	if perMinute == 0 {
		perMinute = signInsPerMinute
	}
	return &limiter{httprate.NewRateLimiter(perMinute, window, httprate.WithResponseHeaders(httprate.ResponseHeaders{
		Limit: "RateLimit-Limit", Remaining: "RateLimit-Remaining", RetryAfter: "Retry-After",
	})), doors}
}

// over counts one call and writes the RateLimit headers. It reports whether the call is one too many.
func (l *limiter) over(w http.ResponseWriter, r *http.Request) bool {
	// Seconds until a full window has passed, as the header's draft wants it, not a moment.
	w.Header().Set("RateLimit-Reset", strconv.Itoa(int(window.Seconds())))
	return l.rate.OnLimit(w, r, l.doors.Proxies.Address(r))
}
