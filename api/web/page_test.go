package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"eblagh/hub"
)

// browser asks for pages as one person, in one language.
type browser struct {
	t        testing.TB
	site     http.Handler
	person   hub.ID
	language Language
	headers  map[string]string
}

func (b browser) do(r *http.Request) *httptest.ResponseRecorder {
	b.t.Helper()
	if !b.person.IsZero() {
		r.AddCookie(&http.Cookie{Name: "fake_session", Value: b.person.String()})
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: languageCookie, Value: string(b.language)})
	for name, value := range b.headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.site.ServeHTTP(w, r)
	return w
}

func (b browser) get(path string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b browser) post(path string, fields url.Values, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return b.do(r)
}

// wantPage holds a page to its status and to what it must and must not show.
func wantPage(t *testing.T, w *httptest.ResponseRecorder, status int, shows, hides []string) {
	t.Helper()
	body := w.Body.String()
	if w.Code != status {
		t.Errorf("status %d, want %d", w.Code, status)
	}
	for _, s := range shows {
		if !strings.Contains(body, s) {
			t.Errorf("the page does not show %q", s)
		}
	}
	for _, s := range append(hides, "{{", "<no value>", "%!") {
		if strings.Contains(body, s) {
			t.Errorf("the page shows %q", s)
		}
	}
}

// everyPage is each page once, with who asks and what it must show in either language.
func everyPage() []struct {
	name, path string
	person     hub.ID
	status     int
	fa, en     []string
	hides      []string
} {
	type row = struct {
		name, path string
		person     hub.ID
		status     int
		fa, en     []string
		hides      []string
	}
	inbox := "/inbox/"
	return []row{
		{"sign-in", "/sign-in", hub.ID{}, 200, []string{"شناسهٔ ملی", `name="personal_code"`}, []string{"National ID"}, nil},
		{"activate", "/activate", hub.ID{}, 200, []string{"کد فعال‌سازی"}, []string{"Activation code"}, nil},
		{"inbox", "/inbox", citizen, 200, []string{"باز نشده", "احضاریه", `data-live="2"`, "مریم", "۳ آذر ۱۴۰۵، ساعت ۱۲:۰۵:۰۹"},
			[]string{"not opened", "Summons", "24 November 2026, 12:05:09"}, []string{secretBody}},
		{"cover", inbox + newer.String(), citizen, 200, []string{"ابلاغیه را باز می‌کنم", "چه آن را باز کنید چه نکنید", "ابلاغ قانونی", `datetime="2026-11-24T08:35:09.123456Z"`},
			[]string{"Open the notice", "whether or not you open it", "Constructive service"}, []string{secretSubject, secretBody, "دادنامه.pdf", "<iframe"}},
		{"notice", inbox + older.String(), citizen, 200, []string{secretSubject, secretBody, "<iframe", "ابلاغ واقعی", "رؤیت", "خوانده", inbox + fakeID(41).String(), inbox + fakeID(42).String()},
			[]string{"Actual service", "The addressee opened it", "Defendant", "2.3 MB"}, nil},
		{"account", "/account", citizen, 200, []string{"۰۹•••••••۰۷", "مریم"}, []string{"Citizen"}, []string{"9120000007", "۹۱۲۰۰۰۰۰۰۷"}},
		{"account-staff", "/account", clerk, 200, []string{"مرحلهٔ دوم ورود", "Android · Chrome", "همین دستگاه", "/account/sessions/" + fakeID(70).String() + "/revoke"},
			[]string{"Windows · Firefox", "Sign out everywhere else"}, []string{"/account/second-factor/remove"}},
		{"second-factor", "/account/second-factor", novice, 200, []string{"نقش کاری شما"}, []string{"needs a second step"}, []string{"/court"}},
		{"second-factor-new", "/account/second-factor/new", novice, 200, []string{"JBSW", `src="data:image/png;base64,`}, []string{"Code of the authenticator"}, nil},
		{"confirm", "/confirm?next=/inbox", citizen, 200, []string{"دوباره نشان دهید", `value="/inbox"`}, []string{"Show again that it is you"}, nil},
		{"confirm-code", "/confirm/code?next=https://evil.example/", citizen, 200, []string{"کد پیامک", `value="/"`}, []string{"SMS code"}, []string{`"https://evil`}},
		{"confirm-totp", "/confirm/code?factor=totp", clerk, 200, []string{"برنامهٔ احراز هویت"}, []string{"authenticator"}, []string{"کد پیامک"}},
		{"confirm-personal", "/confirm/personal?next=/inbox", citizen, 200, []string{"برای کس دیگری هم ثبت شده"}, []string{"somebody else"}, nil},
		{"court", "/court", clerk, 200, []string{"ثبت ورقهٔ تازه", "پیامک: فرستاده شد", "ابلاغ قانونی"}, []string{"Submit a paper", "SMS: sent"}, nil},
		{"court-new", "/court/new", clerk, 200, []string{`name="reference" value="desk-`, "دادنامهٔ غیابی"}, []string{"Default judgment", "Addressee’s national ID"}, nil},
		{"court-notice", "/court/notices/" + newer.String() + "?warning=hearing,nonsense", clerk, 200, []string{`hx-trigger="every 2s"`, "گوشی در دسترس نیست", "مادهٔ ۶۴", `href="/court/notices/` + fakeID(42).String()},
			[]string{"handset out of reach", "CPC 64", "Attempts: 2."}, []string{"warning.nonsense"}},
		{"drafts", "/court/drafts", clerk, 200, []string{"فوری", "همکار شما", "مهلت برخی از ورقه‌های شما", "برخی از ورقه‌های شما برگردانده"},
			[]string{"A colleague", "not decided in time"}, []string{secretSubject, goodID}},
		{"drafts-returned", "/court/drafts?state=returned", clerk, 200, []string{"خود شما"}, []string{"Returned"}, []string{secretSubject}},
		{"draft", "/court/drafts/" + othersDraft.String(), judge, 200, []string{secretSubject, secretBody, "مریم نمونه", "۰۰۷۶۲۲۹۶۴۵", "تأیید و ابلاغ", "هنوز ابلاغیه نیست",
			"/court/drafts/" + othersDraft.String() + "/documents/" + scanned.String()}, []string{"Approve and serve", "not yet a notice"}, []string{"/withdraw"}},
		{"draft-returned", "/court/drafts/" + returnedDraft.String(), clerk, 200, []string{"نام مخاطب نادرست است", "اصلاح و ثبت دوباره"}, []string{"Why it was returned"}, []string{"/approve"}},
		{"draft-expired", "/court/drafts/" + expiredDraft.String(), clerk, 200, []string{"متن پاک شد"}, []string{"Nobody decided in time"}, []string{secretSubject, "/withdraw"}},
		{"draft-edit", "/court/drafts/" + returnedDraft.String() + "/edit", clerk, 200, []string{secretBody, "ثبت دوباره برای تأیید"}, []string{"Submit again for approval"}, nil},
		{"four-eyes", "/court/four-eyes", judge, 200, []string{"تأیید دونفره", "کسی این را خواسته"}, []string{"Somebody asks for this"}, nil},
		{"office", "/office", officer, 200, []string{`name="person_kind"`, "شخص حقوقی"}, []string{"Legal entity"}, nil},
		{"recipient", "/office/recipients/" + fakeID(50).String(), officer, 200, []string{"فرستادن دوبارهٔ کد", "مریم"}, []string{"Send the code again"}, nil},
		{"recipient-enrolled", "/office/recipients/" + fakeID(51).String(), officer, 200, []string{"رمز شخصی تازه", "شناسنامه"}, []string{"Birth certificate"}, []string{"فرستادن دوبارهٔ کد"}},
		{"cases", "/cases", citizen, 200, []string{"۱۴۰۵۱۲۳۴۵۶۷۸۹۰۱۲۳۴", "۱ باز نشده", `action="/cases"`}, []string{"1 not opened", "Case number"}, []string{secretBody, "/cases?after=mark&"}},
		{"case", "/cases/" + matter.String(), citizen, 200, []string{"ابلاغ به شما", inbox + newer.String(), secretSubject, "سارا نمونه‌پور", "استعفا"}, []string{"served on you", "resigned"},
			[]string{secretBody, "lawyer_national_id", "?end="}},
		{"case-counsel", "/cases/" + matter.String(), counsel, 200, []string{"/lawyer/notices/" + older.String(), "از طرف"}, []string{"not opened"},
			[]string{secretBody, "/lawyer/notices/" + newer.String(), "lawyer_national_id"}},
		{"case-desk", "/cases/" + matter.String(), clerk, 200, []string{`name="lawyer_national_id"`, `name="client_national_id"`, "ثبت وکالت", "?replaces=" + power.String(), "?end=" + power.String()},
			[]string{"Register a power of attorney"}, []string{secretBody, "?end=" + former.String(), `name="end_reason"`}},
		{"case-hand-over", "/cases/" + matter.String() + "?replaces=" + power.String(), clerk, 200, []string{`name="end_reason"`, "به جای", `name="replaces" value="` + power.String()}, []string{"Instead of"}, []string{"client_national_id"}},
		{"case-end", "/cases/" + matter.String() + "?end=" + power.String(), clerk, 200, []string{`name="end_reason"`, "فوت موکل", "/attorneys/" + power.String() + "/end"}, []string{"the client died"}, []string{"lawyer_national_id"}},
		{"case-keeping", "/cases/" + matter.String() + "/keeping", judge, 200, []string{"منع امحا", "رسیدگی در دیوان", "نامشخص", `name="legal_reason"`}, []string{"Place the hold", "in force"}, []string{secretBody}},
		{"lawyer", "/lawyer", counsel, 200, []string{"/cases/" + matter.String(), "پروندهٔ باغ", "۱ باز نشده", "ابلاغ و خواندن اوراق", "/lawyer?after=mark"}, []string{"In force", "Be served, and read papers"},
			[]string{secretSubject, secretBody, "استعفا"}},
		{"lawyer-over", "/lawyer?state=over", counsel, 200, []string{"استعفا", "پایان‌یافته"}, []string{"resigned"}, []string{"/cases/" + matter.String(), "احضاریه", "Summons"}},
		{"lawyer-notice", "/lawyer/notices/" + older.String(), counsel, 200, []string{secretSubject, secretBody, "به‌عنوان وکیل", "/cases/" + matter.String(), "/lawyer/notices/" + fakeID(42).String()}, []string{"You see this as counsel"}, nil},
		{"representatives", "/representatives", director, 200, []string{"شرکت نمونه‌سازان", "مریم نمونه‌زاده", "/representatives/" + deputy.String() + "/end", `name="representative_role"`, "خواننده"}, []string{"Appoint somebody", "Reader"},
			[]string{"/representatives/" + fakeID(116).String()}},
		{"recipient-legal", "/office/recipients/" + company.String(), officer, 200, []string{"شرکت نمونه‌سازان", "/office/recipients/" + company.String() + "/representatives/" + deputy.String() + "/end"}, []string{"Appoint somebody"}, nil},
		{"looks", "/looks", citizen, 200, []string{"برگه یا عنوان آن دیده شد", "شعبهٔ ۱ نمونه", "سامانه", "کارمند"}, []string{"Who has looked at the papers", "Court clerk", "Older"}, []string{secretSubject}},
		{"looks-one", inbox + older.String() + "/looks", citizen, 200, []string{"آنچه دیگران با این برگه کرده‌اند"}, []string{"What others did with this paper"}, nil},
		{"trail", "/trail", auditor, 200, []string{"ردپای کارها", "notice.read", "اینترنت", "ناشناس"}, []string{"This search is recorded", "refused"}, nil},
		{"keys", "/keys", head, 200, []string{"سامانهٔ نمونه", "معتبر", "باطل", "/rotate"}, []string{"New secret", "Revoke now"}, nil},
		{"operator", "/operator", operator, 200, []string{"قدیمی‌ترین", "۱۷۰", "۴ دقیقه"}, []string{"Oldest waiting", "at least 1020"}, nil},
		{"deliveries", "/operator/deliveries", operator, 200, []string{"برای همیشه ناموفق ماند"}, []string{"It failed for good"}, nil},
		{"delivery", "/operator/deliveries/" + deadText.String(), operator, 200, []string{"ارسال دوباره", "۵ از ۵"}, []string{"Send it again", "5 of 5"}, nil},
		{"officer", "/officer", carrier, 200, []string{"نزد مأمور", "خیابان آزمایش", "مهلت گذشته است", "احضاریه"}, []string{"With an officer", "Overdue"},
			[]string{secretSubject, secretBody, "دادنامه.pdf"}},
		{"officer-over", "/officer?state=returned", carrier, 200, []string{"گزارش شده"}, []string{"Returned"}, []string{"خیابان آزمایش"}},
		{"officer-open", "/officer/" + waiting.String(), carrier, 200, []string{"برمی‌دارم", "خیابان آزمایش"}, []string{"Take it"},
			[]string{secretSubject, secretBody, `name="outcome"`}},
		{"officer-task", "/officer/" + carried.String(), carrier, 200, []string{`name="outcome"`, "به خود مخاطب داده شد", "۱۴۰۵/۰۹/۰۳"}, []string{"Given to the addressee in person", "2026-11-24"},
			[]string{secretSubject, secretBody, "to_manager"}},
		{"officer-returned", "/officer/" + over.String(), carrier, 200, []string{"سوم آذر ماه یک هزار و چهارصد و پنج", "همسر", "اصلاح"}, []string{"spouse", "correct it"},
			[]string{`name="outcome"`, secretSubject}},
		{"officer-correct", "/officer/" + over.String() + "?corrects=" + fakeID(80).String(), carrier, 200, []string{"گزارش اصلاحی"}, []string{"Correcting return"}, nil},
		{"officer-paper", "/officer/" + carried.String() + "/paper", carrier, 200, []string{secretSubject, secretBody, "دادنامه.pdf", "به نام شما ثبت شد"},
			[]string{"recorded under your name"}, nil},
		{"not-found", "/nothing", citizen, 404, []string{"این صفحه پیدا نشد", "۴۰۴"}, []string{"Page not found"}, nil},
		{"forbidden", "/operator", citizen, 403, []string{"اجازهٔ این کار را ندارید"}, []string{"You may not do this"}, []string{"bulk"}},
	}
}

func TestEveryPageInBothLanguages(t *testing.T) {
	for _, row := range everyPage() {
		for _, l := range languages {
			t.Run(row.name+"/"+string(l), func(t *testing.T) {
				b := browser{t: t, site: newSite(t, newFakeHub()), person: row.person, language: l}
				shows := append([]string{`<html lang="` + string(l) + `" dir="` + l.Dir() + `">`, "/dev/phones/"}, row.fa...)
				if l == English {
					shows = append(shows[:2], row.en...)
				}
				w := b.get(row.path)
				wantPage(t, w, row.status, shows, row.hides)
				if !strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self'") {
					t.Error("no content security policy")
				}
				if w.Header().Get("Cache-Control") != "no-store" {
					t.Error("a cache may keep this page")
				}
			})
		}
	}
}

func TestNobodyIsAskedToSignIn(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), language: Persian}
	for _, rt := range (&site{}).routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		if rt.open || method != http.MethodGet {
			continue
		}
		path = strings.NewReplacer("{notice}", newer.String(), "{document}", scanned.String(), "{recipient}", citizen.String(), "{task}", carried.String(),
			"{case}", matter.String(), "{delivery}", deadText.String()).Replace(path)
		w := b.get(path)
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in?next=") {
			t.Errorf("%s: %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
	b.headers = map[string]string{"HX-Request": "true", "HX-Target": "lanes"}
	if w := b.get("/operator"); w.Code != http.StatusUnauthorized || w.Header().Get("HX-Redirect") == "" {
		t.Errorf("a refreshing element was answered %d", w.Code)
	}
}

func TestHomeLeadsByRole(t *testing.T) {
	for person, want := range map[hub.ID]string{
		{}: "/sign-in", citizen: "/inbox", counsel: "/lawyer", director: "/inbox", carrier: "/officer", clerk: "/court", officer: "/office", operator: "/operator",
	} {
		b := browser{t: t, site: newSite(t, newFakeHub()), person: person, language: Persian}
		if got := b.get("/").Header().Get("Location"); got != want {
			t.Errorf("%v begins at %s, want %s", person, got, want)
		}
	}
}

func TestFaultsTellNothing(t *testing.T) {
	h := newFakeHub()
	h.fault = http.ErrBodyNotAllowed
	b := browser{t: t, site: newSite(t, h), person: citizen, language: Persian}
	wantPage(t, b.get("/account"), http.StatusInternalServerError, []string{"خطایی در سامانه رخ داد"}, []string{h.fault.Error()})
}

func TestPanicsHaveAPage(t *testing.T) {
	h := newFakeHub()
	h.breaks = true
	b := browser{t: t, site: newSite(t, h), person: citizen, language: Persian}
	wantPage(t, b.get("/inbox/"+newer.String()), http.StatusInternalServerError, []string{"خطایی در سامانه رخ داد"}, []string{"broken on purpose"})
}

func TestFormsOfOtherOriginsAreRefused(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: citizen, language: Persian,
		headers: map[string]string{"Sec-Fetch-Site": "cross-site"}}
	wantPage(t, b.post("/inbox/"+newer.String()+"/open", nil), http.StatusForbidden, []string{"اجازهٔ این کار را ندارید"}, nil)
}

func TestLanguageIsKept(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), language: Persian}
	for next, want := range map[string]string{
		"/activate": "/activate", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/", "": "/",
	} {
		w := b.post("/language", url.Values{"language": {"en"}, "next": {next}})
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("next %q leads to %q, want %q", next, got, want)
		}
		if c := w.Result().Cookies(); len(c) != 1 || c[0].Value != "en" || c[0].SameSite != http.SameSiteLaxMode || !c[0].HttpOnly {
			t.Errorf("cookies: %v", c)
		}
	}
}
