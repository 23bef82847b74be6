package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
)

// fake is a gateway as Iranian ones are, with modes. It counts on the receiving side.
type fake struct {
	*httptest.Server
	mu    sync.Mutex
	mode  string // "" ok, error, throttle, drop (takes the text, then cuts the connection), cut (half an answer), slow
	texts []map[string]string
	keys  []string       // of the calls
	polls [][]string     // ids of each
	words map[string]int // status by id; 1 is under way
	done  chan struct{}  // ends what is slow
}

func newFake(t *testing.T) *fake {
	f := &fake{words: map[string]int{}, done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /send", f.send)
	mux.HandleFunc("POST /status", f.status)
	f.Server = httptest.NewServer(mux)
	t.Cleanup(func() { close(f.done); f.Close() })
	return f
}

func (f *fake) send(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mode == "error" || f.mode == "throttle" {
		w.WriteHeader(map[string]int{"error": 500, "throttle": 429}[f.mode])
		return
	}
	var body map[string]string
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	f.texts, f.keys = append(f.texts, body), append(f.keys, r.Header.Get("X-Api-Key"))
	id := fmt.Sprintf("90071992547409930%02d", len(f.texts)) // longer than a float is exact
	f.words[id] = 1
	switch f.mode {
	case "drop":
		panic(http.ErrAbortHandler)
	case "cut":
		w.Header().Set("Content-Length", "1000")
	case "slow":
		f.mu.Unlock()
		select {
		case <-r.Context().Done():
		case <-f.done:
		}
		f.mu.Lock()
		return
	}
	fmt.Fprintf(w, `{"return": {"status": 200}, "entries": [{"messageid": %s, "status": 1}]}`, id)
}

func (f *fake) status(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var body struct{ Ids []string }
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	f.polls = append(f.polls, body.Ids)
	type entry struct {
		ID     json.Number `json:"messageid"`
		Status int         `json:"status"`
		Mobile string      `json:"receptor"`
	}
	var entries []entry
	for _, id := range body.Ids {
		entries = append(entries, entry{json.Number(id), f.words[id], "+989120000001"})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"entries": entries})
}

// heard keeps reports, and refuses as often as it is told to.
type heard struct {
	mu     sync.Mutex
	refuse int
	list   []hub.Report
	news   chan struct{}
}

func (h *heard) take(_ context.Context, reports []hub.Report) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse > 0 {
		h.refuse--
		return errors.New("away")
	}
	h.list = append(h.list, reports...)
	select {
	case h.news <- struct{}{}:
	default:
	}
	return nil
}

func options(f *fake, h *heard) Options {
	return Options{Name: "kav", URL: f.URL + "/send", Headers: map[string]string{"X-Api-Key": "k3y"}, Sender: "1000",
		Body:    map[string]string{"receptor": "mobile", "message": "text", "sender": "sender", "localid": "id"},
		Mobile:  "local",
		Message: Pointers{ID: "/entries/0/messageid", Word: "/entries/0/status"},
		Words: map[string]Result{"1": accepted, "10": {hub.OutcomeDelivered, ""}, "11": {hub.OutcomeRejected, hub.ReasonUnreachable},
			"14": {hub.OutcomeRejected, hub.ReasonBlocked}, "418": {hub.OutcomeDeferred, hub.ReasonProvider}},
		Timeout:  5 * time.Second,
		Status:   Status{URL: f.URL + "/status", IDs: "ids", At: Pointers{"/entries", "/messageid", "/status"}, Every: 20 * time.Millisecond, Batch: 3},
		Callback: Callback{Header: "X-Callback-Secret", Secret: "s3cret", At: Pointers{"", "/messageid", "/status"}},
		Clock:    hub.SystemClock, Logger: slog.New(slog.DiscardHandler), Report: h.take}
}

func newGateway(t *testing.T, change func(*Options)) (*Gateway, *fake, *heard) {
	t.Helper()
	f, h := newFake(t), &heard{news: make(chan struct{}, 1)}
	o := options(f, h)
	if change != nil {
		change(&o)
	}
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g, f, h
}

func texts(n int) []hub.Text {
	out := make([]hub.Text, n)
	for i := range out {
		out[i] = hub.Text{Attempt: hub.AttemptKey{Delivery: hub.NewID(time.Now()), N: 2}, To: "+989120000001", Body: "ابلاغیه"}
	}
	return out
}
