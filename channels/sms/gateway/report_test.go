package gateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eblagh/hub"
)

func TestReportsAreAskedForInBatches(t *testing.T) {
	g, f, h := newGateway(t, nil)
	sent := g.Send(t.Context(), texts(7))
	f.mu.Lock()
	for i, s := range sent {
		if f.words[s.MessageID] = 10; i == 0 {
			f.words[s.MessageID] = 14
		}
	}
	f.mu.Unlock()
	h.refuse = 1 // the first batch is not taken, and must come again
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	done := make(chan struct{})
	go func() { g.Run(ctx); close(done) }()
	for n := 0; n < 7; {
		select {
		case <-h.news:
		case <-ctx.Done():
			t.Fatalf("%d reports came", n)
		}
		h.mu.Lock()
		n = len(h.list)
		h.mu.Unlock()
	}
	cancel()
	<-done
	byID := map[string]hub.Report{}
	for _, r := range h.list {
		byID[r.MessageID] = r
	}
	want := hub.Report{Provider: "kav", MessageID: sent[0].MessageID, Outcome: hub.OutcomeRejected, Reason: hub.ReasonBlocked,
		Raw: []byte(`{"id":"` + sent[0].MessageID + `","word":"14"}`)}
	if diff := cmp.Diff(want, byID[sent[0].MessageID]); diff != "" || len(byID) != 7 || len(h.list) != 7 {
		t.Errorf("%d of %d: %s", len(byID), len(h.list), diff)
	}
	for _, ids := range f.polls {
		if len(ids) > 3 {
			t.Errorf("%d ids in one call", len(ids))
		}
	}
	if left := g.waiting.list; len(left) > 0 {
		t.Errorf("%d are still asked for", len(left))
	}
}

func TestWhatIsAskedForIsBounded(t *testing.T) {
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	g, f, h := newGateway(t, func(o *Options) {
		o.Clock = func() time.Time { return now }
		o.Status.For = time.Minute
	})
	g.waiting.most = 5
	g.expect([]string{"1", "2", "3", "4", "5", "6", "7"})
	if len(g.waiting.list) != 5 || g.waiting.list[0].id != "3" {
		t.Errorf("it waits for %v", g.waiting.list)
	}
	if g.askDue(t.Context()) {
		t.Error("asked before the time")
	}
	now = now.Add(30 * time.Second)
	for g.askDue(t.Context()) {
		continue
	}
	if len(f.polls) != 2 || len(g.waiting.list) != 5 || len(h.list) != 0 {
		t.Errorf("%d calls, it waits for %v", len(f.polls), g.waiting.list)
	}
	f.Listener.Close()
	f.CloseClientConnections()
	now = now.Add(time.Minute)
	for range 2 {
		if g.askDue(t.Context()) {
			t.Error("it goes on although nobody answers")
		}
	}
	if len(g.waiting.list) != 0 {
		t.Errorf("it never gives up: %v", g.waiting.list)
	}
}

func TestCallbacks(t *testing.T) {
	const one, secret = `{"messageid": 9007199254740993001, "status": 10, "receptor": "09120000001"}`, "s3cret"
	for name, c := range map[string]struct {
		method, secret, body string
		refuse               int
		status, reports      int
	}{
		"one":                    {"POST", secret, one, 0, 204, 1},
		"a list, one told twice": {"POST", secret, "[" + one + "," + one + "]", 0, 204, 2},
		"under way is no news":   {"POST", secret, `{"messageid":1,"status":1}`, 0, 204, 0},
		"a strange word":         {"POST", secret, `{"messageid":1,"status":99}`, 0, 204, 0},
		"no id":                  {"POST", secret, `{"status":10}`, 0, 204, 0},
		"not kept":               {"POST", secret, one, 1, 503, 0},
		"no secret":              {"POST", "", one, 0, 401, 0},
		"a wrong secret":         {"POST", "s3cre", one, 0, 401, 0},
		"no JSON":                {"POST", secret, "status=10", 0, 400, 0},
		"too long":               {"POST", secret, `"` + strings.Repeat("x", mostBytes) + `"`, 0, 413, 0},
		"too many":               {"POST", secret, "[" + strings.Repeat("{},", mostItems) + "{}]", 0, 413, 0},
		"another method":         {"GET", secret, one, 0, 405, 0},
	} {
		g, _, h := newGateway(t, nil)
		h.refuse = c.refuse
		r := httptest.NewRequestWithContext(t.Context(), c.method, "/callbacks/kav", strings.NewReader(c.body))
		r.Header.Set("X-Callback-Secret", c.secret)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Code != c.status || len(h.list) != c.reports {
			t.Errorf("%s: %d with %d reports", name, w.Code, len(h.list))
		}
		for _, report := range h.list {
			if strings.Contains(string(report.Raw), "0912") || report.MessageID != "9007199254740993001" || report.Outcome != hub.OutcomeDelivered {
				t.Errorf("%s: %s %s", name, report.MessageID, report.Raw)
			}
		}
	}
	g, _, _ := newGateway(t, func(o *Options) { o.Callback = Callback{} })
	w := httptest.NewRecorder()
	if g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(one))); w.Code != 401 {
		t.Errorf("without a secret anyone may tell: %d", w.Code)
	}
}

func TestQueryAsksInBatchesAndTellsWhatItGot(t *testing.T) {
	g, f, _ := newGateway(t, nil)
	sent := g.Send(t.Context(), texts(7))
	ids := make([]string, len(sent))
	f.mu.Lock()
	for i, s := range sent {
		ids[i] = s.MessageID
		if i%2 == 0 {
			f.words[s.MessageID] = 10
		}
	}
	f.mu.Unlock()
	reports, err := g.Query(t.Context(), ids)
	if err != nil || len(reports) != 4 || len(f.polls) != 3 || !g.Asks() {
		t.Errorf("%d reports after %d calls, %v", len(reports), len(f.polls), err)
	}
	f.Close()
	if reports, err := g.Query(t.Context(), ids); err == nil || len(reports) > 0 {
		t.Errorf("%d reports of a gateway that is gone, %v", len(reports), err)
	}
}

// TestARestartForgetsNothing that left before it and has no report yet.
func TestARestartForgetsNothing(t *testing.T) {
	g, f, h := newGateway(t, func(o *Options) {
		o.Former = func(_ context.Context, most int) ([]string, error) {
			if most != mostWaiting {
				t.Errorf("asked for %d", most)
			}
			return []string{"4711"}, nil
		}
	})
	f.mu.Lock()
	f.words["4711"] = 10
	f.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	done := make(chan struct{})
	go func() { g.Run(ctx); close(done) }()
	select {
	case <-h.news:
	case <-ctx.Done():
	}
	cancel()
	<-done
	if len(h.list) != 1 || h.list[0].MessageID != "4711" {
		t.Errorf("heard %+v", h.list)
	}
}
