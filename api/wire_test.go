package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"eblagh/hub"
)

// safeBuffer takes logs from many goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String gives what was written.
func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

const (
	sara    = "0012345679"
	reza    = "0084575948"
	mobile  = "+989905550001"
	subject = "موضوع-پنهان"
	body    = "متن-پنهان"
)

func paperFor(reference, nationalID, documents string) string {
	return fmt.Sprintf(`{"reference":%q,"kind":"hearing_notice","capacity":"defendant","case":{"number":"140312345678901234","subject":%q},
		"addressee":{"national_id":%q},"subject":%q,"body":%q,"documents":[%s]}`, reference, subject, nationalID, subject, body, documents)
}

// The whole way of a paper, as API.md tells it.
func TestAPaperReachesItsAddressee(t *testing.T) {
	w := newWorld(t)
	citizen, recipient := w.citizen(sara, mobile)
	other, _ := w.citizen(reza, "+989905550002")
	pdf, err := os.ReadFile("../docs/example/hearing-notice.pdf")
	if err != nil {
		t.Fatal(err)
	}
	uploaded := w.court.want(201, "POST", "/v1/documents?filename=ab.pdf", string(pdf))
	document := uploaded.text("id")
	if again := w.court.want(201, "POST", "/v1/documents?filename=ab.pdf", string(pdf)); again.text("id") != document {
		t.Error("the same bytes got another id")
	}
	submitted := w.court.want(201, "POST", "/v1/notices", paperFor("r-1", sara, `"`+document+`"`))
	notice := submitted.text("id")
	if submitted.header.Get("Location") != "/v1/notices/"+notice || submitted.text("service", "status") != "pending" ||
		submitted.text("service", "rule") == "" || submitted.count("service", "due_dates") != 0 ||
		submitted.text("addressee", "recipient_id") != recipient || submitted.count("deliveries") != 2 {
		t.Errorf("submitted: %s", submitted.body)
	}
	citizen.refused(404, hub.CodeNotFound, "POST", "/v1/inbox/"+notice+"/open", "") // not there yet
	w.arrive()

	unopened := citizen.want(200, "GET", "/v1/inbox", "")
	if unopened.text("items", 0, "notice", "id") != notice || unopened.at("items", 0, "cursor") != 1.0 || unopened.text("items", 0, "notice", "opening_means") == "" {
		t.Errorf("inbox: %s", unopened.body)
	}
	unopened.mustNotHold(subject, body, document, "140312345678901234", "defendant")
	citizen.refused(404, hub.CodeNotFound, "GET", "/v1/inbox/"+notice+"/documents/"+document, "")
	citizen.want(200, "GET", "/v1/notices/"+notice+"/receipts", "").mustNotHold(subject, "defendant")
	other.refused(404, hub.CodeNotFound, "POST", "/v1/inbox/"+notice+"/open", "")
	if mine := other.want(200, "GET", "/v1/inbox", ""); mine.count("items") != 0 {
		t.Errorf("another's inbox: %s", mine.body)
	}

	opened := citizen.want(200, "POST", "/v1/inbox/"+notice+"/open", "")
	if opened.text("subject") != subject || opened.text("body") != body || opened.text("documents", 0, "id") != document ||
		opened.text("service", "status") != "actual" || opened.text("opened_at") == "" {
		t.Errorf("opened: %s", opened.body)
	}
	if again := citizen.want(200, "POST", "/v1/inbox/"+notice+"/open", ""); !bytes.Equal(again.body, opened.body) {
		t.Errorf("opened again: %s", again.body)
	}
	got := citizen.want(200, "GET", "/v1/inbox/"+notice+"/documents/"+document, "")
	if !bytes.Equal(got.body, pdf) || got.header.Get("ETag") != `"`+uploaded.text("sha256")+`"` || got.header.Get("Content-Type") != "application/pdf" ||
		!strings.HasPrefix(got.header.Get("Content-Security-Policy"), "sandbox") || got.header.Get("Cache-Control") != "no-store" ||
		!strings.Contains(got.header.Get("Content-Disposition"), "ab.pdf") {
		t.Errorf("document: %v", got.header)
	}
	if full := citizen.want(200, "GET", "/v1/inbox?state=opened", ""); full.text("items", 0, "notice", "subject") != subject {
		t.Errorf("opened in the inbox: %s", full.body)
	}

	receipts := w.court.want(200, "GET", "/v1/notices/"+notice+"/receipts", "")
	var codes []string
	for i := range receipts.count("items") {
		codes = append(codes, receipts.text("items", i, "code"))
	}
	if fmt.Sprint(codes) != "[A.1 D.1 E.1]" {
		t.Errorf("receipts %v", codes)
	}
	w.court.refused(409, hub.CodeWrongState, "POST", "/v1/notices/"+notice+"/cancel", "")
	other.refused(403, hub.CodeForbidden, "GET", "/v1/notices/"+notice, "")
	w.office.refused(404, hub.CodeNotFound, "GET", "/v1/notices/"+notice, "")
	if logs := w.logs.String(); strings.Contains(logs, sara) || strings.Contains(logs, subject) || strings.Contains(logs, mobile) {
		t.Errorf("personal data in the logs: %.1000s", logs)
	}
}

func TestNoticesAreListedAndWithdrawn(t *testing.T) {
	w := newWorld(t)
	w.citizen(sara, mobile)
	for i := range 5 {
		w.court.want(201, "POST", "/v1/notices", paperFor(fmt.Sprintf("r-%d", i), sara, ""))
	}
	seen, after := 0, ""
	for {
		page := w.court.want(200, "GET", "/v1/notices?limit=2&case_number=140312345678901234&delivery_status=pending&after="+after, "")
		if seen += page.count("items"); page.text("next") == "" {
			break
		}
		after = page.text("next")
	}
	if seen != 5 {
		t.Errorf("%d notices in all pages", seen)
	}
	w.court.refused(422, hub.CodeValidation, "GET", "/v1/notices?after=nonsense", "")
	id := w.court.want(200, "GET", "/v1/notices?reference=r-3", "").text("items", 0, "id")
	gone := w.court.want(200, "POST", "/v1/notices/"+id+"/cancel", "")
	if gone.text("service", "status") != "cancelled" || gone.text("deliveries", 0, "status") != "cancelled" {
		t.Errorf("cancelled: %s", gone.body)
	}
	if list := w.court.want(200, "GET", "/v1/notices?service_status=cancelled", ""); list.count("items") != 1 {
		t.Errorf("cancelled ones: %s", list.body)
	}
}

func TestRefusalsOfTheDomain(t *testing.T) {
	w := newWorld(t)
	w.citizen(sara, mobile)
	first := w.court.want(201, "POST", "/v1/notices", paperFor("r", sara, "")).text("id")
	if again := w.court.refused(409, hub.CodeDuplicateReference, "POST", "/v1/notices", paperFor("r", sara, "")); again.text("notice") != first {
		t.Errorf("duplicate: %s", again.body)
	}
	w.court.refused(422, hub.CodeNotEnrolled, "POST", "/v1/notices", paperFor("s", reza, ""))
	w.office.refused(409, hub.CodeAlreadyEnrolled, "POST", "/v1/recipients", `{"kind":"natural","national_id":"`+sara+`","given_name":"a","family_name":"b","mobile":"`+mobile+`"}`)
	w.court.refused(415, hub.CodeUnsupportedDocument, "POST", "/v1/documents", "%PDF-1.7 but no more")
	w.court.refused(403, hub.CodeForbidden, "POST", "/v1/recipients", `{}`)
	w.nobody().refused(401, hub.CodeUnauthorized, "GET", "/v1/notices/"+first, "")
	w.admin.refused(422, hub.CodeValidation, "POST", "/v1/branches", `{"code":"B-1","name":"again"}`)
	all := w.court.refused(422, hub.CodeValidation, "POST", "/v1/notices", `{"reference":"","kind":"nope","channels":["sms"],"addressee":{"national_id":"1"},"case":{},"subject":""}`)
	for _, pointer := range []string{"/reference", "/kind", "/channels", "/addressee/national_id", "/case/number", "/subject"} {
		if !strings.Contains(string(all.body), `"pointer":"`+pointer+`"`) {
			t.Errorf("%s is not named: %s", pointer, all.body)
		}
	}
}

// API.md: same key and body replays, another body is refused, of two at once one wins.
func TestIdempotencyOverPostgres(t *testing.T) {
	w := newWorld(t)
	w.citizen(sara, mobile)
	batch := `{"notices":[` + paperFor("b-0", sara, "") + `,` + paperFor("b-1", reza, "") + `,` + paperFor("b-0", sara, "") + `]}`
	first := w.court.want(200, "POST", "/v1/notices/batch", batch, "Idempotency-Key", "k")
	if first.at("results", 0, "status") != 201.0 || first.at("results", 1, "status") != 422.0 || first.at("results", 2, "status") != 409.0 ||
		first.text("results", 2, "problem", "notice") != first.text("results", 0, "notice", "id") {
		t.Fatalf("batch: %s", first.body)
	}
	again := w.court.want(200, "POST", "/v1/notices/batch", batch, "Idempotency-Key", "k")
	if !bytes.Equal(first.body, again.body) || again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("the answer was not replayed")
	}
	w.court.refused(422, hub.CodeIdempotencyMismatch, "POST", "/v1/notices/batch", batch+" ", "Idempotency-Key", "k")
	const many = 8
	var group sync.WaitGroup
	answers := make([]result, many)
	for i := range many {
		group.Go(func() {
			answers[i] = w.court.do("POST", "/v1/notices", paperFor("once", sara, ""), "Idempotency-Key", "race")
		})
	}
	group.Wait()
	won := 0
	for _, a := range answers {
		switch {
		case a.status == 201 && a.header.Get("Idempotency-Replayed") == "":
			won++
		case a.status == 201, a.status == 409 && a.text("type") == "https://eblagh.invalid/problems/idempotency-in-flight":
		default:
			t.Errorf("one of many: %d %s", a.status, a.body)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d ran", won, many)
	}
	if list := w.court.want(200, "GET", "/v1/notices?reference=once", ""); list.count("items") != 1 {
		t.Errorf("submitted: %s", list.body)
	}
}

func TestSessionsBeginAndEnd(t *testing.T) {
	w := newWorld(t)
	phone, person := w.citizen(sara, mobile)
	desk := w.nobody()
	w.signIn(desk, sara)
	me := desk.want(200, "GET", "/v1/me", "")
	if me.text("id") != person || me.text("kind") != "person" || me.text("roles", 0, "role") != "citizen" || me.text("person", "mobile") != mobile {
		t.Errorf("me: %s", me.body)
	}
	list := desk.want(200, "GET", "/v1/sessions", "")
	if list.count("items") != 2 {
		t.Fatalf("sessions: %s", list.body)
	}
	for i := range 2 {
		if list.at("items", i, "current") == false {
			desk.want(204, "DELETE", "/v1/sessions/"+list.text("items", i, "id"), "")
			desk.refused(404, hub.CodeNotFound, "DELETE", "/v1/sessions/"+list.text("items", i, "id"), "")
		}
	}
	phone.refused(401, hub.CodeUnauthorized, "GET", "/v1/me", "")
	desk.refused(403, hub.CodeForbidden, "DELETE", "/v1/session", "", "Sec-Fetch-Site", "cross-site")
	desk.want(204, "DELETE", "/v1/session", "")
	desk.refused(401, hub.CodeUnauthorized, "GET", "/v1/me", "")
	// Who is enrolled cannot be found out, and a code works once.
	stranger := w.nobody()
	challenge := stranger.want(202, "POST", "/v1/session", `{"national_id":"`+reza+`","personal_code":"1"}`).text("challenge")
	stranger.refused(401, hub.CodeUnauthorized, "POST", "/v1/session/verify", `{"challenge":"`+challenge+`","code":"`+w.code(challenge)+`"}`)
	wrong := stranger.want(202, "POST", "/v1/session", `{"national_id":"`+sara+`","personal_code":"1111111111"}`).text("challenge")
	stranger.refused(401, hub.CodeUnauthorized, "POST", "/v1/session/verify", `{"challenge":"`+wrong+`","code":"`+w.code(wrong)+`"}`)
	stranger.refused(422, hub.CodeValidation, "POST", "/v1/session/verify", `{"challenge":"x","code":"1"}`)
	right := stranger.want(202, "POST", "/v1/session", `{"national_id":"`+sara+`","personal_code":"`+personalCode+`"}`).text("challenge")
	stranger.want(200, "POST", "/v1/session/verify", `{"challenge":"`+right+`","code":"`+w.code(right)+`"}`)
	w.nobody().refused(401, hub.CodeUnauthorized, "POST", "/v1/session/verify", `{"challenge":"`+right+`","code":"`+w.code(right)+`"}`)
}

func TestContactsAndOrganisations(t *testing.T) {
	w := newWorld(t)
	citizen, id := w.citizen(sara, mobile)
	path := "/v1/recipients/" + id
	pending := citizen.want(http.StatusAccepted, "PATCH", path, `{"mobile":"0990 555 0009"}`)
	challenge := pending.text("challenge")
	if pending.text("mobile") != mobile || challenge == "" {
		t.Errorf("own change: %s", pending.body)
	}
	citizen.refused(401, hub.CodeUnauthorized, "POST", path+"/contact/confirm", `{"challenge":"`+challenge+`","code":"000000"}`)
	changed := citizen.want(200, "POST", path+"/contact/confirm", `{"challenge":"`+challenge+`","code":"`+w.code(challenge)+`"}`)
	if changed.text("mobile") != "+989905550009" {
		t.Errorf("confirmed: %s", changed.body)
	}
	if zone := changed.text("time_zone"); zone != "Asia/Tehran" {
		t.Errorf("time zone %q", zone)
	}
	for _, wrong := range []string{"", "Local", "Mars/Olympus", "../etc/passwd", "+03:30"} {
		refused := w.office.refused(422, hub.CodeValidation, "PATCH", path, `{"time_zone":"`+wrong+`"}`)
		if refused.text("errors", 0, "pointer") != "/time_zone" || wrong != "" && strings.Contains(string(refused.body), wrong) {
			t.Errorf("%q: %s", wrong, refused.body)
		}
	}
	if moved := citizen.want(200, "PATCH", path, `{"time_zone":"Europe/Berlin"}`); moved.text("time_zone") != "Europe/Berlin" || moved.text("mobile") != "+989905550009" {
		t.Errorf("moved: %s", moved.body)
	}
	if clerk := w.office.want(200, "PATCH", path, `{"mobile":"09905550008","email":"a@example.org"}`); clerk.text("mobile") != "+989905550008" || clerk.text("email") != "a@example.org" {
		t.Errorf("a clerk's change: %s", clerk.body)
	}
	if found := w.court.want(200, "POST", "/v1/recipients/lookup", `{"national_id":"`+sara+`"}`); found.text("id") != id || found.text("mobile") != "" {
		t.Errorf("lookup by a court: %s", found.body)
	}
	w.office.refused(404, hub.CodeNotFound, "POST", "/v1/recipients/lookup", `{"national_id":"`+reza+`"}`)
	w.office.refused(409, hub.CodeWrongState, "POST", path+"/activation", "")
	waiting := w.made(w.office, "/v1/recipients", `{"kind":"natural","national_id":"`+reza+`","given_name":"a","family_name":"b","mobile":"09905550003"}`)
	w.office.want(202, "POST", "/v1/recipients/"+waiting+"/activation", "")

	grant := w.made(w.admin, "/v1/staff", `{"national_id":"`+sara+`","given_name":"a","family_name":"b","mobile":"09905550001","role":"court_clerk","organisation_id":"`+w.branch+`"}`)
	if me := citizen.want(200, "GET", "/v1/me", ""); me.text("roles", 1, "role") != "court_clerk" || me.text("roles", 1, "organisation_id") != w.branch {
		t.Errorf("with a role: %s", me.body)
	}
	w.admin.refused(422, hub.CodeValidation, "PATCH", "/v1/staff/"+grant, `{"disabled":false}`)
	w.admin.want(200, "PATCH", "/v1/staff/"+grant, `{"disabled":true}`)
	if got := w.admin.want(200, "GET", "/v1/staff/"+grant, ""); got.text("revoked_at") == "" {
		t.Errorf("revoked: %s", got.body)
	}
	w.admin.refused(404, hub.CodeNotFound, "GET", "/v1/offices/"+w.branch, "")
	if list := w.admin.want(200, "GET", "/v1/branches", ""); list.count("items") != 1 || list.text("items", 0, "name") != "شعبه نمونه" {
		t.Errorf("branches: %s", list.body)
	}
	w.admin.want(200, "PATCH", "/v1/branches/"+w.branch, `{"name":"شعبه دیگر"}`)
	if own := w.court.want(200, "GET", "/v1/branches/"+w.branch, ""); own.text("name") != "شعبه دیگر" {
		t.Errorf("renamed: %s", own.body)
	}
	w.admin.want(200, "PATCH", "/v1/branches/"+w.branch, `{"disabled":true}`)
	w.court.want(401, "GET", "/v1/notices", "")
	if lanes := w.system(hub.RoleOperator, hub.ID{}).want(200, "GET", "/v1/lanes", ""); lanes.count("items") != len(hub.Lanes) {
		t.Errorf("lanes: %s", lanes.body)
	}
}
