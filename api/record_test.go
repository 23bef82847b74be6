package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/trail"
)

// kept is a trail in memory. hold runs before entries count as durable.
type kept struct {
	entries []trail.Entry
	hold    func() error
}

func (k *kept) Write(_ context.Context, entries []trail.Entry) error {
	if k.hold != nil {
		if err := k.hold(); err != nil {
			return err
		}
	}
	k.entries = append(k.entries, entries...)
	return nil
}

// indexes stands for the vault.
type indexes struct{}

func (indexes) Index(kind, value string) []byte {
	return []byte(strings.Repeat(kind+value, 16))[:32]
}

func (indexes) Marked(string, string, []byte) bool { return false }

func recorded(k *kept, serve http.HandlerFunc) http.Handler {
	return Record(serve, RecordOptions{Trail: k, Doors: &signin.Doors{Vault: indexes{}, Clock: time.Now}, Clock: time.Now,
		Logger: slog.New(slog.DiscardHandler)})
}

// No byte of an answer leaves before its entry is durable.
func TestAnswerWaitsForItsEntry(t *testing.T) {
	w := httptest.NewRecorder()
	k := &kept{}
	k.hold = func() error {
		if w.Body.Len() > 0 || w.Flushed {
			t.Error("something was answered before it was recorded")
		}
		return nil
	}
	h := recorded(k, func(w http.ResponseWriter, r *http.Request) {
		call := trail.Of(r.Context())
		call.Enter("getNotice", access.NoticeRead)
		call.As(access.Principal{Kind: access.Person, ID: hub.ID{1}})
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "the paper")
	})
	r := httptest.NewRequest(http.MethodGet, "/v1/notices/x", nil)
	r.RemoteAddr = "192.0.2.7:1234"
	r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
	h.ServeHTTP(w, r)
	if w.Body.String() != "the paper" || len(k.entries) != 1 || w.Header().Get("Call-Id") != k.entries[0].Call.String() {
		t.Fatalf("%d %s %+v", w.Code, w.Body, k.entries)
	}
	from := k.entries[0].From
	if from.Place != trail.Public || from.Device != "windows firefox" || from.Address == ([16]byte{}) || strings.Contains(string(from.Address[:]), "192.0.2.7") {
		t.Errorf("from %+v", from)
	}
}

// What cannot be recorded is not shown: neither the body, nor a cookie, nor where it led.
func TestUnrecordedAnswerIsHeldBack(t *testing.T) {
	k := &kept{hold: func() error { return errors.New("no disk") }}
	h := recorded(k, func(w http.ResponseWriter, r *http.Request) {
		trail.Of(r.Context()).Enter("getNotice", access.NoticeRead)
		trail.Of(r.Context()).As(access.Principal{Kind: access.Person, ID: hub.ID{1}})
		w.Header().Set("Set-Cookie", "session=secret")
		w.Header().Set("ETag", "digest")
		w.Header().Set("Content-Length", "9")
		_, _ = io.Copy(w, strings.NewReader("the paper"))
		_ = http.NewResponseController(w).Flush()
	})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/notices/x", nil))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "paper") || w.Header().Get("Set-Cookie") != "" ||
		w.Header().Get("ETag") != "" || w.Header().Get("Content-Type") != problemType {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// A handler that panics, or says nothing at all, is recorded as well.
func TestEveryEndIsRecorded(t *testing.T) {
	k := &kept{}
	silent := recorded(k, func(http.ResponseWriter, *http.Request) {})
	silent.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/x", nil))
	func() {
		defer func() { _ = recover() }()
		recorded(k, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/x", nil))
	}()
	if len(k.entries) != 2 || k.entries[0].Outcome != trail.Done || k.entries[1].Outcome != trail.Failed {
		t.Errorf("%+v", k.entries)
	}
}

// What leaves no entry is named; everything else does, also what nobody has thought of.
func TestWhatIsEverybodysLeavesNoEntry(t *testing.T) {
	for target, want := range map[string]int{"GET /livez": 0, "GET /log/checkpoint": 0, "GET /static/app.css": 0, "POST /callbacks/main": 0,
		"GET /openapi.json": 0, "POST /log/checkpoint": 1, "DELETE /x": 1, "POST /docs": 1} {
		k := &kept{}
		method, path, _ := strings.Cut(target, " ")
		recorded(k, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
		if len(k.entries) != want {
			t.Errorf("%s left %d entries, want %d", target, len(k.entries), want)
		}
	}
	k := &kept{}
	recorded(k, func(w http.ResponseWriter, r *http.Request) {
		trail.Of(r.Context()).As(access.Principal{Kind: access.Key, ID: hub.ID{1}})
		w.WriteHeader(200)
	}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/forgotten", nil))
	if len(k.entries) != 1 {
		t.Error("a route that nobody named left no entry")
	}
}
