package web

import (
	"net/http"
	"strings"
	"testing"
)

// Promise 8: nobody reads a paper by accident.
func TestCoverUntilOpened(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: citizen, language: Persian}
	item := "/inbox/" + newer.String()
	hidden := []string{secretSubject, secretBody, "دادنامه.pdf", "140512345678901234", "۱۴۰۵۱۲۳۴۵۶۷۸۹۰۱۲۳۴"}
	for range 3 { // looking again does not open it
		wantPage(t, b.get(item), http.StatusOK, []string{"ابلاغیه را باز می‌کنم"}, hidden)
	}
	wantPage(t, b.get("/inbox?state=unopened"), http.StatusOK, []string{newer.String()}, append(hidden, older.String()))
	if w := b.get(item + "/documents/" + scanned.String()); w.Code != http.StatusNotFound {
		t.Errorf("its document answers %d", w.Code)
	}
	if w := b.get(item + "/open"); w.Code == http.StatusSeeOther || w.Code == http.StatusOK {
		t.Errorf("a link opens it: %d", w.Code)
	}
	if w := b.post(item+"/open", nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != item {
		t.Fatalf("opening answers %d to %q", w.Code, w.Header().Get("Location"))
	}
	wantPage(t, b.get(item), http.StatusOK, []string{secretSubject, secretBody, "ابلاغ واقعی"}, nil)
}

func TestInboxListAlone(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: citizen, language: Persian,
		headers: map[string]string{"HX-Request": "true", "HX-Target": "inbox"}}
	w := b.get("/inbox?state=unopened")
	wantPage(t, w, http.StatusOK, []string{`id="inbox"`, `hx-get="/inbox?state=unopened"`}, []string{"<html", "<main"})
	b.headers = nil
	wantPage(t, b.get("/inbox?after=mark"), http.StatusOK, []string{"تازه‌ترین‌ها"}, []string{"data-live"})
}

func TestDocumentStandsInOurOwnFramesOnly(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: citizen, language: Persian}
	w := b.get("/inbox/" + older.String() + "/documents/" + scanned.String())
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN",
		"Content-Disposition": "inline; filename*=utf-8''%D8%AF%D8%A7%D8%AF%D9%86%D8%A7%D9%85%D9%87.pdf", "Cache-Control": "no-store",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'self'") {
		t.Errorf("policy of a document: %s", csp)
	}
	if !strings.HasPrefix(w.Body.String(), "%PDF") {
		t.Error("these are not the bytes")
	}
}

func TestNoticesOfOthersDoNotExist(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), person: clerk, language: Persian}
	for _, path := range []string{"/inbox/" + newer.String(), "/inbox/no-id", "/court/notices/no-id"} {
		wantPage(t, b.get(path), http.StatusNotFound, []string{"این صفحه پیدا نشد"}, []string{secretSubject})
	}
	b.person = citizen
	for _, path := range []string{"/court", "/court/new", "/court/notices/" + newer.String(), "/office", "/operator"} {
		if w := b.get(path); w.Code != http.StatusForbidden {
			t.Errorf("%s answers a citizen %d", path, w.Code)
		}
	}
}
