package api_test

import (
	"strings"
	"testing"

	"eblagh/hub"
)

// Where a delivery stands, and why, for its submitter and for operators, and for nobody else; nothing of the paper shows.
func TestDeliveriesAreExplained(t *testing.T) {
	w := newWorld(t)
	person, _ := w.citizen(sara, mobile)
	operator, auditor := w.system(hub.RoleOperator, hub.ID{}), w.system(hub.RoleAuditor, hub.ID{})
	notice := w.made(w.court, "/v1/notices", paperFor("r-1", sara, ""))
	got := w.court.want(200, "GET", "/v1/notices/"+notice, "")
	by := map[string]string{}
	for i := range 2 {
		by[got.text("deliveries", i, "channel")] = "/v1/deliveries/" + got.text("deliveries", i, "id")
	}
	inbox, sms := by["inbox"], by["sms"]

	if d := operator.want(200, "GET", sms, ""); d.text("why", "cause") != "arrival" || d.text("notice_id") != notice || !strings.Contains(d.text("why", "text"), "arrived") {
		t.Errorf("before the arrival: %s", d.body)
	}
	if d := w.court.want(200, "GET", inbox, ""); d.text("why", "cause") != "turn" || d.text("priority") != "normal" {
		t.Errorf("its turn: %s", d.body)
	}
	person.refused(403, hub.CodeForbidden, "GET", sms, "")
	w.nobody().refused(401, hub.CodeUnauthorized, "GET", sms, "")
	w.office.refused(404, hub.CodeNotFound, "GET", sms, "")
	operator.refused(404, hub.CodeNotFound, "GET", "/v1/deliveries/"+notice, "")

	hold := operator.want(201, "POST", "/v1/holds", `{"channel":"inbox","reason":"flood in the archive"}`).text("id")
	if d := operator.want(200, "GET", inbox, ""); d.text("why", "cause") != "held" || d.text("why", "hold", "id") != hold || d.text("why", "hold", "reason") == "" {
		t.Errorf("held: %s", d.body)
	}
	if d := w.court.want(200, "GET", inbox, ""); d.text("why", "cause") != "held" || strings.Contains(string(d.body), "flood") || strings.Contains(string(d.body), hold) {
		t.Errorf("held, for the court: %s", d.body)
	}
	operator.want(204, "DELETE", "/v1/holds/"+hold, "")
	w.arrive()
	if d := auditor.want(200, "GET", inbox, ""); d.text("why", "cause") != "delivered" {
		t.Errorf("arrived: %s", d.body)
	}
	list := operator.want(200, "GET", "/v1/deliveries?notice_id="+notice, "")
	if list.count("items") != 2 || strings.Contains(string(list.body), sara) {
		t.Errorf("of the notice: %s", list.body)
	}
	w.office.refused(404, hub.CodeNotFound, "GET", "/v1/deliveries?notice_id="+notice, "")
	for _, query := range []string{"", "?list=dead&notice_id=" + notice, "?list=nonsense", "?notice_id=x", "?list=late&after=x"} {
		operator.refused(422, hub.CodeValidation, "GET", "/v1/deliveries"+query, "")
	}
	w.court.refused(403, hub.CodeForbidden, "GET", "/v1/deliveries?list=dead", "")
	for _, name := range []string{"dead", "doubtful", "late"} {
		if list := operator.want(200, "GET", "/v1/deliveries?list="+name, ""); list.count("items") != 0 {
			t.Errorf("%s: %s", name, list.body)
		}
	}
}
