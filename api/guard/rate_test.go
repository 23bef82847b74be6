package guard_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"eblagh/api/guard"
)

// draft-ietf-httpapi-ratelimit-headers-11 §3 and §4: lists of items with integer parameters.
func TestARateTellsWhatIsLeft(t *testing.T) {
	rate := guard.NewRate(2, func(r *http.Request) string { return r.RemoteAddr })
	for _, c := range []struct {
		from, left, retry string
		over              bool
	}{
		{"a", `"address";r=1;t=60`, "", false}, {"a", `"address";r=0;t=60`, "", false}, {"a", `"address";r=0;t=60`, "60", true},
		{"b", `"address";r=1;t=60`, "", false}, {"a", `"address";r=0;t=60`, "60", true},
	} {
		r, w := httptest.NewRequest("POST", "/", nil), httptest.NewRecorder()
		r.RemoteAddr = c.from
		r.Header.Set("X-Forwarded-For", "198.51.100.9") // whose word that is, the address decides
		over, h := rate.Over(w, r), w.Header()
		if over != c.over || h.Get("RateLimit") != c.left || h.Get("Retry-After") != c.retry || h.Get("RateLimit-Policy") != `"address";q=2;w=60` {
			t.Errorf("%s: %v %v, want %+v", c.from, over, h, c)
		}
		if len(h) > 4 || h.Get("Remaining") != "" {
			t.Errorf("more is told: %v", h)
		}
	}
}
