package api

import (
	"net/http"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// RFC 8594: a system whose key ends within 30 days is told when, and nobody else.
func TestSunsetTellsOfTheEnd(t *testing.T) {
	now := time.Date(2026, 3, 21, 6, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		p    access.Principal
		want string
	}{
		"a key that ends soon":    {access.Principal{Kind: access.Key, ID: hub.ID{1}, Expires: now.AddDate(0, 0, 29)}, "Sun, 19 Apr 2026 06:30:00 GMT"},
		"a key that holds longer": {access.Principal{Kind: access.Key, ID: hub.ID{1}, Expires: now.AddDate(0, 0, 31)}, ""},
		"a person":                {access.Principal{Kind: access.Person, ID: hub.ID{1}}, ""},
		"nobody":                  {access.Principal{}, ""},
	} {
		h := http.Header{}
		sunset(h, c.p, now)
		if got := h.Get("Sunset"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
