package api_test

import (
	"testing"

	"eblagh/hub"
)

// A held submitter's texts wait, visibly pending, until an operator releases them.
func TestAChannelIsHeldAndReleased(t *testing.T) {
	w := newWorld(t)
	w.citizen(sara, mobile)
	operator, auditor := w.system(hub.RoleOperator, hub.ID{}), w.system(hub.RoleAuditor, hub.ID{})
	good := `{"channel":"inbox","submitter":"` + w.branch + `","reason":"demo"}`
	w.court.refused(403, hub.CodeForbidden, "POST", "/v1/holds", good)
	auditor.refused(403, hub.CodeForbidden, "POST", "/v1/holds", good)
	w.nobody().refused(401, hub.CodeUnauthorized, "POST", "/v1/holds", good)
	for _, wrong := range []string{`{"reason":"demo"}`, `{"channel":"live","reason":"demo"}`, `{"channel":"sms"}`,
		`{"channel":"sms","provider":"x","reason":"demo"}`, `{"submitter":"01a20b63-5512-7346-aa13-735df623b226","reason":"demo"}`} {
		operator.refused(422, hub.CodeValidation, "POST", "/v1/holds", wrong)
	}
	held := operator.want(201, "POST", "/v1/holds", good, "Idempotency-Key", "k")
	id := held.text("id")
	if held.text("channel") != "inbox" || held.text("submitter") != w.branch || held.text("reason") != "demo" || held.text("created_by") == "" {
		t.Errorf("held: %s", held.body)
	}
	if again := operator.want(201, "POST", "/v1/holds", good, "Idempotency-Key", "k"); again.text("id") != id {
		t.Errorf("the same call: %s", again.body)
	}
	if list := auditor.want(200, "GET", "/v1/holds", ""); list.count("items") != 1 || list.text("items", 0, "id") != id {
		t.Errorf("holds: %s", list.body)
	}
	w.court.refused(403, hub.CodeForbidden, "GET", "/v1/holds", "")

	notice := "/v1/notices/" + w.made(w.court, "/v1/notices", paperFor("r-1", sara, ""))
	w.arrive()
	if got := w.court.want(200, "GET", notice, ""); got.text("arrived_at") != "" || got.text("deliveries", 0, "status") != "pending" {
		t.Errorf("while held: %s", got.body)
	}
	w.court.refused(403, hub.CodeForbidden, "DELETE", "/v1/holds/"+id, "")
	operator.want(204, "DELETE", "/v1/holds/"+id, "")
	operator.refused(404, hub.CodeNotFound, "DELETE", "/v1/holds/"+id, "")
	w.arrive()
	if got := w.court.want(200, "GET", notice, ""); got.text("arrived_at") == "" {
		t.Errorf("released: %s", got.body)
	}
	if list := operator.want(200, "GET", "/v1/holds", ""); list.count("items") != 0 {
		t.Errorf("holds after the release: %s", list.body)
	}
}
