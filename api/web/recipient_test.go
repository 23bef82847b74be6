package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"eblagh/hub"
)

func TestEnrol(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: officer, language: Persian}
	fields := url.Values{"person_kind": {"legal"}, "national_id": {"10380284790"}, "name": {"شرکت نمونه"}, "given_name": {"مانده"},
		"representative": {goodID}, "mobile": {"09120000007"}, "residence": {"abroad"}, "language": {"en"}}
	w := b.post("/office", fields)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/office/recipients/"+fakeID(50).String() {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	if got := h.enrolled[0]; got.Kind != hub.PersonLegal || got.Name != "شرکت نمونه" || got.Representative != goodID || got.GivenName != "" || got.Residence != hub.ResidenceAbroad {
		t.Errorf("enrolled %+v", got)
	}
}

func TestEnrolNamesEveryField(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: officer, language: Persian}
	w := b.post("/office", url.Values{"national_id": {"0076229646"}, "mobile": {"123"}, "given_name": {"مریم"}})
	wantPage(t, w, http.StatusUnprocessableEntity, []string{"شناسهٔ ملی درست نیست", "شمارهٔ همراه ایرانی درست نیست", `value="مریم"`}, nil)
	w = b.post("/office", url.Values{"national_id": {strangerID}, "mobile": {"09120000007"}})
	wantPage(t, w, http.StatusUnprocessableEntity, []string{"این شخص پیش‌تر ثبت شده است"}, nil)
}

// No personal data in addresses: the number travels in the body.
func TestLookup(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: officer, language: Persian}
	w := b.post("/office/lookup", url.Values{"lookup_national_id": {goodID}})
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || strings.Contains(to, goodID) {
		t.Errorf("%d to %q", w.Code, to)
	}
	w = b.post("/office/lookup", url.Values{"lookup_national_id": {strangerID}})
	wantPage(t, w, http.StatusUnprocessableEntity, []string{"کسی با این شناسهٔ ملی", `name="next" value="/office"`}, nil)
}

func TestSendActivationAgain(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: officer, language: Persian}
	path := "/office/recipients/" + fakeID(50).String() + "/activation"
	if w := b.post(path, nil); w.Code != http.StatusSeeOther || h.codesSent != 1 {
		t.Errorf("%d, %d codes", w.Code, h.codesSent)
	}
	h.fault = hub.Refuse(hub.CodeWrongState, "")
	wantPage(t, b.post(path, nil), http.StatusConflict, []string{"این کار دیگر ممکن نیست"}, nil)
}
