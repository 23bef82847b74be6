package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/argon2id"

	"eblagh/hub"
)

const citizensCode = "4815162342"

// knowsCode gives the citizen a personal code.
func (w *matrixWorld) knowsCode() {
	w.Helper()
	id := w.people["the citizen"]
	hash, err := argon2id.CreateHash(w.app.domain.vault.Pepper(id, citizensCode),
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16})
	w.ok(err)
	w.exec(`UPDATE persons SET personal_code = $2 WHERE id = $1`, id, hash)
}

// begins is the first step of signing in, on the wire.
func (w *matrixWorld) begins(nationalID, personalCode string) (matrixAnswer, hub.ID) {
	w.Helper()
	a := w.call(w.T, matrixCall{pattern: "POST /v1/session"}, matrixRow{
		body: fmt.Sprintf(`{"national_id":%q,"personal_code":%q}`, nationalID, personalCode)}, w.named("nobody"), nil)
	var begun struct{ Challenge string }
	if err := json.Unmarshal(a.body, &begun); err != nil || a.status != http.StatusAccepted {
		w.Fatalf("%d %s", a.status, a.body)
	}
	return a, mustID(w.T, begun.Challenge)
}

// One code makes one session, however many hands it is in at once, on the wire and on the pages; afterwards none. The
// session that the browser was given before is dead, whoever planted it.
func TestOneCodeMakesOneSession(t *testing.T) {
	w := newMatrixWorld(t)
	w.knowsCode()
	_, challenge := w.begins(w.numbers["the citizen"], citizensCode)
	code := w.app.domain.vault.Code(challenge, 6)
	planted := w.session(w.people["a stranger"])
	finish := func(page bool) string {
		c, row := matrixCall{pattern: "POST /v1/session/verify", outside: true}, matrixRow{body: fmt.Sprintf(`{"challenge":%q,"code":%q}`, challenge, code)}
		cookies := planted.String()
		if page {
			c, row = matrixCall{pattern: "POST /sign-in/code", page: true, outside: true}, matrixRow{body: "code=" + code + "&next=/"}
			cookies += "; eblagh_challenge=" + challenge.String()
		}
		a := w.call(t, c, row, matrixPrincipal{}, nil, "Cookie", cookies)
		for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
			if cookie.Name == planted.Name && cookie.Value != "" {
				return cookie.Value
			}
		}
		return ""
	}
	const hands = 12
	before, made := w.sessionsOf("the citizen"), make([]string, hands)
	var all sync.WaitGroup
	for i := range hands {
		all.Go(func() { made[i] = finish(i%2 == 0) })
	}
	all.Wait()
	made = slices.DeleteFunc(made, func(token string) bool { return token == "" })
	if len(made) != 1 || w.sessionsOf("the citizen") != before+1 {
		t.Errorf("%d tokens, %d sessions more", len(made), w.sessionsOf("the citizen")-before)
	}
	if again := finish(true) + finish(false); again != "" {
		t.Error("a code that was used makes another session")
	}
	for _, token := range made {
		if token == planted.Value {
			t.Error("the planted token is in use")
		}
		a := w.call(t, matrixCall{pattern: "GET /v1/me", outside: true}, matrixRow{}, matrixPrincipal{}, nil, "Cookie", planted.Name+"="+token)
		if a.status != http.StatusOK || !strings.Contains(string(a.body), w.people["the citizen"].String()) {
			t.Errorf("the session is %d %s", a.status, a.body)
		}
	}
	if a := w.call(t, matrixCall{pattern: "GET /v1/me", outside: true}, matrixRow{}, matrixPrincipal{}, nil, "Cookie", planted.String()); a.status != http.StatusUnauthorized {
		t.Errorf("the planted session is alive: %d", a.status)
	}
}

func (w *matrixWorld) sessionsOf(name string) (n int) {
	w.Helper()
	w.ok(w.sql.QueryRow(w.Context(), `SELECT count(*) FROM sessions WHERE person = $1`, w.people[name].String()).Scan(&n))
	return n
}

// The first step answers alike, and does alike, for a wrong code, for somebody who is not activated and for nobody: the
// same status, headers and body but for the challenge, after the same statements.
func TestNobodyLearnsWhoIsEnrolled(t *testing.T) {
	told := &statements{}
	w := newMatrixWorldWith(t, func(o *Options) { o.Statements = told.add })
	w.knowsCode()
	w.exec(`UPDATE persons SET activated_at = NULL, personal_code = NULL WHERE id = $1`, w.people["a stranger"])
	var want, wanted string
	for _, c := range []struct{ name, nationalID, code string }{
		{"a wrong code", w.numbers["the citizen"], "9999999999"}, {"not activated", w.numbers["a stranger"], citizensCode},
		{"nobody", "0076229645", citizensCode}, {"no number", "x", citizensCode}, {"nobody again", "1111111111", "1"},
	} {
		told.take()
		a, challenge := w.begins(c.nationalID, c.code)
		h := maps.Clone(a.header)
		for _, name := range []string{"Date", "Ratelimit", "Set-Cookie", "Call-Id"} {
			h.Del(name)
		}
		got := fmt.Sprint(a.status, h, strings.ReplaceAll(string(a.body), challenge.String(), "ID"))
		asked := strings.Join(told.take(), "\n")
		if want == "" {
			want, wanted = got, asked
		}
		if got != want {
			t.Errorf("%s is answered\n%s, not\n%s", c.name, got, want)
		}
		if asked != wanted || asked == "" {
			t.Errorf("%s asks\n%s\nnot\n%s", c.name, asked, wanted)
		}
	}
	if _, challenge := w.begins(w.numbers["the citizen"], citizensCode); challenge.IsZero() {
		t.Error("the right code is answered otherwise")
	}
}

// The trail names who signed in, on the wire and on the pages: nobody is named before the code was right.
func TestTheTrailNamesWhoSignedIn(t *testing.T) {
	w := newMatrixWorld(t)
	w.knowsCode()
	finish := func(page bool, challenge hub.ID, code string) {
		c, row, cookies := matrixCall{pattern: "POST /v1/session/verify", outside: true},
			matrixRow{body: fmt.Sprintf(`{"challenge":%q,"code":%q}`, challenge, code)}, ""
		if page {
			c, row = matrixCall{pattern: "POST /sign-in/code", page: true, outside: true}, matrixRow{body: "code=" + code + "&next=/"}
			cookies = "eblagh_challenge=" + challenge.String()
		}
		w.call(t, c, row, matrixPrincipal{}, nil, "Cookie", cookies)
	}
	named := func(route, principal string) (n int) {
		w.ok(w.sql.QueryRow(t.Context(), `SELECT count(*) FROM trail WHERE route = $1 AND outcome IN ('done', 'refused')
			AND coalesce(principal::text, '') = $2 AND (kind = 'person') = ($2 <> '')`, route, principal).Scan(&n))
		return n
	}
	for page, route := range map[bool]string{false: "finishSignIn", true: "POST /sign-in/code"} {
		_, challenge := w.begins(w.numbers["the citizen"], citizensCode)
		finish(page, challenge, "000000")
		finish(page, challenge, w.app.domain.vault.Code(challenge, 6))
		if who, nobody := named(route, w.people["the citizen"].String()), named(route, ""); who != 1 || nobody != 1 {
			t.Errorf("%s: %d entries name who signed in, %d name nobody", route, who, nobody)
		}
	}
}
