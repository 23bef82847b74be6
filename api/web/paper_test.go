package web

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"eblagh/hub/dispatch"
)

// goodPaper is a form with nothing wrong.
func goodPaper() map[string]string {
	return map[string]string{
		"reference": "desk-1", "addressee": "۰۰۷۶۲۲۹۶۴۵", "capacity": "defendant", "case_number": "۱۴۰۵۱۲۳۴۵۶۷۸۹۰۱۲۳۴",
		"kind": "summons", "subject": "دعوت به رسیدگی", "body": "سطر نخست\r\nسطر دوم", "priority": "urgent",
		"hearing_day": "۱۴۰۵/۱۰/۲۰", "hearing_time": "۹:۳۰",
	}
}

// submit sends the court's form with files by name.
func (b browser) submit(fields map[string]string, files map[string]string) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		_ = form.WriteField(name, fields[name])
	}
	part, _ := form.CreateFormFile("documents", "") // as a browser sends an input left empty
	_, _ = part.Write(nil)
	for name, content := range files {
		part, _ := form.CreateFormFile("documents", name)
		_, _ = part.Write([]byte(content))
	}
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, "/court/new", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(r)
}

func TestSubmitPaper(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: clerk, language: Persian}
	w := b.submit(goodPaper(), map[string]string{"دادنامه.pdf": string(smallPDF())})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/court/notices/"+newer.String()+"?warning=hearing" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	paper := h.submitted["desk-1"]
	if want := time.Date(2027, 1, 10, 6, 0, 0, 0, time.UTC); !paper.HearingAt.Equal(want) {
		t.Errorf("hearing %v, want %v", paper.HearingAt, want)
	}
	if paper.Kind != "summons" || paper.Priority != "urgent" || paper.Body != "سطر نخست\nسطر دوم" ||
		len(paper.Documents) != 1 || paper.Documents[0] != scanned || paper.Channels != nil {
		t.Errorf("paper: %+v", paper)
	}
	if w := b.submit(goodPaper(), nil); w.Code != http.StatusSeeOther {
		t.Errorf("sent twice it answers %d", w.Code)
	}
}

func TestNothingTypedIsLost(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: clerk, language: Persian}
	fields := goodPaper()
	fields["addressee"], fields["hearing_time"], fields["subject"] = "1111111111", "noon", `<b>"موضوع"</b>`
	w := b.submit(fields, map[string]string{"دادنامه.pdf": string(smallPDF()), "renamed.exe": "MZ"})
	wantPage(t, w, http.StatusUnprocessableEntity, []string{
		`value="1111111111"`, "شناسهٔ ملی درست نیست", `href="#f-addressee"`, "ساعت را مانند", "renamed.exe: محتوای این پرونده با نوع آن یکی نیست",
		"&lt;b&gt;", "سطر دوم", `<option value="summons" selected>`, `value="urgent" checked`, `value="desk-1"`,
		`name="document" value="` + scanned.String() + `" checked`, "دادنامه.pdf",
	}, []string{"<b>\""})
	if len(h.submitted) > 0 {
		t.Error("it was submitted all the same")
	}
	// Sent again with the field put right, the document is still there and need not be chosen again.
	fields = goodPaper()
	fields["document"], fields["document_name_"+scanned.String()] = scanned.String(), "دادنامه.pdf"
	if w := b.submit(fields, nil); w.Code != http.StatusSeeOther || len(h.submitted["desk-1"].Documents) != 1 || h.accepted != 1 {
		t.Errorf("%d, %+v, %d taken in", w.Code, h.submitted["desk-1"], h.accepted)
	}
}

func TestAddresseeNotEnrolledIsSaidBesideTheField(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: clerk, language: English}
	fields := goodPaper()
	fields["addressee"] = strangerID
	w := b.submit(fields, nil)
	wantPage(t, w, http.StatusUnprocessableEntity, []string{"This person has not enrolled"}, nil)
	if !regexp.MustCompile(`id="e-addressee"[^>]*>.*This person has not enrolled`).MatchString(strings.ReplaceAll(w.Body.String(), "\n", " ")) {
		t.Error("not beside the field")
	}
}

func TestFormsTooLarge(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: clerk, language: Persian}
	fields := goodPaper()
	fields["body"] = strings.Repeat("x", formLimit+1)
	wantPage(t, b.submit(fields, nil), http.StatusRequestEntityTooLarge, []string{"بیش از اندازه بزرگ است"}, nil)
	wantPage(t, b.post("/sign-in", url.Values{"national_id": {strings.Repeat("1", formLimit)}}),
		http.StatusRequestEntityTooLarge, []string{"بیش از اندازه بزرگ است"}, nil)
}

func TestBrokenFormsAreRefused(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: clerk, language: Persian}
	for _, mediaType := range []string{"text/plain", "multipart/form-data; boundary=x"} {
		r := httptest.NewRequest(http.MethodPost, "/court/new", strings.NewReader("broken"))
		r.Header.Set("Content-Type", mediaType)
		wantPage(t, b.do(r), http.StatusUnprocessableEntity, []string{"درخواست درست نبود"}, nil)
	}
	b.person = citizen
	if w := b.submit(goodPaper(), nil); w.Code != http.StatusForbidden {
		t.Errorf("a citizen submits: %d", w.Code)
	}
}

// DOMAIN.md §3: digits of any kind; a day in either calendar.
func TestDaysInEitherCalendar(t *testing.T) {
	zone, err := tehran()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"1405/10/20", "۱۴۰۵-۱۰-۲۰", "2027-01-10", "2027/1/10", " ۲۰۲۷-۰۱-۱۰ "} {
		got, err := parseDay(text, zone)
		if err != nil || got.Format(time.DateOnly) != "2027-01-10" {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1405/12/31", "2027-02-30", "20/10/1405", "tomorrow"} {
		if got, err := parseDay(text, zone); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

// Service on counsel is a paper of its own that names the client; without one the addressee is meant.
func TestServiceOnCounselAtTheDesk(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: clerk, language: Persian}
	fields := goodPaper()
	fields["capacity"], fields["on_behalf_of"] = "counsel", "1111111111"
	wantPage(t, b.submit(fields, nil), http.StatusUnprocessableEntity, []string{`id="e-on_behalf_of"`, `value="1111111111"`}, nil)
	fields["on_behalf_of"] = strangerID
	if w := b.submit(fields, nil); w.Code != http.StatusSeeOther || h.submitted["desk-1"].For.NationalID != strangerID {
		t.Errorf("%d, %+v", w.Code, h.submitted["desk-1"].For)
	}
	h.submitted = map[string]dispatch.Paper{}
	if w := b.submit(goodPaper(), nil); w.Code != http.StatusSeeOther || h.submitted["desk-1"].For != (dispatch.Addressee{}) {
		t.Errorf("%d, %+v", w.Code, h.submitted["desk-1"].For)
	}
}
