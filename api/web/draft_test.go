package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"eblagh/hub"
)

func TestDraftIsDecidedOnItsPage(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: clerk}
	others, own := "/court/drafts/"+othersDraft.String(), "/court/drafts/"+returnedDraft.String()
	wantRedirect := func(w *httptest.ResponseRecorder, to string) {
		t.Helper()
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != to {
			t.Errorf("%d to %s, want %s", w.Code, w.Header().Get("Location"), to)
		}
	}
	wantRedirect(b.post(others+"/approve", url.Values{}), "/court/notices/"+newer.String())
	wantPage(t, b.post(own+"/approve", url.Values{}), http.StatusUnprocessableEntity, []string{"حساب خود را فعال نکرده"}, nil)
	wantRedirect(b.post(others+"/return", url.Values{"return_reason": {"نادرست"}}), "/court/drafts")
	wantPage(t, b.post(others+"/return", url.Values{"return_reason": {" "}}), http.StatusUnprocessableEntity,
		[]string{`aria-invalid="true"`, secretSubject}, nil)
	wantRedirect(b.post(own+"/withdraw", url.Values{}), "/court/drafts")
}

// Who edits a returned paper loses nothing that the form has no field for.
func TestReturnedDraftIsEdited(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: clerk}
	path := "/court/drafts/" + returnedDraft.String() + "/edit"
	wantPage(t, b.get(path), http.StatusOK, []string{`action="` + path + `"`, `value="` + goodID + `"`, secretBody, "12:05", "دادنامه.pdf"}, nil)
	wantPage(t, b.get("/court/drafts/"+othersDraft.String()+"/edit"), http.StatusNotFound, nil, []string{secretBody})

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"reference": "desk-1", "addressee": goodID, "case_number": "1", "kind": "summons",
		"subject": "درست", "priority": "urgent"} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := b.do(r)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != "/court/drafts/"+fakeID(86).String() {
		t.Fatal(w.Code, to, w.Body)
	}
	if p := h.submitted["resubmitted"]; p.Subject != "درست" || p.Case.Subject != "خواسته" || len(p.Channels) != 2 || p.Channels[1] != hub.ChannelSMS {
		t.Errorf("submitted %+v", p)
	}
}

func TestFourEyesPage(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: judge}
	path := "/court/four-eyes/" + branch.String()
	for state, want := range map[string]int{"all": http.StatusSeeOther, "none": http.StatusConflict, "both": http.StatusUnprocessableEntity} {
		if w := b.post(path, url.Values{"four_eyes": {state}}); w.Code != want {
			t.Errorf("%s: %d, want %d", state, w.Code, want)
		}
	}
	if w := b.post(path, url.Values{"four_eyes": {"none"}}); !strings.Contains(w.Body.String(), "در انتظار است") {
		t.Error("the page does not say why")
	}
	b.person = clerk
	wantPage(t, b.get("/court/four-eyes"), http.StatusForbidden, nil, nil)
}
