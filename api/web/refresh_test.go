package web

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"eblagh/hub"
)

func TestUnchangedPartsAreNotSentAgain(t *testing.T) {
	for path, row := range map[string]struct {
		person  hub.ID
		element string
		change  func(*fakeHub)
	}{
		"/operator":                        {operator, "lanes", func(h *fakeHub) { h.away = []string{"redis"} }},
		"/court/notices/" + newer.String(): {clerk, "watch", func(h *fakeHub) { h.recent = noon.Add(5 * time.Second) }},
	} {
		h := newFakeHub()
		b := browser{t: t, site: newSite(t, h), person: row.person, language: Persian}
		again := regexp.MustCompile(`hx-get="([^"]*seen=[0-9a-f]+)"`).FindStringSubmatch(b.get(path).Body.String())
		if again == nil {
			t.Fatalf("%s does not refresh itself", path)
		}
		b.headers = map[string]string{"HX-Request": "true", "HX-Target": row.element}
		if w := b.get(again[1]); w.Code != http.StatusNoContent {
			t.Errorf("%s unchanged answers %d", path, w.Code)
		}
		row.change(h)
		wantPage(t, b.get(again[1]), http.StatusOK, []string{`id="` + row.element + `"`}, []string{"<html"})
	}
}

func TestRefreshSlowsDownAndEnds(t *testing.T) {
	n := fakeNotice(newer, "summons")
	for quiet, want := range map[time.Duration]int{time.Second: 2, 3 * time.Minute: 15, time.Hour: 0} {
		if got := refreshEvery(n, nil, n.CreatedAt.Add(quiet)); got != want {
			t.Errorf("after %v every %d s, want %d", quiet, got, want)
		}
	}
	n.OpenedAt = n.CreatedAt
	n.Deliveries = n.Deliveries[:1]
	if got := refreshEvery(n, nil, n.CreatedAt); got != 0 {
		t.Errorf("opened and delivered, it is asked for every %d s", got)
	}
}

func TestDegradedIsSaid(t *testing.T) {
	h := newFakeHub()
	h.away = []string{"redis"}
	b := browser{t: t, site: newSite(t, h), person: operator, language: English}
	wantPage(t, b.get("/operator"), http.StatusOK, []string{"Part of the system is away", "The fast queue (Redis)"}, []string{"Every part is working"})
}
