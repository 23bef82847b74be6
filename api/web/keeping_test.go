package web

import (
	"net/http"
	"net/url"
	"testing"
)

// Place, see and lift a hold; have somebody work on a restricted case and take them off; say its kind.
func TestKeepingOfACase(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: clerk, language: Persian}
	page := "/cases/" + matter.String() + "/keeping"
	of := func(path string) string { return "/cases/" + matter.String() + path }
	for _, c := range []struct {
		path, name, value string
		status            int
		kept              string
	}{
		{"/kind", "case_kind", "", 422, ""},
		{"/kind", "case_kind", "family", 303, ""},
		{"/kind", "case_kind", "civil", 422, ""}, // it was said
		{"/assignees", "assignee", "", 422, ""},
		{"/assignees", "assignee", newcomer.String(), 303, "assign " + newcomer.String()},
		{"/assignees/" + colleague.String() + "/end", "x", "", 303, "unassign " + colleague.String()},
		{"/legal-holds", "legal_reason", "", 422, ""},
		{"/legal-holds", "legal_reason", "رسیدگی", 303, "hold 00000000-0000-0000-0000-000000000000 رسیدگی"},
		{"/legal-holds/" + heldNow.String() + "/lift", "x", "", 403, ""},
	} {
		kept := len(h.kept)
		w := b.post(of(c.path), url.Values{c.name: {c.value}})
		if w.Code != c.status || c.status == 303 && w.Header().Get("Location") != page {
			t.Errorf("%s %q: %d to %s", c.path, c.value, w.Code, w.Header().Get("Location"))
		}
		if c.status == 422 {
			wantPage(t, w, 422, []string{`role="alert"`}, nil)
		}
		if got := append(h.kept, "")[kept]; got != c.kept {
			t.Errorf("%s %q kept %q", c.path, c.value, got)
		}
	}
	if h.caseKind != "family" {
		t.Errorf("the kind is %q", h.caseKind)
	}
	b.person = judge
	if w := b.post(of("/legal-holds/"+heldNow.String()+"/lift"), nil); w.Code != http.StatusSeeOther || h.kept[len(h.kept)-1] != "lift "+heldNow.String() {
		t.Errorf("a judge lifts: %d %v", w.Code, h.kept)
	}
	wantPage(t, b.post(of("/legal-holds/"+heldBefore.String()+"/lift"), nil), 422, []string{"پیش‌تر انجام یا گفته شده"}, nil)
	if w := b.post(of("/kind"), url.Values{"case_kind": {"civil"}}); w.Code != http.StatusSeeOther || h.caseKind != "civil" {
		t.Errorf("a judge says otherwise: %d %s", w.Code, h.caseKind)
	}
	if w := b.post(of("/legal-holds"), url.Values{"legal_reason": {"x"}, "held_notice": {"no id"}}); w.Code != 422 {
		t.Errorf("a paper that is none: %d", w.Code)
	}
}

// What a page shows of the case's keeping, for a clerk, for a judge, and for who has no part in it.
func TestKeepingShows(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: clerk, language: Persian}
	page := "/cases/" + matter.String() + "/keeping"
	wantPage(t, b.get("/cases/"+matter.String()), 200, []string{`href="` + page}, []string{"محدود"})
	h.caseKind = "family"
	wantPage(t, b.get(page), 200, []string{"خانواده", "محدود", "نیلوفر نمونه", "قاضی نمونه", "بهرام نمونه", "نامعلوم", "رسیدگی در دیوان",
		"/court/notices/" + older.String(), `name="legal_reason"`, "قاضیان شعبه"}, []string{"/lift", `name="case_kind"`})
	wantPage(t, b.get("/cases/"+matter.String()), 200, []string{"خانواده", "محدود"}, nil)
	b.person = judge
	wantPage(t, b.get(page), 200, []string{"/legal-holds/" + heldNow.String() + "/lift", `name="case_kind"`}, []string{heldBefore.String() + "/lift"})
	b.person = citizen
	wantPage(t, b.get(page), http.StatusForbidden, nil, []string{"نیلوفر"})
	wantPage(t, b.get("/cases/"+matter.String()), 200, nil, []string{page})
}

// A trail is searched by days of either calendar; addresses have them in one way.
func TestTrailByDays(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: auditor, language: Persian}
	w := b.post("/trail", url.Values{"since": {"۱۴۰۵/۰۹/۰۱"}, "until": {"1405/9/3"}})
	if to := w.Header().Get("Location"); to != "/trail?since=2026-11-22&until=2026-11-24" {
		t.Errorf("it leads to %s", to)
	}
	wantPage(t, b.get("/trail?since=2026-11-22&until=2026-11-24"), 200, []string{`value="۱۴۰۵/۰۹/۰۱"`, `value="۱۴۰۵/۰۹/۰۳"`, "since=2026-11-22"}, []string{`type="date"`})
	b.language = English
	wantPage(t, b.get("/trail?since=2026-11-22"), 200, []string{`value="2026-11-22"`}, nil)
	wantPage(t, b.get("/trail?unended=1"), 200, []string{`href="/trail?unended=1"`, "whose end nobody recorded", "after="}, nil)
	wantPage(t, b.get("/trail?since=soon"), 422, []string{`href="#f-since"`, `value="soon"`}, nil)
}

// A key's secret before holds as long as was chosen.
func TestOverlapOfARotation(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: head, language: English}
	path := "/keys/" + fakeID(1).String() + "/rotate"
	for word, status := range map[string]int{"": 200, "none": 200, "month": 200, "ever": 404} {
		if w := b.post(path, url.Values{"overlap": {word}}); w.Code != status {
			t.Errorf("%q: %d", word, w.Code)
		}
	}
}
