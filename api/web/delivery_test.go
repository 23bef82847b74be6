package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"eblagh/hub"
)

func TestDeliveriesAreFoundAndExplained(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: operator, language: English}
	find := func(id string) *httptest.ResponseRecorder {
		return b.post("/operator/deliveries", url.Values{"delivery_id": {id}})
	}
	wantPage(t, b.get("/operator/deliveries"), http.StatusOK, []string{deadText.String(), "It failed for good", "all attempts used up",
		"after=further&amp;list=dead"}, []string{doubtfulText.String()})
	wantPage(t, b.get("/operator/deliveries?list=doubtful"), http.StatusOK, []string{doubtfulText.String(), "Nobody knows"}, []string{deadText.String()})
	wantPage(t, b.get("/operator/deliveries?list=nonsense"), http.StatusOK, []string{deadText.String()}, nil)
	wantPage(t, b.get("/operator/deliveries?notice="+tellingNotice.String()), http.StatusOK,
		[]string{deadText.String(), doubtfulText.String(), heldText.String()}, nil)
	for _, unknown := range []string{"nonsense", fakeID(99).String()} {
		wantPage(t, b.get("/operator/deliveries?notice="+unknown), http.StatusNotFound, nil, nil)
		wantPage(t, find(unknown), http.StatusUnprocessableEntity,
			[]string{"there is no delivery and no notice with this id"}, nil)
	}
	for id, want := range map[hub.ID]string{heldText: "/operator/deliveries/" + heldText.String(),
		tellingNotice: "/operator/deliveries?notice=" + tellingNotice.String()} {
		if got := find(id.String()).Header().Get("Location"); got != want {
			t.Errorf("the search led to %q, want %q", got, want)
		}
	}
	wantPage(t, b.get("/operator/deliveries/"+heldText.String()), http.StatusOK, []string{"A hold keeps it back", "دلیل نمونه"}, []string{"/replay"})
	wantPage(t, b.get("/operator/deliveries/"+doubtfulText.String()), http.StatusOK, []string{"kav", "then: failed"}, []string{"/replay"})
	stranger := b
	stranger.person = clerk
	for _, path := range []string{"/operator/deliveries", "/operator/deliveries?notice=" + tellingNotice.String(), "/operator/deliveries/" + heldText.String()} {
		if w := stranger.get(path); w.Code != http.StatusForbidden {
			t.Errorf("a clerk at %s: %d", path, w.Code)
		}
	}
}

func TestDeadTextsAreReplayed(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: operator, language: English}
	path := "/operator/deliveries/" + deadText.String()
	wantPage(t, b.get(path), http.StatusOK, []string{path + "/replay", "Send it again"}, nil)
	if w := b.post(path+"/replay", nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/operator/deliveries/"+heldText.String() {
		t.Errorf("replayed: %d to %q", w.Code, w.Header().Get("Location"))
	}
	wantPage(t, b.post("/operator/deliveries/"+doubtfulText.String()+"/replay", nil), http.StatusConflict,
		[]string{"not possible in the state"}, nil)
}

func TestHoldsAreMade(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: operator, language: English}
	good := url.Values{"hold_provider": {"kav"}, "hold_reason": {"demo"}}
	if w := b.post("/operator/holds", good); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/operator" {
		t.Errorf("held: %d to %q", w.Code, w.Header().Get("Location"))
	}
	wantPage(t, b.post("/operator/holds", url.Values{"hold_provider": {"nobody"}, "hold_reason": {"why so"}}),
		http.StatusUnprocessableEntity, []string{"there is no such provider", `value="why so"`}, nil)
	wantPage(t, b.post("/operator/holds", url.Values{"hold_submitter": {"nobody"}, "hold_reason": {"demo"}}),
		http.StatusUnprocessableEntity, []string{"there is no such organisation"}, nil)
	b.person = citizen
	if w := b.post("/operator/holds", good); w.Code != http.StatusForbidden {
		t.Errorf("a citizen holds: %d", w.Code)
	}
}
