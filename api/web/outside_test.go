package web

import (
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"eblagh/api/signin/outside"
	"eblagh/hub"
)

// fakeProvider says who whoever comes back with its code is.
type fakeProvider struct {
	subject string
	address string // of the provider; "": one that nobody asks
	away    bool
	nexts   []string
}

func (*fakeProvider) Name(language string) string {
	return map[string]string{"fa": "درگاه نمونه", "en": "Demo Portal"}[language]
}

func (p *fakeProvider) Begin(_ context.Context, next string, _ hub.ID) (string, string, error) {
	p.nexts = append(p.nexts, next)
	if p.away {
		return "", "", outside.ErrAway
	}
	return cmp.Or(p.address, "https://id.example/auth?state=s"), "kept " + next, nil
}

func (p *fakeProvider) Finish(_ context.Context, keep string, answer url.Values) (outside.Who, error) {
	next, ok := strings.CutPrefix(keep, "kept ")
	if !ok || answer.Get("code") != "c" {
		return outside.Who{}, hub.Refuse(hub.CodeUnauthorized, "")
	}
	return outside.Who{Issuer: "https://id.example", Subject: p.subject, Next: next}, nil
}

func newOutside(t *testing.T) (*fakeProvider, browser) {
	p, h := &fakeProvider{subject: "clerk"}, newFakeHub()
	h.outside = p
	return p, browser{t: t, site: newSite(t, h), language: Persian}
}

// back asks for the page that the provider leads to.
func (b browser) back(query, kept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, outside.Path+"?"+query, nil)
	if kept != "" {
		r.AddCookie(&http.Cookie{Name: outsideCookie, Value: kept})
	}
	b.headers = map[string]string{"Sec-Fetch-Site": "cross-site"}
	return b.do(r)
}

func cookieNamed(w *httptest.ResponseRecorder, name string) *http.Cookie {
	for _, c := range w.Result().Cookies() {
		if c.Name == name {
			return c
		}
	}
	return &http.Cookie{}
}

func TestTheProvidersButtonIsThereWhereThereIsAProvider(t *testing.T) {
	_, b := newOutside(t)
	wantPage(t, b.get("/sign-in?next=/court"), http.StatusOK, []string{`href="/sign-in/outside?next=%2fcourt"`, "ورود با درگاه نمونه", "ویژهٔ کارکنان"}, nil)
	b.language = English
	wantPage(t, b.get("/sign-in"), http.StatusOK, []string{"Sign in with Demo Portal"}, nil)
	none := browser{t: t, site: newSite(t, newFakeHub()), language: Persian}
	wantPage(t, none.get("/sign-in"), http.StatusOK, nil, []string{"/sign-in/outside"})
	for _, path := range []string{"/sign-in/outside", outside.Path} {
		if w := none.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestOutsideLeadsToTheSecondFactor(t *testing.T) {
	p, b := newOutside(t)
	w := b.get("/sign-in/outside?next=/court")
	kept := cookieNamed(w, outsideCookie)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "https://id.example/auth?state=s" || kept.Value != "kept /court" ||
		!kept.HttpOnly || kept.SameSite != http.SameSiteLaxMode || kept.MaxAge != 600 {
		t.Fatalf("%d to %q, %+v", w.Code, w.Header().Get("Location"), kept)
	}
	w = b.back("code=c&state=s", kept.Value)
	challenge := cookieNamed(w, challengeCookie)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in/second?next=%2Fcourt" || challenge.Value != fakeID(78).String() ||
		cookieNamed(w, "fake_session").Value != "" || cookieNamed(w, outsideCookie).MaxAge >= 0 {
		t.Fatalf("%d to %q, %v", w.Code, w.Header().Get("Location"), w.Result().Cookies())
	}
	w = b.post("/sign-in/second", url.Values{"totp": {"246802"}, "next": {"/court"}}, challenge)
	if w.Header().Get("Location") != "/court" || cookieNamed(w, "fake_session").Value != clerk.String() {
		t.Errorf("%d to %q, %v", w.Code, w.Header().Get("Location"), w.Result().Cookies())
	}
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/" + strings.Repeat("x", 2000)} {
		b.get("/sign-in/outside?next=" + url.QueryEscape(next))
		if got := p.nexts[len(p.nexts)-1]; got != "/" {
			t.Errorf("next %q leads to %q", next, got)
		}
	}
	if w := b.back("code=c", "kept https://evil.example/"); w.Header().Get("Location") != "/sign-in/second?next=%2F" {
		t.Errorf("leads to %q", w.Header().Get("Location"))
	}
}

// One page for whoever may not, to the byte; and nothing of the address that led there is in it.
func TestOutsideRefusesAlike(t *testing.T) {
	p, b := newOutside(t)
	want := ""
	for what, c := range map[string][3]string{"another browser": {"", "code=c&state=s", "clerk"}, "denied": {"kept /", "error=access_denied&state=s", "clerk"},
		"bound to nobody": {"kept /", "code=c&state=s", "nobody"}, "nothing": {"", "", "clerk"}} {
		p.subject = c[2]
		w := b.back(c[1], c[0])
		wantPage(t, w, http.StatusUnauthorized, []string{"ورود از این راه ممکن نشد", `name="national_id"`, `name="next" value="/sign-in"`}, []string{"state=s", "access_denied"})
		if got := w.Body.String(); want == "" {
			want = got
		} else if got != want {
			t.Errorf("%s is answered otherwise", what)
		}
		if cookieNamed(w, challengeCookie).Value != "" {
			t.Errorf("%s: a challenge", what)
		}
	}
	p.away = true
	wantPage(t, b.get("/sign-in/outside?next=/court"), http.StatusServiceUnavailable,
		[]string{"اکنون نمی‌توان از این راه وارد شد", `name="next" value="/court"`, `name="national_id"`}, nil)
}

// Another site cannot begin a sign-in, and who is signed in needs none.
func TestOnlyOurPagesBeginASignInOutside(t *testing.T) {
	p, b := newOutside(t)
	for _, from := range []string{"cross-site", "same-site"} {
		b.headers = map[string]string{"Sec-Fetch-Site": from}
		if w := b.get("/sign-in/outside?next=/court"); w.Header().Get("Location") != "/sign-in?next=%2Fcourt" || len(w.Result().Cookies()) > 0 {
			t.Errorf("from %s: %d to %q", from, w.Code, w.Header().Get("Location"))
		}
	}
	b.headers, b.person = nil, clerk
	if w := b.get("/sign-in/outside"); w.Header().Get("Location") != "/" || len(p.nexts) > 0 {
		t.Errorf("signed in: %d to %q, begun %v", w.Code, w.Header().Get("Location"), p.nexts)
	}
}

func TestOutsideIsLimitedByAddress(t *testing.T) {
	_, b := newOutside(t)
	for range 300 {
		if w := b.back("", ""); w.Code == http.StatusTooManyRequests {
			t.Fatal("limited too early")
		}
	}
	wantPage(t, b.back("", ""), http.StatusTooManyRequests, []string{"اندکی درنگ کنید"}, nil)
}

// A real browser goes to another site and back by the button: the policy of the page lets it go, and what it kept comes
// back with it.
func TestABrowserGoesOutsideAndBack(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	p, h := &fakeProvider{subject: "clerk"}, newFakeHub()
	h.outside = p
	s := newScreen(t, chrome(t), h, newLiveWire())
	query := "?code=c&state=s"
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.base+outside.Path+query, http.StatusFound)
	}))
	t.Cleanup(provider.Close)
	p.address = strings.Replace(provider.URL, "127.0.0.1", "localhost", 1) // another site than the hub's
	for _, l := range languages {
		s.as(hub.ID{}, l, "/sign-in?next=/court")
		s.size(360, 800, "light")
		wantFits(t, s, "the page with a button")
		s.wantNoViolation("the page with a button", string(source))
		s.shoot("sign-in-outside-" + string(l))
		s.run(chromedp.Click(chromedp.CSS(`a[href^="/sign-in/outside"]`)), chromedp.WaitVisible(chromedp.CSS(`#f-totp`)))
		if at := eval[string](s, `location.href`); at != s.base+"/sign-in/second?next=%2Fcourt" {
			t.Errorf("it is at %s", at)
		}
	}
	s.wantCalm("there and back", false)
	query = "?error=access_denied&state=s"
	s.as(hub.ID{}, Persian, "/sign-in")
	s.run(chromedp.Click(chromedp.CSS(`a[href^="/sign-in/outside"]`)), chromedp.WaitVisible(chromedp.CSS(`[role="alert"]`)))
	wantFits(t, s, "the refusal")
	s.wantNoViolation("the refusal", string(source))
	s.shoot("sign-in-refused")
	s.wantCalm("refused", true)
}
