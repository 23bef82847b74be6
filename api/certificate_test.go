package api

import (
	"net/http"
	"testing"

	"eblagh/hub"
)

func TestCertificateIsAFile(t *testing.T) {
	b := newBench(t)
	path := "/v1/notices/" + hub.NewID(hub.SystemClock()).String() + "/certificate"
	w := b.call("GET", path+"?language=en", "")
	h := w.Header()
	if w.Code != http.StatusOK || h.Get("Content-Type") != "application/pdf" || h.Get("ETag") != `"said"` ||
		h.Get("Content-Disposition") != "attachment; filename=certificate.pdf" || h.Get("Cache-Control") != "no-store" ||
		w.Body.String() != "%PDF-1.7" {
		t.Fatalf("%d %v %q", w.Code, h, w.Body)
	}
	wantProblem(t, b.call("GET", path+"?language=de", ""), http.StatusUnprocessableEntity, hub.CodeValidation)
	wantProblem(t, b.call("GET", "/v1/notices/7/certificate", ""), http.StatusNotFound, hub.CodeNotFound)
	wantProblem(t, b.call("GET", path, "", "Authorization", ""), http.StatusUnauthorized, hub.CodeUnauthorized)
	b.refuse = hub.Refuse(hub.CodeWrongState, "not opened")
	wantProblem(t, b.call("GET", path, ""), http.StatusConflict, hub.CodeWrongState)
}
