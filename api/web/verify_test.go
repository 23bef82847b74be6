package web

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/ledger/ledgertest"
)

const knownCertificate = "65695156c2db4c9265c506c63364a8a8"

func (h *fakeHub) LogKeys(context.Context) ([]string, error) { return h.keys, nil }

func (h *fakeHub) Issued(_ context.Context, id string) (time.Time, error) {
	if id == knownCertificate {
		return noon, nil
	}
	return time.Time{}, hub.ErrNotFound
}

func TestVerifyPageTellsOfACertificate(t *testing.T) {
	b := browser{t: t, site: newSite(t, newFakeHub()), language: English}
	for query, want := range map[string]string{
		"": "Check evidence", "?certificate=" + knownCertificate: "was issued here", "?certificate=" + strings.Repeat("0", 32): "No certificate",
		"?certificate=<script>": "Check evidence",
	} {
		w := b.get("/verify" + query)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) || strings.Contains(w.Body.String(), "=<script>") {
			t.Errorf("%q: %d, without %q", query, w.Code, want)
		}
	}
}

// A bundle is checked as eblagh verify would, in the visitor's language, and what failed is named.
func TestVerifyPageChecksABundle(t *testing.T) {
	log := ledgertest.New(t)
	r := ledgertest.Receipt(hub.NewID(log.Time), hub.EventContentConsignment, log.Time.Add(-time.Minute))
	text, err := log.Bundle([]ledger.Receipt{r}, log.Append(r), nil).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	h := newFakeHub()
	h.keys = []string{log.Signers[0].VerifierKey()}
	b := browser{t: t, site: newSite(t, h), language: English}
	if w := b.check(text); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Everything that was given holds") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	text[len(text)/2] ^= 1
	if w := b.check(text); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Tampered with") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := b.check(nil); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a bundle: %d", w.Code)
	}
}

// check sends the form with a bundle; nil sends none.
func (b browser) check(bundle []byte) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if bundle != nil {
		part, _ := form.CreateFormFile("bundle", "bundle.json")
		_, _ = part.Write(bundle)
	}
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, "/verify", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(r)
}
