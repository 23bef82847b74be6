package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Where papers wait, the answer says that there is a draft and no notice; the same call is answered with the same draft.
func TestSubmittedAsADraft(t *testing.T) {
	b := newBench(t)
	b.fake.drafts = true
	for range 2 {
		w := b.call("POST", "/v1/notices", draftBody("r-1"), "Idempotency-Key", "k")
		var d Draft
		if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != http.StatusAccepted {
			t.Fatal(w.Code, w.Body, err)
		}
		if d.Object != "draft" || d.State != "waiting" || !strings.Contains(d.Means, "no notice") || d.MadeBy.Kind != "key" ||
			w.Header().Get("Location") != "/v1/drafts/"+d.ID {
			t.Errorf("%s: %+v", w.Header().Get("Location"), d)
		}
		if strings.Contains(w.Body.String(), `"number"`) || strings.Contains(w.Body.String(), `"deliveries"`) {
			t.Errorf("a draft looks like a notice: %s", w.Body)
		}
	}
	if len(b.fake.submitted) != 1 {
		t.Errorf("submitted %d times", len(b.fake.submitted))
	}
	w := b.call("POST", "/v1/notices/batch", `{"notices":[`+draftBody("r-2")+`,`+draftBody("")+`]}`)
	var batch BatchAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &batch); err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body, err)
	}
	if r := batch.Results[0]; r.Status != http.StatusAccepted || r.Draft == nil || r.Notice != nil || r.Problem != nil {
		t.Errorf("of a batch: %+v", r)
	}
	if r := batch.Results[1]; r.Status != http.StatusUnprocessableEntity || r.Draft != nil {
		t.Errorf("of a batch, refused: %+v", r)
	}
}

func draftBody(reference string) string {
	return `{"reference":"` + reference + `","case":{"number":"1"},"kind":"order","addressee":{"national_id":"0076229645"},"subject":"s"}`
}
