package api_test

import (
	"net/http"
	"strings"
	"testing"

	"eblagh/hub"
)

const lawyersID, companysID = "0012345679", "10380284790"

// lawyer is a citizen with the role.
func (w *world) lawyer(nationalID, mobile string) (*client, string) {
	w.t.Helper()
	c, id := w.citizen(nationalID, mobile)
	w.made(w.admin, "/v1/staff", `{"national_id":"`+nationalID+`","role":"lawyer"}`)
	return c, id
}

// submitted hands a paper in and lets it arrive.
func (w *world) submitted(body string) string {
	w.t.Helper()
	id := w.made(w.court, "/v1/notices", body)
	w.arrive()
	return id
}

// A lawyer's whole life in a case: registered, served, reading after E.1, replaced.
func TestCounselInACase(t *testing.T) {
	w := newWorld(t)
	citizen, client := w.citizen("0076229645", "09120000001")
	first, lawyer := w.lawyer(lawyersID, "09120000002")
	second, successor := w.lawyer("1583250689", "09120000003")
	notice := w.submitted(`{"reference":"r-1","kind":"judgment","case":{"number":"140312345678901234","subject":"matter"},
		"addressee":{"recipient_id":"` + client + `"},"subject":"secret","capacity":"defendant"}`)
	matter := w.court.want(200, "GET", "/v1/cases?number=140312345678901234", "").text("items", 0, "id")

	first.refused(404, hub.CodeNotFound, "GET", "/v1/cases/"+matter, "")
	w.court.refused(422, hub.CodeValidation, "POST", "/v1/cases/"+matter+"/attorneys", `{"lawyer_id":"`+client+`","client_id":"`+lawyer+`","scope":"all"}`)
	served := `{"reference":"r-2","kind":"judgment","case":{"number":"140312345678901234"},"addressee":{"recipient_id":"` + lawyer + `"},
		"subject":"for counsel","capacity":"counsel","on_behalf_of":{"recipient_id":"` + client + `"}}`
	w.court.refused(422, hub.CodeValidation, "POST", "/v1/notices", served)
	attorney := w.made(w.court, "/v1/cases/"+matter+"/attorneys", `{"lawyer_id":"`+lawyer+`","client_id":"`+client+`","scope":"full","from":"2026-01-01T00:00:00Z"}`)
	w.court.refused(409, hub.CodeWrongState, "POST", "/v1/cases/"+matter+"/attorneys", `{"lawyer_id":"`+lawyer+`","client_id":"`+client+`","scope":"read"}`)
	own := w.submitted(served)

	cover := first.want(200, "GET", "/v1/cases/"+matter, "")
	cover.mustNotHold("secret", "for counsel", `"capacity"`)
	if cover.count("notices") != 2 || cover.text("attorneys", 0, "id") != attorney {
		t.Errorf("counsel sees %s", cover.body)
	}
	first.refused(404, hub.CodeNotFound, "GET", "/v1/notices/"+notice, "")
	first.refused(404, hub.CodeNotFound, "POST", "/v1/inbox/"+notice+"/open", "")
	opened := first.want(200, "POST", "/v1/inbox/"+own+"/open", "")
	if opened.text("addressee", "on_behalf_of") != client || opened.text("addressee", "capacity") != "counsel" {
		t.Errorf("service on counsel: %s", opened.body)
	}
	citizen.want(200, "POST", "/v1/inbox/"+notice+"/open", "")
	if got := first.want(200, "GET", "/v1/notices/"+notice, ""); got.text("subject") != "secret" || got.count("deliveries") != 0 {
		t.Errorf("after E.1 counsel sees %s", got.body)
	}

	w.court.refused(422, hub.CodeValidation, "POST", "/v1/cases/"+matter+"/attorneys",
		`{"lawyer_id":"`+successor+`","client_id":"`+client+`","scope":"full","replaces":"`+attorney+`"}`)
	w.made(w.court, "/v1/cases/"+matter+"/attorneys",
		`{"lawyer_id":"`+successor+`","client_id":"`+client+`","scope":"read","replaces":"`+attorney+`","reason":"lawyer_died"}`)
	first.refused(404, hub.CodeNotFound, "GET", "/v1/notices/"+notice, "")
	if got := first.want(200, "GET", "/v1/cases/"+matter, ""); got.count("notices") != 1 { // their own, as its addressee
		t.Errorf("who was replaced sees %s", got.body)
	}
	second.want(200, "GET", "/v1/notices/"+notice, "")
	history := w.court.want(200, "GET", "/v1/cases/"+matter, "")
	if history.count("attorneys") != 2 || history.text("attorneys", 1, "end_reason") != "lawyer_died" || history.text("attorneys", 0, "replaces") != attorney {
		t.Errorf("history: %s", history.body)
	}
	current := history.text("attorneys", 0, "id")
	w.office.refused(404, hub.CodeNotFound, "DELETE", "/v1/cases/"+matter+"/attorneys/"+current, "")
	w.court.want(http.StatusNoContent, "DELETE", "/v1/cases/"+matter+"/attorneys/"+current+"?reason=resigned", "")
	w.court.refused(404, hub.CodeNotFound, "DELETE", "/v1/cases/"+matter+"/attorneys/"+current, "")
	second.refused(404, hub.CodeNotFound, "GET", "/v1/notices/"+notice, "")
	citizen.want(200, "GET", "/v1/cases/"+matter, "")
}

// A company acts through its owner, manager and reader, each as far as their role goes, and to the minute.
func TestActingForALegalPerson(t *testing.T) {
	w := newWorld(t)
	owner, ownerID := w.citizen("0076229645", "09120000001")
	manager, _ := w.citizen(lawyersID, "09120000002")
	company := w.made(w.office, "/v1/recipients", `{"kind":"legal","national_id":"`+companysID+`","name":"Demo","mobile":"09120000009","representative":"0076229645"}`)
	w.activate(companysID)
	notice := w.submitted(`{"reference":"r-1","kind":"judgment","case":{"number":"1"},"addressee":{"recipient_id":"` + company + `"},"subject":"secret"}`)
	second := w.submitted(`{"reference":"r-2","kind":"judgment","case":{"number":"1"},"addressee":{"recipient_id":"` + company + `"},"subject":"secret"}`)
	acting := []string{"Acting-For", company}

	if me := owner.want(200, "GET", "/v1/me", ""); me.text("represents", 0, "legal_person_id") != company || me.text("represents", 0, "role") != "owner" {
		t.Errorf("me: %s", me.body)
	}
	if me := owner.want(200, "GET", "/v1/me", "", acting...); me.text("acting_for") != company || me.text("person", "name") != "Demo" {
		t.Errorf("acting: %s", me.body)
	}
	if own := owner.want(200, "GET", "/v1/inbox", ""); own.count("items") != 0 {
		t.Errorf("by default one is oneself: %s", own.body)
	}
	if theirs := owner.want(200, "GET", "/v1/inbox", "", acting...); theirs.count("items") != 2 {
		t.Errorf("the company's inbox: %s", theirs.body)
	}
	for _, header := range []string{company, ownerID, "x"} {
		manager.refused(403, hub.CodeForbidden, "GET", "/v1/inbox", "", "Acting-For", header)
	}

	list := "/v1/recipients/" + company + "/representatives"
	owner.refused(403, hub.CodeForbidden, "POST", list, `{"national_id":"`+lawyersID+`","role":"manager"}`)
	owner.refused(422, hub.CodeValidation, "POST", list, `{"national_id":"`+lawyersID+`","role":"manager"}`, acting...)
	owner.refused(422, hub.CodeValidation, "POST", list, `{"national_id":"`+lawyersID+`","mobile":"09120000001","role":"manager"}`, acting...)
	appointed := owner.want(201, "POST", list, `{"national_id":"`+lawyersID+`","mobile":"09120000002","role":"reader"}`, acting...).text("id")
	owner.refused(409, hub.CodeWrongState, "POST", list, `{"national_id":"`+lawyersID+`","mobile":"09120000002","role":"manager"}`, acting...)
	manager.refused(403, hub.CodeForbidden, "POST", "/v1/inbox/"+notice+"/open", "", acting...)
	owner.want(204, "DELETE", list+"/"+appointed, "", acting...)
	manager.refused(403, hub.CodeForbidden, "GET", "/v1/inbox", "", acting...)
	manager.refused(404, hub.CodeNotFound, "POST", "/v1/inbox/"+notice+"/open", "")
	owner.want(201, "POST", list, `{"national_id":"`+lawyersID+`","mobile":"09120000002","role":"manager"}`, acting...)

	for range 2 {
		manager.want(200, "POST", "/v1/inbox/"+notice+"/open", "", acting...)
	}
	receipts := manager.want(200, "GET", "/v1/notices/"+notice+"/receipts", "", acting...)
	var opens int
	for i := range receipts.count("items") {
		if receipts.text("items", i, "code") == "E.1" {
			opens++
			if receipts.text("items", i, "actor", "kind") != "delegate" || receipts.text("items", i, "details", "role") != "manager" {
				t.Errorf("E.1: %s", receipts.body)
			}
		}
	}
	if opens != 1 {
		t.Errorf("%d E.1", opens)
	}
	last := owner.want(200, "GET", list, "", acting...)
	for i := range last.count("items") {
		if last.text("items", i, "role") == "owner" {
			owner.refused(409, hub.CodeWrongState, "DELETE", list+"/"+last.text("items", i, "id"), "", acting...)
		}
	}
	owner.want(200, "POST", "/v1/inbox/"+second+"/open", "", acting...)
}

// A lawyer's own list: what stands on each power of attorney, and a reference that nobody else sees.
func TestOwnPowersOfAttorney(t *testing.T) {
	w := newWorld(t)
	citizen, client := w.citizen("0076229645", "09120000001")
	lawyer, lawyerID := w.lawyer(lawyersID, "09120000002")
	w.submitted(`{"reference":"r-1","kind":"judgment","case":{"number":"140312345678901234","archive_number":"0300001","subject":"matter"},
		"addressee":{"recipient_id":"` + client + `"},"subject":"secret"}`)
	matter := w.court.want(200, "GET", "/v1/cases?number=140312345678901234", "").text("items", 0, "id")
	attorney := w.made(w.court, "/v1/cases/"+matter+"/attorneys", `{"lawyer_id":"`+lawyerID+`","client_id":"`+client+`","scope":"full","from":"2026-01-01T00:00:00Z"}`)

	lawyer.want(204, "PATCH", "/v1/attorneys/"+attorney, `{"reference":"مربوط به باغ"}`)
	held := lawyer.want(200, "GET", "/v1/attorneys?state=in_force", "")
	held.mustNotHold("secret", "matter")
	if held.count("items") != 1 || held.text("items", 0, "attorney", "id") != attorney || held.text("items", 0, "reference") != "مربوط به باغ" ||
		held.text("items", 0, "case_number") != "140312345678901234" || held.text("items", 0, "newest", "kind") != "judgment" {
		t.Errorf("the lawyer holds %s", held.body)
	}
	w.court.want(200, "GET", "/v1/cases/"+matter, "").mustNotHold("باغ")
	long := `{"reference":"` + strings.Repeat("x", 101) + `"}`
	lawyer.refused(422, hub.CodeValidation, "PATCH", "/v1/attorneys/"+attorney, long)
	lawyer.refused(404, hub.CodeNotFound, "PATCH", "/v1/attorneys/"+matter, `{"reference":"x"}`)
	citizen.refused(403, hub.CodeForbidden, "GET", "/v1/attorneys", "")

	w.court.want(204, "DELETE", "/v1/cases/"+matter+"/attorneys/"+attorney+"?reason=client_died", "")
	over := lawyer.want(200, "GET", "/v1/attorneys?state=over", "")
	over.mustNotHold("newest", "judgment")
	if over.count("items") != 1 || over.text("items", 0, "attorney", "end_reason") != "client_died" || over.text("items", 0, "client_name") == "" {
		t.Errorf("after the end: %s", over.body)
	}
}
