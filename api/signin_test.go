package api_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres/pgtest"
)

// staff makes a clerk of the branch who has not signed in yet.
func (w *world) staff(nationalID, mobile string) *client {
	w.t.Helper()
	c, _ := w.citizen(nationalID, mobile)
	w.made(w.admin, "/v1/staff", `{"national_id":"`+nationalID+`","role":"court_clerk","organisation_id":"`+w.branch+`"}`)
	return c
}

// takeFactor sets up the second factor that staff need.
func (c *client) takeFactor() {
	c.t.Helper()
	secret := c.want(http.StatusCreated, "POST", "/v1/second-factor", "").text("secret")
	code := must(enrol.FactorCode(secret, time.Now()))
	c.want(http.StatusOK, "POST", "/v1/second-factor/confirm", `{"code":"`+code+`"}`)
}

// cookie is what the client holds by a name.
func (c *client) cookie(name string) string {
	c.t.Helper()
	r, _ := http.NewRequest("GET", c.base, nil)
	for _, k := range c.http.Jar.Cookies(r.URL) {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

// Staff are let in and led to set up a second factor before anything else; with it they sign in by three steps, and
// each rise of privilege gives them another token.
func TestStaffNeedASecondFactor(t *testing.T) {
	w := newWorld(t)
	c := w.staff("0076229645", "09120000001")
	for _, call := range [][2]string{{"GET", "/v1/notices"}, {"GET", "/v1/inbox"}, {"GET", "/v1/sessions"}, {"DELETE", "/v1/second-factor"}, {"GET", "/v1/branches"}} {
		c.refused(http.StatusForbidden, hub.CodeSecondFactor, call[0], call[1], "")
	}
	if me := c.want(http.StatusOK, "GET", "/v1/me", ""); me.at("needs_second_factor") != true {
		t.Errorf("me: %s", me.body)
	}
	planted := c.cookie("eblagh_session")
	secret := c.want(http.StatusCreated, "POST", "/v1/second-factor", "").text("secret")
	c.refused(http.StatusUnprocessableEntity, hub.CodeValidation, "POST", "/v1/second-factor/confirm", `{"code":"000000"}`)
	code := must(enrol.FactorCode(secret, time.Now()))
	if n := c.want(http.StatusOK, "POST", "/v1/second-factor/confirm", `{"code":"`+code+`"}`).count("recovery_codes"); n != 10 {
		t.Errorf("%d recovery codes", n)
	}
	if c.cookie("eblagh_session") == planted {
		t.Error("the token is the same after the rise")
	}
	c.want(http.StatusOK, "GET", "/v1/notices", "")
	old := w.nobody()
	old.want(http.StatusUnauthorized, "GET", "/v1/me", "", "Cookie", "eblagh_session="+planted)

	again := w.nobody()
	first := again.want(http.StatusAccepted, "POST", "/v1/session", `{"national_id":"0076229645","personal_code":"`+personalCode+`"}`).text("challenge")
	second := again.want(http.StatusAccepted, "POST", "/v1/session/verify", `{"challenge":"`+first+`","code":"`+w.code(first)+`"}`)
	if second.text("second_factor") != "totp" || again.cookie("eblagh_session") != "" {
		t.Fatalf("after two steps: %s, cookie %q", second.body, again.cookie("eblagh_session"))
	}
	verify := func(code string) string {
		return `{"challenge":"` + second.text("challenge") + `","code":"` + code + `"}`
	}
	again.refused(http.StatusUnauthorized, hub.CodeUnauthorized, "POST", "/v1/session/verify", verify(code)) // used to set it up
	next := must(enrol.FactorCode(secret, time.Now().Add(30*time.Second)))
	if me := again.want(http.StatusOK, "POST", "/v1/session/verify", verify(next)); me.text("second_factor") != "totp" {
		t.Errorf("signed in as %s", me.body)
	}
	again.want(http.StatusOK, "GET", "/v1/notices", "")
	again.refused(http.StatusConflict, hub.CodeWrongState, "DELETE", "/v1/second-factor", "")
	w.exec(`DELETE FROM sessions WHERE convert_from(data, 'UTF8') LIKE '%"proof":"' || $1 || '"%'`, second.text("challenge"))
	if again.do("GET", "/v1/notices", "").status != http.StatusUnauthorized {
		t.Error("the session does not stand on the challenge")
	}
}

// A sign-in within five minutes suffices; after that a code does, once, and the token changes.
func TestConfirmOnTheWire(t *testing.T) {
	w := newWorld(t)
	c, _ := w.citizen("0076229645", "09120000001")
	c.want(http.StatusNoContent, "POST", "/v1/session/confirm", "")
	c.want(http.StatusNoContent, "POST", "/v1/session/confirm", "{}")
	w.age(c, 6*time.Minute)
	ask := c.want(http.StatusAccepted, "POST", "/v1/session/confirm", "")
	challenge, before := ask.text("challenge"), c.cookie("eblagh_session")
	body := `{"challenge":"` + challenge + `","code":"` + w.code(challenge) + `"}`
	other, _ := w.citizen("1583250689", "09120000003")
	other.refused(http.StatusUnauthorized, hub.CodeUnauthorized, "POST", "/v1/session/confirm", body)
	c.refused(http.StatusUnauthorized, hub.CodeUnauthorized, "POST", "/v1/session/confirm", `{"challenge":"`+challenge+`","code":"000000"}`)
	c.want(http.StatusNoContent, "POST", "/v1/session/confirm", body)
	if c.cookie("eblagh_session") == before {
		t.Error("the token is the same after confirming")
	}
	c.want(http.StatusNoContent, "POST", "/v1/session/confirm", "")
	c.refused(http.StatusUnauthorized, hub.CodeUnauthorized, "POST", "/v1/session/confirm", body)
	w.court.refused(http.StatusForbidden, hub.CodeForbidden, "POST", "/v1/session/confirm", "{}")
	w.nobody().refused(http.StatusUnauthorized, hub.CodeUnauthorized, "POST", "/v1/session/confirm", "")
	foreign := c.do("POST", "/v1/session/confirm", "", "Sec-Fetch-Site", "cross-site")
	if foreign.status != http.StatusForbidden {
		t.Errorf("from a page of another site: %d", foreign.status)
	}
}

// age lets the session of a client have begun longer ago.
func (w *world) age(c *client, by time.Duration) {
	w.t.Helper()
	me := c.want(http.StatusOK, "GET", "/v1/me", "")
	was := me.text("signed_in_at")
	then := must(time.Parse(time.RFC3339Nano, was)).Add(-by).Format(time.RFC3339Nano)
	w.exec(`UPDATE sessions SET data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"signed_in_at":"[^"]*"', '"signed_in_at":"' || $1 || '"'), 'UTF8')
		WHERE person = $2`, then, me.text("id"))
}

// exec changes the database past everything, as the superuser.
func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	db := must(sql.Open("pgx", pgtest.URL(w.t)))
	defer db.Close()
	if _, err := db.ExecContext(w.t.Context(), query, args...); err != nil {
		w.t.Fatal(err)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t)
	c, _ := w.citizen("0076229645", "09120000001")
	second, third := w.nobody(), w.nobody()
	w.signIn(second, "0076229645")
	w.signIn(third, "0076229645")
	list := c.want(http.StatusOK, "GET", "/v1/sessions", "")
	if list.count("items") != 3 || strings.Count(string(list.body), `"current":true`) != 1 {
		t.Fatalf("sessions: %s", list.body)
	}
	other, _ := w.citizen("1583250689", "09120000003")
	other.refused(http.StatusNotFound, hub.CodeNotFound, "DELETE", "/v1/sessions/"+list.text("items", 0, "id"), "")
	c.want(http.StatusNoContent, "DELETE", "/v1/sessions/"+list.text("items", 0, "id"), "")
	third.want(http.StatusUnauthorized, "GET", "/v1/me", "")
	c.want(http.StatusNoContent, "DELETE", "/v1/sessions", "")
	second.want(http.StatusUnauthorized, "GET", "/v1/me", "")
	c.want(http.StatusOK, "GET", "/v1/me", "")
	other.want(http.StatusOK, "GET", "/v1/me", "")
}

// Too many tries say when there is room again, to somebody and nobody alike.
func TestTooManySignInsSayWhenToTryAgain(t *testing.T) {
	w := newWorld(t)
	w.citizen("0076229645", "09120000001")
	for _, id := range []string{"0076229645", "0013542419"} {
		c := w.nobody()
		body := `{"national_id":"` + id + `","personal_code":"1029384756"}`
		for range 10 {
			c.want(http.StatusAccepted, "POST", "/v1/session", body)
		}
		refused := c.refused(http.StatusTooManyRequests, hub.CodeRateLimited, "POST", "/v1/session", body)
		if wait := refused.header.Get("Retry-After"); wait == "" || wait == "0" || len(wait) > 3 {
			t.Errorf("Retry-After %q", wait)
		}
	}
}
