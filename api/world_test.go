package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"eblagh/api"
	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/document"
	"eblagh/hub/enrol"
	"eblagh/hub/ladder"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/reading"
	"eblagh/hub/retention"
	"eblagh/hub/rules"
	"eblagh/hub/vault"
)

// world is the whole domain on a database of its own, behind the wire.
type world struct {
	t          *testing.T
	db         *postgres.DB
	vault      *vault.Vault
	enroller   *enrol.Enroller
	dispatcher *dispatch.Dispatcher
	url        string
	logs       *safeBuffer
	admin      *client
	court      *client
	office     *client
	branch     string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: pgtest.New(t), logs: &safeBuffer{}}
	logger := slog.New(slog.NewJSONHandler(w.logs, nil))
	book := must(rules.Load(os.DirFS("../config/rules")))
	w.vault = must(vault.Create(filepath.Join(t.TempDir(), "vault.json")))
	w.enroller = must(enrol.New(enrol.Options{Store: w.db, Vault: w.vault, Clock: hub.SystemClock, Logger: logger, Mode: "test",
		Hash: argon2id.Params{Memory: 8 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}}))
	texts := os.DirFS("../config/messages")
	climb := must(ladder.New(ladder.Options{Store: w.db, Vault: w.vault, Book: must(ladder.Load(os.DirFS("../config/ladders"))),
		Clock: hub.SystemClock}))
	w.dispatcher = must(dispatch.New(dispatch.Options{Store: w.db, Vault: w.vault, Messages: texts, Clock: hub.SystemClock, Logger: logger,
		Ladder:  climb,
		Queued:  true, // a paper is looked at before and after its arrival
		Opening: dispatch.OpeningRule{Kinds: []hub.Kind{"judgment", "default_judgment", "execution_writ"}, Within: 5 * time.Minute}}))
	intake := document.New(document.Options{Store: w.db, Blobs: w.db, Vault: w.vault, Clock: hub.SystemClock})
	reader := reading.New(reading.Options{Store: w.db, Vault: w.vault, Bytes: intake, Book: book,
		Openings: must(reading.LoadOpenings(texts)), Clock: hub.SystemClock})
	handler := must(api.New(api.Deps{
		Enroller: w.enroller, Dispatcher: w.dispatcher, Reader: reader, Ladder: climb, LegalHolds: w.holds(), Assignees: w.holds(), Intake: intake, Judge: book, Profile: rules.Iran,
		Answers: w.db, Vault: w.vault, Logger: logger,
		Sessions: signin.New(signin.Options{Store: w.db.Sessions(signin.Describe), People: w.enroller, Clock: hub.SystemClock}),
		Doors:    &signin.Doors{Vault: w.vault, Clock: hub.SystemClock},
	}))
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w.url = server.URL
	w.admin = w.system(hub.RoleAdmin, hub.ID{})
	w.branch = w.made(w.admin, "/v1/branches", `{"code":"B-1","name":"شعبه نمونه"}`)
	w.court = w.system(hub.RoleCourtClerk, must(hub.ParseID(w.branch)))
	w.office = w.system(hub.RoleOfficeClerk, must(hub.ParseID(w.made(w.admin, "/v1/offices", `{"code":"O-1","name":"دفتر نمونه"}`))))
	return w
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// system gives a client with a key of its own.
func (w *world) system(role hub.Role, at hub.ID) *client {
	w.t.Helper()
	key, _, err := w.enroller.CreateKey(w.t.Context(), enrol.NewKey{Name: "test", Role: role, Organisation: at})
	if err != nil {
		w.t.Fatal(err)
	}
	return &client{t: w.t, base: w.url, key: key, http: http.DefaultClient}
}

func (w *world) nobody() *client {
	return &client{t: w.t, base: w.url, http: &http.Client{Jar: must(cookiejar.New(nil))}}
}

// made creates something and gives its id.
func (w *world) made(c *client, path, body string) string {
	w.t.Helper()
	return c.want(http.StatusCreated, "POST", path, body).text("id")
}

const personalCode = "8351920437"

// citizen enrols somebody, activates them and signs them in.
func (w *world) citizen(nationalID, mobile string) (*client, string) {
	w.t.Helper()
	id := w.made(w.office, "/v1/recipients", `{"kind":"natural","national_id":"`+nationalID+`","given_name":"نمونه","family_name":"آزمون","mobile":"`+mobile+`"}`)
	w.activate(nationalID)
	c := w.nobody()
	w.signIn(c, nationalID)
	return c, id
}

// activate does what a person does with the code on their phone.
func (w *world) activate(nationalID string) {
	w.t.Helper()
	found, err := w.db.ActivationCode(w.t.Context(), w.vault.Blind(vault.IndexNationalID, nationalID))
	if err != nil {
		w.t.Fatal(err)
	}
	w.nobody().want(http.StatusNoContent, "POST", "/v1/activation", `{"national_id":"`+nationalID+`","activation_code":"`+
		w.vault.Code(found.Challenge, hub.PurposeActivation.Digits())+`","personal_code":"`+personalCode+`"}`)
}

func (w *world) signIn(c *client, nationalID string) {
	w.t.Helper()
	challenge := c.want(http.StatusAccepted, "POST", "/v1/session", `{"national_id":"`+nationalID+`","personal_code":"`+personalCode+`"}`).text("challenge")
	c.want(http.StatusOK, "POST", "/v1/session/verify", `{"challenge":"`+challenge+`","code":"`+w.code(challenge)+`"}`)
}

// code is what the SMS of a challenge would say.
func (w *world) code(challenge string) string { return w.vault.Code(must(hub.ParseID(challenge)), 6) }

// arrive lets everything due come into its inbox.
func (w *world) arrive() {
	w.t.Helper()
	lane := hub.Lane{Channel: hub.ChannelInbox, Priority: hub.PriorityNormal}
	ids, err := w.db.Claim(w.t.Context(), lane, 100, 100, time.Minute)
	if err == nil {
		err = w.dispatcher.Handle(w.t.Context(), lane, ids)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// client calls the wire with a key or with the cookies it got.
type client struct {
	t    *testing.T
	base string
	key  string
	http *http.Client
}

type result struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// do sends a body as JSON, or as a PDF when it looks like one; headers come as name, value.
func (c *client) do(method, path, body string, headers ...string) result {
	c.t.Helper()
	r, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if strings.HasPrefix(body, "%PDF") {
		r.Header.Set("Content-Type", "application/pdf")
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return result{c.t, res.StatusCode, res.Header, b}
}

// want is do, and the status must be the wanted one.
func (c *client) want(status int, method, path, body string, headers ...string) result {
	c.t.Helper()
	got := c.do(method, path, body, headers...)
	if got.status != status {
		c.t.Fatalf("%s %s: %d, want %d: %.500s", method, path, got.status, status, got.body)
	}
	return got
}

// refused is want for a problem of one type.
func (c *client) refused(status int, code hub.Code, method, path, body string, headers ...string) result {
	c.t.Helper()
	got := c.want(status, method, path, body, headers...)
	if got.text("type") != "https://eblagh.invalid/problems/"+string(code) || got.header.Get("Content-Type") != "application/problem+json" {
		c.t.Fatalf("%s %s: %.500s", method, path, got.body)
	}
	return got
}

// at gives a value of the JSON answer by its path: names and indexes.
func (r result) at(path ...any) any {
	r.t.Helper()
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.t.Fatalf("no JSON: %v: %.300s", err, r.body)
	}
	for _, step := range path {
		switch s := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[s]
		case int:
			list, _ := v.([]any)
			if s >= len(list) {
				r.t.Fatalf("no item %d in %.300s", s, r.body)
			}
			v = list[s]
		}
	}
	return v
}

func (r result) text(path ...any) string {
	r.t.Helper()
	text, _ := r.at(path...).(string)
	return text
}

func (r result) count(path ...any) int {
	r.t.Helper()
	list, ok := r.at(path...).([]any)
	if !ok {
		r.t.Fatalf("no list at %v in %.300s", path, r.body)
	}
	return len(list)
}

func (r result) mustNotHold(secrets ...string) {
	r.t.Helper()
	for _, s := range secrets {
		if bytes.Contains(r.body, []byte(s)) {
			r.t.Errorf("the answer holds %q: %.500s", s, r.body)
		}
	}
}

// holds keeps papers from being erased, in this world's store.
func (w *world) holds() *retention.Keeper {
	w.t.Helper()
	book, err := retention.Load(os.DirFS("../config/cases"))
	if err != nil {
		w.t.Fatal(err)
	}
	keeper, err := retention.New(retention.Options{Store: w.db, Book: book, Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
	return keeper
}
