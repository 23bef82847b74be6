package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"eblagh/hub"
)

func TestSignInWithASecondFactorTakesThreeSteps(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), language: Persian}
	challenge := &http.Cookie{Name: challengeCookie, Value: fakeID(77).String()}
	w := b.post("/sign-in/code", url.Values{"code": {"654321"}, "next": {"/court"}}, challenge)
	if w.Header().Get("Location") != "/sign-in/second?next=%2Fcourt" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	for _, c := range w.Result().Cookies() {
		if c.Name == "fake_session" {
			t.Error("signed in after two steps of three")
		}
	}
	second := w.Result().Cookies()[0]
	wantPage(t, b.post("/sign-in/second", url.Values{"totp": {"000000"}}, second), http.StatusUnprocessableEntity,
		[]string{"کد درست نیست", `href="#f-totp"`}, []string{"000000"})
	w = b.post("/sign-in/second", url.Values{"totp": {"۲۴۶۸۰۲"}, "next": {"/court"}}, second)
	if w.Header().Get("Location") != "/court" || w.Result().Cookies()[0].Value != clerk.String() {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	device := w.Result().Cookies()[1]
	if device.Name != "eblagh_device" || !device.HttpOnly || device.MaxAge < 300*24*3600 {
		t.Errorf("device: %+v", device)
	}
	if w := b.get("/sign-in/second"); w.Header().Get("Location") != "/sign-in" {
		t.Error("the third step shows without the second")
	}
}

// Staff without a second factor see the page that sets one up, whatever they ask for.
func TestUnreadyStaffAreLedToSetUp(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: novice, language: Persian}
	for _, path := range []string{"/", "/court", "/court/new", "/inbox", "/account", "/inbox/" + newer.String()} {
		if w := b.get(path); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/account/second-factor" {
			t.Errorf("%s: %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
	if w := b.post("/inbox/"+newer.String()+"/open", nil); w.Header().Get("Location") != "/account/second-factor" {
		t.Errorf("opening: %d", w.Code)
	}
	if w := b.post("/account/second-factor", nil); w.Header().Get("Location") != "/account/second-factor/new" {
		t.Errorf("beginning: %d to %q", w.Code, w.Header().Get("Location"))
	}
	wantPage(t, b.post("/account/second-factor/new", url.Values{"totp": {"000000"}}), http.StatusUnprocessableEntity,
		[]string{"کد درست نیست", "JBSW"}, []string{"000000"})
	w := b.post("/account/second-factor/new", url.Values{"totp": {"123456"}})
	wantPage(t, w, http.StatusOK, []string{"abcd-efgh-ijkl-mnop", "کدهای بازیابی"}, nil)
	if w.Result().Cookies()[0].Name != "fake_session" {
		t.Error("the session is the same after the rise")
	}
}

// What needs a fresh proof leads to it and back, and nowhere else.
func TestConfirmLeadsThereAndBack(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: citizen, language: Persian}
	w := b.post("/account/second-factor/remove", nil, &http.Cookie{Name: "fake_stale", Value: "1"})
	if w.Header().Get("Location") != "/confirm?next=%2Faccount" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	w = b.post("/confirm", url.Values{"next": {"https://evil.example/"}})
	if w.Header().Get("Location") != "/confirm/code?factor=&next=%2F" {
		t.Errorf("leads to %q", w.Header().Get("Location"))
	}
	w = b.post("/confirm", url.Values{"next": {"/account"}})
	challenge := w.Result().Cookies()[0]
	if challenge.Name != confirmCookie || !challenge.HttpOnly || challenge.Path != "/" {
		t.Errorf("cookie %+v", challenge)
	}
	wantPage(t, b.post("/confirm/code", url.Values{"code": {"000000"}, "next": {"/account"}}, challenge),
		http.StatusUnprocessableEntity, []string{"کد درست نیست", `value="/account"`}, []string{"000000"})
	w = b.post("/confirm/code", url.Values{"code": {"123456"}, "next": {"/account"}}, challenge)
	if w.Header().Get("Location") != "/account" || !strings.Contains(strings.Join(w.Header().Values("Set-Cookie"), ";"), "fake_session=") {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	w = b.post("/confirm/code", url.Values{"code": {"123456"}, "next": {"/account"}})
	if w.Header().Get("Location") != "/confirm?next=%2Faccount" {
		t.Errorf("without a challenge: %q", w.Header().Get("Location"))
	}
	wantPage(t, b.post("/confirm/personal", url.Values{"personal_code": {"1"}}), http.StatusUnprocessableEntity, []string{"رمز شخصی درست نیست"}, nil)
	if w := b.post("/confirm/personal", url.Values{"personal_code": {"9081726354"}, "next": {"/inbox"}}); w.Header().Get("Location") != "/inbox" {
		t.Errorf("personal code: %d to %q", w.Code, w.Header().Get("Location"))
	}
	b.person = clerk
	if w := b.post("/confirm", nil); w.Header().Get("Location") != "/confirm/code?factor=totp&next=%2F" {
		t.Errorf("with a second factor: %q", w.Header().Get("Location"))
	}
}

func TestSessionsAreEndedOnThePage(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: citizen, language: Persian}
	if w := b.post("/account/sessions/"+fakeID(70).String()+"/revoke", nil); w.Header().Get("Location") != "/account" {
		t.Errorf("one: %d", w.Code)
	}
	if w := b.post("/account/sessions/"+fakeID(71).String()+"/revoke", nil); w.Code != http.StatusNotFound {
		t.Errorf("another's: %d", w.Code)
	}
	if w := b.post("/account/sessions/revoke", nil); w.Header().Get("Location") != "/account" {
		t.Errorf("the others: %d", w.Code)
	}
	b.person = hub.ID{}
	if w := b.post("/account/sessions/revoke", nil); !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
		t.Errorf("nobody: %q", w.Header().Get("Location"))
	}
}
