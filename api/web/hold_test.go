package web

import (
	"net/http"
	"net/url"
	"testing"
)

func TestHoldsAreShownAndReleased(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: operator, language: English}
	path := "/operator/holds/" + fakeID(61).String() + "/release"
	wantPage(t, b.get("/operator"), http.StatusOK, []string{"holds-title", "دلیل نمونه", path, fakeID(62).String()}, nil)
	stranger := b
	stranger.person = citizen
	if w := stranger.post(path, url.Values{}); w.Code != http.StatusForbidden {
		t.Errorf("a citizen releases: %d", w.Code)
	}
	if w := b.post(path, url.Values{}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/operator" {
		t.Errorf("released: %d to %q", w.Code, w.Header().Get("Location"))
	}
	wantPage(t, b.get("/operator"), http.StatusOK, nil, []string{"دلیل نمونه", "holds-title"})
	if w := b.post(path, url.Values{}); w.Code != http.StatusNotFound {
		t.Errorf("released again: %d", w.Code)
	}
}
