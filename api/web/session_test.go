package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"eblagh/hub"
)

func TestSignInTakesTwoSteps(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), language: Persian}
	w := b.post("/sign-in", url.Values{"national_id": {goodID}, "personal_code": {"9081726354"}, "next": {"/inbox"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in/code?next=%2Finbox" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	challenge := w.Result().Cookies()[0]
	if challenge.Name != challengeCookie || !challenge.HttpOnly || challenge.Path != "/" {
		t.Errorf("challenge cookie: %+v", challenge)
	}
	w = b.post("/sign-in/code", url.Values{"code": {"000000"}}, challenge)
	wantPage(t, w, http.StatusUnprocessableEntity, []string{"کد درست نیست", `aria-invalid="true"`, `href="#f-code"`}, []string{"000000"})
	w = b.post("/sign-in/code", url.Values{"code": {"۱۲۳۴۵۶"}, "next": {"/inbox"}}, challenge)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/inbox" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	if session := w.Result().Cookies()[0]; session.Name != "fake_session" || session.Value != citizen.String() {
		t.Errorf("session cookie: %+v", session)
	}
	if w := b.get("/sign-in/code"); w.Header().Get("Location") != "/sign-in" {
		t.Error("the second step shows without the first")
	}
}

func TestSignInShowsNoSecretAgain(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), language: English}
	w := b.post("/sign-in", url.Values{"personal_code": {"9081726354"}})
	wantPage(t, w, http.StatusUnprocessableEntity, []string{"This is needed."}, []string{"9081726354"})
}

func TestSignInLeadsOnlyToPagesOfOurs(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), language: English}
	challenge := &http.Cookie{Name: challengeCookie, Value: fakeID(77).String()}
	w := b.post("/sign-in/code", url.Values{"code": {"123456"}, "next": {"https://evil.example/"}}, challenge)
	if w.Header().Get("Location") != "/" {
		t.Errorf("leads to %q", w.Header().Get("Location"))
	}
}

func TestSignInIsLimitedByAddress(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), language: Persian}
	for range 300 {
		if w := b.post("/sign-in", nil); w.Code == http.StatusTooManyRequests {
			t.Fatal("limited too early")
		}
	}
	wantPage(t, b.post("/sign-in", nil), http.StatusTooManyRequests, []string{"اندکی درنگ کنید"}, nil)
}

func TestSignOutSaysSoOnce(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: citizen, language: Persian}
	w := b.post("/sign-out", nil)
	var done *http.Cookie
	for _, c := range w.Result().Cookies() {
		if c.Name == flashCookie {
			done = c
		}
	}
	if done == nil || w.Header().Get("Location") != "/sign-in" {
		t.Fatalf("%v, to %q", w.Result().Cookies(), w.Header().Get("Location"))
	}
	b.person = hub.ID{}
	r, _ := http.NewRequest(http.MethodGet, "/sign-in", nil)
	r.AddCookie(done)
	w = b.do(r)
	wantPage(t, w, http.StatusOK, []string{"از حساب خارج شدید"}, nil)
	if !strings.Contains(w.Header().Get("Set-Cookie"), flashCookie+"=; Path=/; Max-Age=0") {
		t.Errorf("it would be said again: %s", w.Header().Get("Set-Cookie"))
	}
}

func TestActivation(t *testing.T) {
	fields := func(code, first, second string) url.Values {
		return url.Values{"national_id": {goodID}, "activation_code": {code}, "new_personal_code": {first}, "personal_code_again": {second}}
	}
	for _, row := range []struct {
		name   string
		fields url.Values
		says   string
	}{
		{"two codes differ", fields("12345678", "9081726354", "9081726355"), "دو رمز یکی نیستند"},
		{"easy to guess", fields("12345678", "1234567890", "1234567890"), "حدس زدن این رمز آسان است"},
		{"wrong code", fields("00000000", "9081726354", "9081726354"), "شناسهٔ ملی یا کد فعال‌سازی درست نیست"},
		{"nothing", url.Values{}, "این قسمت را پر کنید"},
	} {
		h := newFakeHub()
		b := browser{t: t, site: newSite(t, h), language: Persian}
		wantPage(t, b.post("/activate", row.fields), http.StatusUnprocessableEntity, []string{row.says}, []string{"9081726354", "12345678"})
		if len(h.activated) > 0 {
			t.Errorf("%s: activated", row.name)
		}
	}
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), language: Persian}
	w := b.post("/activate", fields("۱۲۳۴۵۶۷۸", "۹۰۸۱۷۲۶۳۵۴", "9081726354"))
	if w.Header().Get("Location") != "/sign-in" || len(h.activated) != 1 || h.activated[0] != goodID+" 9081726354" {
		t.Errorf("%d, %v", w.Code, h.activated)
	}
}
