package main

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"

	"eblagh/api/signin"
	"eblagh/channels/live"
	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres/pgtest"
)

// Whoever signs out, is signed out from elsewhere, or is dismissed at one node, is cut off at the other at once.
func TestALiveConnectionEndsWhereverItsSessionDoes(t *testing.T) {
	redis := pgtest.NewRedis(t)
	c := settings(t, pgtest.URL(t))
	c.Redis = config.Redis{Mode: "single", Addrs: []string{redis.Addr()}}
	w := &matrixWorld{T: t, people: map[string]hub.ID{}, numbers: map[string]string{}, cookies: map[hub.ID]*http.Cookie{}, client: &http.Client{}}
	w.app, _ = startApp(t, c, partList{api: true})
	node, _ := startApp(t, c, partList{live: true})
	w.sql = must1(t)(pgx.Connect(t.Context(), pgtest.URL(t)))
	t.Cleanup(func() { _ = w.sql.Close(t.Context()) })
	e := w.app.domain.enroller
	w.sessions = signin.New(signin.Options{Store: w.app.domain.db.Sessions(signin.Describe), People: e, Clock: hub.SystemClock})
	w.admin = w.system("the admin's system", hub.RoleAdmin, hub.ID{})
	person := w.person("a manager", hub.RoleCitizen, hub.ID{})
	company, err := e.Enrol(t.Context(), w.admin, enrol.NewRecipient{Kind: hub.PersonLegal, NationalID: "10380284790", Name: "Demo", Mobile: "09120009999"})
	w.ok(err)
	appointed, err := e.Appoint(t.Context(), w.admin, enrol.NewRepresentative{LegalPerson: company.ID, NationalID: w.numbers["a manager"], Role: hub.RoleManager})
	w.ok(err)

	connect := func(cookie *http.Cookie, header ...string) *websocket.Conn {
		t.Helper()
		h := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}
		if len(header) > 0 {
			h.Set("Acting-For", header[0])
		}
		ws, _, err := websocket.DefaultDialer.Dial("ws://"+node.Addr().String()+"/v1/live", h)
		w.ok(err)
		t.Cleanup(func() { _ = ws.Close() })
		_ = ws.SetReadDeadline(time.Now().Add(20 * time.Second)) // shorter than a ping: a word has to do it
		_, hello, err := ws.ReadMessage()
		if err != nil {
			t.Fatalf("%s, %v", hello, err)
		}
		return ws
	}
	ends := func(what string, ws *websocket.Conn, code int) {
		t.Helper()
		for {
			_, frame, err := ws.ReadMessage()
			if closed := (*websocket.CloseError)(nil); errors.As(err, &closed) && closed.Code == code {
				return
			}
			if err != nil {
				t.Fatalf("%s: %s, %v; want the end by %d", what, frame, err, code)
			}
		}
	}
	call := func(cookie *http.Cookie, method, path string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+w.app.Addr().String()+path, nil)
		w.ok(err)
		r.AddCookie(cookie)
		answer, err := w.client.Do(r)
		w.ok(err)
		_ = answer.Body.Close()
		if answer.StatusCode >= 300 {
			t.Fatalf("%s %s: %d", method, path, answer.StatusCode)
		}
	}
	one, other, last := w.session(person), w.session(person), w.session(person)
	signedOut, revoked, kept := connect(one), connect(other, company.ID.String()), connect(last)
	call(one, http.MethodDelete, "/v1/session")
	ends("signed out", signedOut, live.CloseRefresh)
	call(last, http.MethodDelete, "/v1/sessions")
	ends("signed out from elsewhere", revoked, live.CloseRefresh)
	acting := connect(last, company.ID.String())
	w.ok(e.Dismiss(t.Context(), w.admin, company.ID, appointed.ID))
	ends("dismissed", acting, live.CloseEnded)
	call(last, http.MethodDelete, "/v1/session")
	ends("the last session", kept, live.CloseRefresh)
}
