package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres/pgtest"
)

// What cannot be written into the trail is neither shown nor done; once it can, the same calls are answered.
func TestWithoutTrailNothingIsAnswered(t *testing.T) {
	app, _ := startApp(t, settings(t, pgtest.URL(t)), partList{api: true})
	sql, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer sql.Close(context.Background())
	key, _, err := app.domain.enroller.CreateKey(t.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleOperator})
	if err != nil {
		t.Fatal(err)
	}
	exec := func(statement string) {
		t.Helper()
		if _, err := sql.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	count := func(query string) (n int) {
		t.Helper()
		if err := sql.QueryRow(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	call := func(method, path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+app.Addr().String()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	const hold = `{"channel":"sms","reason":"demo"}`
	exec(`REVOKE EXECUTE ON FUNCTION hub_trail FROM eblagh_worker, eblagh_app`)
	if status, body := call(http.MethodGet, "/v1/lanes", ""); status != http.StatusServiceUnavailable || strings.Contains(body, "channel") {
		t.Errorf("a look without a trail: %d %s", status, body)
	}
	if status, body := call(http.MethodPost, "/v1/holds", hold); status < 500 {
		t.Errorf("a change without a trail: %d %s", status, body)
	}
	if n := count(`SELECT count(*) FROM holds`); n != 0 {
		t.Error("a change was made that the trail does not have")
	}
	exec(`GRANT EXECUTE ON FUNCTION hub_trail TO eblagh_worker, eblagh_app`)
	if status, body := call(http.MethodGet, "/v1/lanes", ""); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	if status, body := call(http.MethodPost, "/v1/holds", hold); status != http.StatusCreated {
		t.Errorf("%d %s", status, body)
	}
	if n := count(`SELECT count(*) FROM trail b JOIN trail e ON e.call = b.call AND e.outcome = 'done' AND e.action = 'operations.write'
		AND e.ground = 'operator/any' JOIN holds h ON h.xmin = b.xmin WHERE b.outcome = 'begun'`); n != 1 {
		t.Error("the change does not stand in the transaction that made it, with how it ended")
	}
}
