package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

// What is looked for travels in the body, and no address that a page leads to carries it: not a number, not a name, not
// a reference of one's own.
func TestSearchesLeaveNothingInAddresses(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: counsel, language: Persian}
	for _, find := range []string{"۱۴۰۵۱۲۳۴۵۶۷۸۹۰۱۲۳۴", "مریم", "باغ"} {
		w := b.post("/lawyer", url.Values{"find": {find}})
		wantPage(t, w, http.StatusOK, []string{"/cases/" + matter.String(), `value="` + find + `"`}, []string{"find=", "?after="})
		for _, part := range strings.Split(w.Body.String(), `href="`)[1:] {
			if href, _, _ := strings.Cut(part, `"`); strings.Contains(href, url.QueryEscape(find)) || strings.Contains(href, find) {
				t.Errorf("%s stands in %s", find, href)
			}
		}
	}
	wantPage(t, b.post("/lawyer", url.Values{"find": {"هیچ"}}), http.StatusOK, []string{"پیدا نشد", `value="هیچ"`}, []string{matter.String()})
	if w := b.post("/cases", url.Values{"case_number": {"۱۴۰۵-۱۲۳۴۵۶۷۸۹۰۱۲۳۴"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/cases/"+matter.String() {
		t.Errorf("a number leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	wantPage(t, b.post("/cases", url.Values{"case_number": {"1"}}), http.StatusOK, []string{"پرونده‌ای با این شماره"}, []string{matter.String()})
	wantPage(t, b.post("/cases", url.Values{"case_number": {"***"}}), http.StatusUnprocessableEntity, []string{`href="#f-case_number"`}, nil)
}

func TestOwnReference(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: counsel, language: Persian}
	if w := b.post("/lawyer/"+power.String()+"/reference", url.Values{"reference": {" باغ ۲ "}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/lawyer" {
		t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	if len(h.references) != 1 || h.references[0] != "باغ ۲" {
		t.Errorf("kept %q", h.references)
	}
	if w := b.post("/lawyer/"+former.String()+"/reference", url.Values{"reference": {"x"}}); w.Code != http.StatusNotFound {
		t.Errorf("another's: %d", w.Code)
	}
}

// Days are whole days of Tehran: a term goes to the end of its last day.
func TestRegisterCounselAtTheDesk(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: clerk, language: Persian}
	path := "/cases/" + matter.String()
	form := func(more ...string) url.Values {
		v := url.Values{"lawyer_national_id": {goodID}, "client_national_id": {goodID}, "scope": {"read"}, "from_day": {"۱۴۰۵/۱۰/۲۰"}, "until_day": {"2027-01-10"}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	for field, bad := range map[string]url.Values{
		"lawyer_national_id": form("lawyer_national_id", strangerID), "client_national_id": form("client_national_id", "12"), "scope": form("scope", ""),
		"from_day": form("from_day", "فردا"), "until_day": form("from_day", "1405/10/25"),
	} {
		w := b.post(path+"/attorneys", bad)
		wantPage(t, w, http.StatusUnprocessableEntity, []string{`href="#f-` + field + `"`, `id="e-` + field + `"`, `value="` + goodID + `"`}, nil)
	}
	if w := b.post(path+"/attorneys", form()); w.Code != http.StatusSeeOther || w.Header().Get("Location") != path {
		t.Fatalf("%d to %s: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	want := enrol.NewAttorney{Case: matter, Lawyer: fakeID(50), Client: fakeID(50), Scope: hub.AttorneyRead,
		From: time.Date(2027, 1, 9, 20, 30, 0, 0, time.UTC), Until: time.Date(2027, 1, 10, 20, 30, 0, 0, time.UTC)}
	if len(h.registered) != 1 || h.registered[0] != want {
		t.Errorf("registered %+v, want %+v", h.registered, want)
	}
	wantPage(t, b.post(path+"/attorneys", form()), http.StatusUnprocessableEntity, []string{"هم‌اکنون در این پرونده"}, nil)
}

// Who takes over acts for the same client, whatever else the form says, and says why the former power ends.
func TestHandOverAndEndAtTheDesk(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: clerk, language: Persian}
	path := "/cases/" + matter.String()
	form := url.Values{"lawyer_national_id": {goodID}, "scope": {"full"}, "replaces": {power.String()}, "client_national_id": {strangerID}}
	wantPage(t, b.post(path+"/attorneys", form), http.StatusUnprocessableEntity, []string{`id="e-end_reason"`, `name="replaces" value="` + power.String()}, nil)
	form.Set("end_reason", "lawyer_died")
	if w := b.post(path+"/attorneys", form); w.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	if n := h.registered[0]; n.Client != citizen || n.Replaces != power || n.Reason != hub.AttorneyDied || !n.From.IsZero() || !n.Until.IsZero() {
		t.Errorf("handed over %+v", n)
	}
	end := path + "/attorneys/" + power.String() + "/end"
	wantPage(t, b.post(end, url.Values{"end_reason": {""}}), http.StatusUnprocessableEntity, []string{`id="e-end_reason"`}, nil)
	if w := b.post(end, url.Values{"end_reason": {"dismissed"}}); w.Code != http.StatusSeeOther || len(h.endings) != 1 || h.endings[0] != power.String()+" dismissed" {
		t.Errorf("%d, ended %v", w.Code, h.endings)
	}
	b.person = citizen
	if w := b.post(end, url.Values{"end_reason": {"dismissed"}}); w.Code != http.StatusForbidden {
		t.Errorf("a party ends it: %d", w.Code)
	}
}

func TestAppointAndDismiss(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: director, language: Persian}
	form := url.Values{"representative_national_id": {goodID}, "representative_role": {"manager"}, "until_day": {"1405/10/20"}}
	wantPage(t, b.post("/representatives", form), http.StatusUnprocessableEntity, []string{`id="e-mobile"`, `value="` + goodID + `"`, `<option value="manager" selected>`}, nil)
	form.Set("mobile", "09120000007")
	if w := b.post("/representatives", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/representatives" {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	want := enrol.NewRepresentative{LegalPerson: company, NationalID: goodID, Mobile: "09120000007", Role: hub.RoleManager,
		Until: time.Date(2027, 1, 10, 20, 30, 0, 0, time.UTC)}
	if h.appointed[0] != want {
		t.Errorf("appointed %+v, want %+v", h.appointed[0], want)
	}
	form.Set("representative_national_id", strangerID)
	wantPage(t, b.post("/representatives", form), http.StatusUnprocessableEntity, []string{"با این شناسهٔ ملی و این شمارهٔ همراه"}, nil)
	if w := b.post("/representatives/"+deputy.String()+"/end", nil); w.Code != http.StatusSeeOther || len(h.endings) != 1 {
		t.Errorf("%d, ended %v", w.Code, h.endings)
	}
	wantPage(t, b.post("/representatives/"+fakeID(115).String()+"/end", nil), http.StatusConflict, []string{"آخرین صاحب حساب"}, nil)

	h.owners = true
	w := b.post("/representatives/"+fakeID(115).String()+"/end", nil)
	if gone := w.Header().Values("Set-Cookie"); w.Header().Get("Location") != "/account" || !strings.Contains(strings.Join(gone, " "), actingCookie+"=;") {
		t.Errorf("who ends their own power goes to %s with %v", w.Header().Get("Location"), gone)
	}

	b.person = officer
	office := "/office/recipients/" + company.String()
	form = url.Values{"representative_national_id": {goodID}, "representative_role": {"owner"}}
	if w := b.post(office+"/representatives", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != office || len(h.appointed) != 2 {
		t.Errorf("at the office: %d to %s", w.Code, w.Header().Get("Location"))
	}
	if w := b.post(office+"/representatives/"+deputy.String()+"/end", nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != office {
		t.Errorf("at the office: %d to %s", w.Code, w.Header().Get("Location"))
	}
	for _, stranger := range []hub.ID{citizen, counsel, clerk} {
		b.person = stranger
		if w := b.post("/representatives", form); w.Code != http.StatusForbidden {
			t.Errorf("a stranger appoints: %d", w.Code)
		}
	}
}

// A term that ends at midnight in Tehran goes to the end of the day before; any other moment is said as it is.
func TestUntil(t *testing.T) {
	texts, err := readCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := tehran()
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time][2]string{
		time.Date(2027, 1, 10, 20, 30, 0, 0, time.UTC): {"پایان ۲۰ دی ۱۴۰۵", "the end of 10 January 2027"},
		time.Date(2027, 1, 10, 20, 30, 1, 0, time.UTC): {"۲۱ دی ۱۴۰۵، ساعت ۰۰:۰۰:۰۱", "11 January 2027, 00:00:01"},
	} {
		for i, l := range languages {
			if got := (dates{texts[l], zone}).until(at); got != want[i] {
				t.Errorf("%v in %s: %q, want %q", at, l, got, want[i])
			}
		}
	}
}
