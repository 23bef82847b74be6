package guard

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/httprate"
)

// window is the time over which a rate is counted; it slides.
const window = time.Minute

// Rate bounds how often one address may call. It is safe for concurrent use.
type Rate struct {
	quota   Quota
	limiter *httprate.RateLimiter
	address func(*http.Request) string
}

// NewRate makes a Rate. address tells where a request comes from: it MUST NOT take the caller's word for it.
func NewRate(perMinute int, address func(*http.Request) string) *Rate {
	return &Rate{
		quota:   Quota{Name: "address", Most: perMinute, Within: window},
		limiter: httprate.NewRateLimiter(perMinute, window, httprate.WithResponseHeaders(httprate.ResponseHeaders{Remaining: remaining})),
		address: address,
	}
}

// remaining is the name under which the library tells us what is left, for us to tell it in the draft's words.
const remaining = "Remaining"

// Over counts one call and writes RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-11). It reports
// whether the call is one too many; Retry-After then says when to come again.
func (l *Rate) Over(w http.ResponseWriter, r *http.Request) bool {
	told := told{http.Header{}}
	over := l.limiter.OnLimit(told, r, l.address(r))
	left, _ := strconv.Atoi(told.header.Get(remaining))
	h := w.Header()
	h.Add("RateLimit-Policy", Policy(l.quota))
	h.Add("RateLimit", Left(l.quota.Name, left, window))
	if over {
		h.Set("Retry-After", strconv.Itoa(int(window.Seconds())))
	}
	return over
}

// Quota is how often something may be done. Within zero: at once.
type Quota struct {
	Name   string
	Most   int
	Within time.Duration
}

// Policy is a quota as RateLimit-Policy tells it: so many in a window, or at once.
func Policy(q Quota) string {
	if q.Within == 0 {
		return fmt.Sprintf(`"%s";q=%d;qu="concurrent-requests"`, q.Name, q.Most)
	}
	return fmt.Sprintf(`"%s";q=%d;w=%d`, q.Name, q.Most, int(q.Within.Seconds()))
}

// Left is what is left of a quota, as RateLimit tells it, and after which time there is more; 0: that is not known.
func Left(name string, left int, after time.Duration) string {
	if after == 0 {
		return fmt.Sprintf(`"%s";r=%d`, name, max(0, left))
	}
	return fmt.Sprintf(`"%s";r=%d;t=%d`, name, max(0, left), int((after+time.Second-1)/time.Second))
}

// told takes what the library writes.
type told struct{ header http.Header }

// Header implements http.ResponseWriter.
func (t told) Header() http.Header { return t.header }

// Write implements http.ResponseWriter.
func (told) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (told) WriteHeader(int) {}
