package api_test

import (
	"testing"

	"eblagh/hub"
)

// What was served is corrected by another notice; the two name each other, and neither opens the other.
func TestACorrectionIsLinkedBothWays(t *testing.T) {
	w := newWorld(t)
	citizen, _ := w.citizen(sara, mobile)
	w.citizen(reza, "+989905550002")
	first := w.made(w.court, "/v1/notices", paperFor("r-1", sara, ""))
	path := "/v1/notices/" + first + "/correct"
	w.court.refused(409, hub.CodeWrongState, "POST", path, paperFor("r-2", sara, ""))
	w.arrive()
	w.office.refused(404, hub.CodeNotFound, "POST", path, paperFor("r-2", sara, ""))
	citizen.refused(403, hub.CodeForbidden, "POST", path, paperFor("r-2", sara, ""))
	w.court.refused(422, hub.CodeValidation, "POST", path, paperFor("r-2", reza, ""))
	w.court.refused(409, hub.CodeDuplicateReference, "POST", path, paperFor("r-1", sara, ""))
	w.court.refused(404, hub.CodeNotFound, "POST", "/v1/notices/x/correct", paperFor("r-2", sara, ""))

	made := w.court.want(201, "POST", path, paperFor("r-2", sara, ""), "Idempotency-Key", "k")
	second := made.text("id")
	if made.text("corrects") != first || made.header.Get("Location") != "/v1/notices/"+second || made.text("service", "status") != "pending" {
		t.Errorf("correction: %s", made.body)
	}
	if again := w.court.want(201, "POST", path, paperFor("r-2", sara, ""), "Idempotency-Key", "k"); again.text("id") != second {
		t.Errorf("the same call: %s", again.body)
	}
	w.court.refused(409, hub.CodeWrongState, "POST", path, paperFor("r-3", sara, ""))
	if got := w.court.want(200, "GET", "/v1/notices/"+first, ""); got.text("corrected_by") != second || got.text("service", "status") != "constructive" {
		t.Errorf("corrected: %s", got.body)
	}
	if got := w.court.want(200, "GET", "/v1/notices/"+second, ""); got.text("corrects") != first {
		t.Errorf("correction read: %s", got.body)
	}

	if opened := citizen.want(200, "POST", "/v1/inbox/"+first+"/open", ""); opened.text("corrected_by") != "" {
		t.Errorf("a correction shows before it arrived: %s", opened.body)
	}
	w.arrive()
	citizen.want(200, "GET", "/v1/inbox?state=unopened", "").mustNotHold(first, subject)
	if opened := citizen.want(200, "POST", "/v1/inbox/"+first+"/open", ""); opened.text("corrected_by") != second {
		t.Errorf("opened: %s", opened.body)
	}
	if opened := citizen.want(200, "POST", "/v1/inbox/"+second+"/open", ""); opened.text("corrects") != first {
		t.Errorf("the correction opened: %s", opened.body)
	}
}
