package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
)

const anotherMobile = "09120000009"

// officer is a service officer of the branch with a session, and their id.
func (w *world) officer(nationalID, mobile string) (*client, string) {
	w.t.Helper()
	c, id := w.citizen(nationalID, mobile)
	w.made(w.admin, "/v1/staff", `{"national_id":"`+nationalID+`","given_name":"نمونه","family_name":"آزمون","mobile":"`+mobile+
		`","role":"service_officer","organisation_id":"`+w.branch+`"}`)
	c.takeFactor()
	return c, id
}

// summons is an unopened paper of a kind that officers carry.
func (w *world) summons(to string) string {
	w.t.Helper()
	notice := w.made(w.court, "/v1/notices", strings.Replace(paperFor("r-1", to, ""), `"hearing_notice"`, `"summons"`, 1))
	return notice
}

// A court gives an unopened summons to its officers; one takes it, prints it and returns: all over the wire, with its
// receipts, and with nothing of the paper on the way but to who carries it.
func TestAPaperIsCarried(t *testing.T) {
	w := newWorld(t)
	addressee, id := w.citizen(sara, mobile)
	officer, _ := w.officer(reza, anotherMobile)
	notice := w.summons(sara)
	hand := "/v1/notices/" + notice + "/hand-over"
	w.court.refused(409, hub.CodeWrongState, "POST", hand, "")
	w.arrive()
	officer.refused(403, hub.CodeForbidden, "POST", hand, "")
	w.office.refused(404, hub.CodeNotFound, "POST", hand, "")
	if got := w.court.want(200, "GET", "/v1/notices/"+notice, ""); got.text("ladder", "next") != "second_sms" || got.text("ladder", "next_at") == "" {
		t.Errorf("ladder: %s", got.body)
	}
	w.office.want(200, "PATCH", "/v1/recipients/"+id, `{"address":"demo street 1"}`)
	handed := w.court.want(200, "POST", hand, "")
	if handed.text("ladder", "officer_task", "state") != "open" || handed.text("ladder", "done", 0, "rung") != "paper" {
		t.Fatalf("handed over: %s", handed.body)
	}
	w.court.refused(409, hub.CodeWrongState, "POST", hand, "")

	w.court.refused(403, hub.CodeForbidden, "GET", "/v1/officer-tasks", "")
	addressee.refused(403, hub.CodeForbidden, "GET", "/v1/officer-tasks", "")
	w.nobody().refused(401, hub.CodeUnauthorized, "GET", "/v1/officer-tasks", "")
	officer.refused(422, hub.CodeValidation, "GET", "/v1/officer-tasks?state=lost", "")
	list := officer.want(200, "GET", "/v1/officer-tasks", "")
	list.mustNotHold("subject", "body", sara)
	if list.count("items") != 1 || list.text("items", 0, "recipient", "address") != "demo street 1" || list.text("items", 0, "notice", "id") != notice {
		t.Fatalf("tasks: %s", list.body)
	}
	task := "/v1/officer-tasks/" + list.text("items", 0, "id")
	officer.refused(409, hub.CodeWrongState, "GET", task+"/paper", "")
	w.receipted(notice, hub.EventContentAccess, 0)
	for range 2 {
		if got := officer.want(200, "POST", task+"/take", ""); got.text("state") != "taken" || got.text("taken_at") == "" {
			t.Errorf("taken: %s", got.body)
		}
	}
	officer.want(200, "GET", task+"/paper", "")
	officer.refused(404, hub.CodeNotFound, "GET", task+"/documents/"+notice, "")
	w.receipted(notice, hub.EventContentAccess, 1)
	w.returned(officer, task, notice)
}

// returned lets the officer report, wrongly, rightly, twice, and with a correction.
func (w *world) returned(officer *client, task, notice string) {
	w.t.Helper()
	bad := officer.refused(422, hub.CodeValidation, "POST", task+"/return", `{"outcome":"to_household","receiver":"demo receiver","place":" "}`)
	for _, pointer := range []string{"/relation", "/place", "/served_at"} {
		if !strings.Contains(string(bad.body), `"pointer":"`+pointer+`"`) {
			w.t.Errorf("%s is not told: %s", pointer, bad.body)
		}
	}
	bad.mustNotHold("demo receiver")
	good := map[string]any{"outcome": "to_household", "relation": "spouse", "receiver": "demo receiver", "place": "demo place",
		"served_at": time.Now().UTC().Format(time.RFC3339)}
	back := officer.want(201, "POST", task+"/return", encode(good), "Idempotency-Key", "k")
	if back.text("date_words") == "" || back.header.Get("Location") != task {
		w.t.Errorf("returned: %s", back.body)
	}
	if again := officer.want(201, "POST", task+"/return", encode(good), "Idempotency-Key", "k"); again.text("id") != back.text("id") ||
		again.header.Get("Idempotency-Replayed") != "true" {
		w.t.Errorf("the same call: %s", again.body)
	}
	officer.refused(409, hub.CodeWrongState, "POST", task+"/return", encode(good))
	good["corrects"], good["note"] = back.text("id"), "demo note"
	officer.want(201, "POST", task+"/return", encode(good))
	got := w.court.want(200, "GET", "/v1/notices/"+notice, "")
	if got.count("ladder", "officer_task", "returns") != 2 || got.text("ladder", "officer_task", "returns", 1, "corrects") != back.text("id") ||
		got.text("ladder", "officer_task", "returns", 0, "receiver") != "demo receiver" || got.text("ladder", "officer_task", "state") != "returned" {
		w.t.Errorf("the court sees: %s", got.body)
	}
	if got.text("service", "status") != "constructive" {
		w.t.Errorf("the law's answer changed: %s", got.body)
	}
	w.receipted(notice, hub.EventRelay, 1)
	w.receipted(notice, hub.EventRelayReturn, 2)
	over := officer.want(200, "GET", task, "")
	if over.count("returns") != 2 || over.text("recipient", "address") != "" || over.text("recipient", "name") != "" {
		w.t.Errorf("over: %s", over.body)
	}
}

func encode(v any) string { return string(must(json.Marshal(v))) }

// receipted counts a notice's receipts of one event; receipts show no name and no place.
func (w *world) receipted(notice string, event hub.Event, want int) {
	w.t.Helper()
	got := w.court.want(http.StatusOK, "GET", "/v1/notices/"+notice+"/receipts", "")
	got.mustNotHold("demo")
	n := 0
	for i := range got.count("items") {
		if got.text("items", i, "event") == string(event) {
			n++
		}
	}
	if n != want {
		w.t.Errorf("%d receipts %s, want %d", n, event, want)
	}
}

// Opened in the app before the return: the task is withdrawn, and nobody learns any more where the addressee lives.
func TestACarriedPaperIsOpened(t *testing.T) {
	w := newWorld(t)
	addressee, id := w.citizen(sara, mobile)
	officer, _ := w.officer(reza, anotherMobile)
	notice := w.summons(sara)
	w.office.want(200, "PATCH", "/v1/recipients/"+id, `{"address":"demo street 1"}`)
	w.arrive()
	w.court.want(200, "POST", "/v1/notices/"+notice+"/hand-over", "")
	task := "/v1/officer-tasks/" + officer.want(200, "GET", "/v1/officer-tasks?state=open", "").text("items", 0, "id")
	addressee.want(200, "POST", "/v1/inbox/"+notice+"/open", "")
	officer.refused(409, hub.CodeWrongState, "POST", task+"/take", "")
	got := officer.want(200, "GET", task, "")
	got.mustNotHold("demo street")
	if got.text("state") != "withdrawn" || got.text("reason") != "opened" {
		t.Errorf("task: %s", got.body)
	}
	w.receipted(notice, hub.EventRelayWithdrawn, 1)
	w.court.refused(409, hub.CodeWrongState, "POST", "/v1/notices/"+notice+"/hand-over", "")
}
