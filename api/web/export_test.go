package web

import (
	"net/http"
	"testing"
)

// The account's page asks for a copy of one's own data, and has a form for the one that waits, not for those that were taken
// or are over.
func TestTheAccountsPageHandsOutACopyOfOnesData(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: citizen, language: Persian}
	wantPage(t, b.get("/account"), http.StatusOK, []string{"رونوشت داده‌های شما", `action="/account/exports"`}, []string{"/v1/exports/"})
	if w := b.post("/account/exports", nil); w.Header().Get("Location") != "/account" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	wantPage(t, b.get("/account"), http.StatusOK, []string{`action="/v1/exports/` + fakeID(90).String() + `/take"`, "دریافت رونوشت"},
		[]string{fakeID(91).String(), fakeID(92).String(), `action="/account/exports"`})
}
