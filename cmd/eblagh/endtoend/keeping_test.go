package endtoend

import (
	"fmt"
	"testing"
)

// A judge restricts a case, puts a clerk to work on it, holds its papers and lifts the hold: at a desk, with a mouse.
func TestAJudgeKeepsACaseInTheBrowser(t *testing.T) {
	in := newInstance(t, "api,worker,live")
	clerk, court := in.dev.inRole("court_clerk")[0], in.as("court")
	body := paper(reference("keeping", 1), in.dev.inRole("citizen")[0])
	body["case"] = map[string]string{"number": "140512345678900042"}
	var notice struct{ Case struct{ ID string } }
	court.want(201, "POST", "/v1/notices", body).into(t, &notice)
	keeping := "/cases/" + notice.Case.ID + "/keeping"

	page := openTab(t, in.dev.BaseURL)
	page.size(1280, 1500)
	page.signIn(in.dev.inRole("judge")[0])
	page.goTo("/cases/" + notice.Case.ID)
	page.shoot("case")
	page.do(fmt.Sprintf(`document.querySelector('a[href="%s"]').click()`, keeping))
	page.waitFor(`document.querySelector('[name="case_kind"]') !== null`, "the page of the case's keeping")
	send := func(form string, fields map[string]string) {
		t.Helper()
		page.fill(fields)
		page.do(fmt.Sprintf(`document.querySelector('form[action="/cases/%s%s"]').requestSubmit()`, notice.Case.ID, form))
	}
	send("/kind", map[string]string{"case_kind": "family"})
	page.waitFor(`document.querySelector('#assignees-title') !== null`, "the restricted case")
	id := page.text(fmt.Sprintf(`[...document.querySelectorAll('[name="assignee"] option')].find(o => o.text === '%s').value`, clerk.Name))
	send("/assignees", map[string]string{"assignee": id})
	page.waitFor(fmt.Sprintf(`document.querySelector('form[action$="/assignees/%s/end"]') !== null`, id), "the clerk among those who work on it")
	send("/legal-holds", map[string]string{"legal_reason": "demo"})
	lift := `document.querySelector('form[action$="/lift"]')`
	page.waitFor(lift+` !== null`, "the hold")
	page.shoot("keeping")
	page.size(390, 2400)
	page.shoot("keeping-phone")
	if page.is(`document.documentElement.scrollWidth > innerWidth`) {
		t.Error("the page is wider than a phone")
	}
	page.goTo("/cases/" + notice.Case.ID)
	page.shoot("case-phone")
	page.goTo(keeping)
	page.do(lift + `.requestSubmit()`)
	page.waitFor(lift+` === null && document.body.innerText.includes('demo')`, "the lifted hold on record")

	var seen struct {
		Kind       string
		Restricted bool
	}
	court.want(200, "GET", "/v1/cases/"+notice.Case.ID, nil).into(t, &seen)
	if seen.Kind != "family" || !seen.Restricted {
		t.Errorf("the case is %+v", seen)
	}
}

// An auditor types days of the Solar Hijri calendar into the search of the trail.
func TestAnAuditorSearchesByDays(t *testing.T) {
	in := newInstance(t, "api,worker")
	page := openTab(t, in.dev.BaseURL)
	page.signIn(in.dev.inRole("auditor")[0])
	page.goTo("/trail")
	page.size(390, 1200)
	page.fill(map[string]string{"since": "۱۴۰۵/۰۱/۰۱"})
	page.do(`document.querySelector('form[action="/trail"]').requestSubmit()`)
	page.waitFor(`location.search === '?since=2026-03-21'`, "the search")
	page.shoot("trail-phone")
	if got := page.text(`document.querySelector('[name="since"]').value`); got != "۱۴۰۵/۰۱/۰۱" {
		t.Errorf("the page shows %q", got)
	}
	if page.number(`document.querySelectorAll('tbody tr').length`) == 0 {
		t.Error("the trail shows nothing since then")
	}
	page.size(1280, 1200)
	page.shoot("trail")
}

// The head of a branch gives the key of its system a new secret, and chooses that the one before holds no longer.
func TestAJudgeRotatesAKeyInTheBrowser(t *testing.T) {
	in := newInstance(t, "api,worker")
	before := in.dev.Keys["court"]
	page := openTab(t, in.dev.BaseURL)
	page.size(390, 1200)
	page.signIn(in.dev.inRole("judge")[0])
	page.goTo("/keys")
	page.do(`for (const d of document.querySelectorAll('main details')) d.open = true`)
	page.shoot("keys-phone")
	page.size(1280, 900)
	page.shoot("keys")
	page.fill(map[string]string{"overlap": "none"})
	page.do(`document.querySelector('form[action$="/rotate"]').requestSubmit()`)
	page.waitFor(`document.querySelector('code.long') !== null`, "the new secret")
	page.shoot("key-secret")
	fresh := page.text(`document.querySelector('code.long').innerText`)
	for key, status := range map[string]int{before: 401, fresh: 200} {
		newCaller(t, in.dev.BaseURL, key).want(status, "GET", "/v1/notices", nil)
	}
}
