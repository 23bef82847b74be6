package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"eblagh/hub"
)

const (
	aNotice = `{"reference":"r"}`
	aBatch  = `{"notices":[` + aNotice + `]}`
)

func TestSameKeyAndBodyReplaysTheAnswer(t *testing.T) {
	for path, body := range map[string]string{
		"/v1/notices": aNotice, "/v1/notices/batch": aBatch, "/v1/notices ": `{}`,
	} {
		t.Run(path, func(t *testing.T) {
			b := newBench(t)
			path := strings.TrimSpace(path)
			first := b.call("POST", path, body, headerKey, "k")
			second := b.call("POST", path, body, headerKey, "k")
			if first.Code != second.Code || first.Body.String() != second.Body.String() {
				t.Errorf("answers differ: %d %s and %d %s", first.Code, first.Body, second.Code, second.Body)
			}
			for _, name := range []string{"Location", "Content-Type"} {
				if first.Header().Get(name) != second.Header().Get(name) {
					t.Errorf("%s: %q and %q", name, first.Header().Get(name), second.Header().Get(name))
				}
			}
			if first.Header().Get("Idempotency-Replayed") != "" || second.Header().Get("Idempotency-Replayed") != "true" {
				t.Error("Idempotency-Replayed is wrong")
			}
			if len(b.submitted) != 1 {
				t.Errorf("submitted %d times", len(b.submitted))
			}
		})
	}
}

func TestSameKeyOtherRequestIsRefused(t *testing.T) {
	b := newBench(t)
	b.call("POST", "/v1/notices", aNotice, headerKey, "k")
	wantProblem(t, b.call("POST", "/v1/notices", aNotice+" ", headerKey, "k"), 422, hub.CodeIdempotencyMismatch)
	wantProblem(t, b.call("POST", "/v1/notices/batch", aNotice, headerKey, "k"), 422, hub.CodeIdempotencyMismatch)
	if w := b.call("POST", "/v1/notices", aNotice, headerKey, "l"); w.Code != http.StatusCreated {
		t.Errorf("another key: %d", w.Code)
	}
}

func TestTwoAtOnceOneWins(t *testing.T) {
	b := newBench(t)
	b.running = make(chan struct{})
	done := make(chan *httptest.ResponseRecorder)
	go func() { done <- b.call("POST", "/v1/notices/batch", aBatch, headerKey, "k") }()
	<-b.running // the first is inside
	w := b.call("POST", "/v1/notices/batch", aBatch, headerKey, "k")
	wantProblem(t, w, http.StatusConflict, hub.CodeIdempotencyInFlight)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	b.running <- struct{}{}
	if first := <-done; first.Code != http.StatusOK {
		t.Errorf("the first: %d %s", first.Code, first.Body)
	}
	if w := b.call("POST", "/v1/notices/batch", aBatch, headerKey, "k"); w.Code != http.StatusOK || len(b.submitted) != 1 {
		t.Errorf("afterwards: %d, submitted %d times", w.Code, len(b.submitted))
	}
}

// The key of a process that died is free after seconds; that of a call which takes its time is not.
func TestALongCallKeepsItsKey(t *testing.T) {
	b := newBench(t) // outside: the session library has a goroutine without an end
	synctest.Test(t, func(t *testing.T) {
		b.running = make(chan struct{})
		go b.call("POST", "/v1/notices/batch", aBatch, headerKey, "k")
		<-b.running // it is inside
		<-time.After(10 * time.Second)
		b.running <- struct{}{}
		synctest.Wait()
		renewed := &b.api.deps.Answers.(*answers).renewed
		if n := renewed.Load(); n != 3 {
			t.Errorf("renewed %d times in ten seconds", n)
		}
		<-time.After(time.Minute)
		if n := renewed.Load(); n != 3 {
			t.Errorf("renewed %d times after its end", n)
		}
	})
}

// A key that rides is held by nobody while its call runs: who comes second with it finds what the first has done.
func TestTwoAtOnceWhoseKeyRides(t *testing.T) {
	for body, want := range map[string]int{aNotice: http.StatusCreated, aNotice + " ": http.StatusUnprocessableEntity} {
		b := newBench(t)
		b.running, b.goOn = make(chan struct{}), make(chan struct{})
		done := make(chan *httptest.ResponseRecorder)
		for _, body := range []string{aNotice, body} {
			go func() { done <- b.call("POST", "/v1/notices", body, headerKey, "k") }()
			<-b.running // it is inside
		}
		b.goOn <- struct{}{}
		first := <-done
		b.goOn <- struct{}{}
		second := <-done
		if strings.Contains(first.Body.String(), "mismatch") { // the longer body came first
			first, second = second, first
		}
		if first.Code != http.StatusCreated || second.Code != want {
			t.Fatalf("%d %s and %d %s", first.Code, first.Body, second.Code, second.Body)
		}
		if want == http.StatusCreated && (first.Body.String() != second.Body.String() || second.Header().Get("Idempotency-Replayed") != "true") {
			t.Errorf("%s and %s", first.Body, second.Body)
		}
	}
}

func TestFaultsOfOursAreNotKept(t *testing.T) {
	for _, code := range []hub.Code{hub.CodeOverloaded, hub.CodeInternal, hub.CodeRateLimited} {
		b := newBench(t)
		b.refuse = hub.Refuse(code, "")
		wantProblem(t, b.call("POST", "/v1/notices", aNotice, headerKey, "k"), kinds[code].status, code)
		b.refuse = nil
		if w := b.call("POST", "/v1/notices", aNotice, headerKey, "k"); w.Code != http.StatusCreated {
			t.Errorf("retry after %s: %d %s", code, w.Code, w.Body)
		}
		if first, second := string(b.requests[0]), string(b.requests[1]); first != second || first == "" {
			t.Error("the retry does not name the same call")
		}
	}
}

func TestPanicGivesTheKeyBack(t *testing.T) {
	b := newBench(t)
	as := []string{"Authorization", "Bearer ebk_test_admin", headerKey, "k"}
	b.panics = true
	wantProblem(t, b.call("POST", "/v1/recipients", `{"kind":"natural"}`, as...), 500, hub.CodeInternal)
	b.panics = false
	if w := b.call("POST", "/v1/recipients", `{"kind":"natural"}`, as...); w.Code != http.StatusCreated {
		t.Errorf("retry: %d %s", w.Code, w.Body)
	}
}

func TestFileNameIsPartOfTheRequest(t *testing.T) {
	b := newBench(t)
	pdf := []string{headerKey, "k", "Content-Type", "application/pdf"}
	for range 2 {
		if w := b.call("POST", "/v1/documents?filename=a.pdf", "%PDF", pdf...); w.Code != http.StatusCreated {
			t.Fatal(w.Code, w.Body)
		}
	}
	wantProblem(t, b.call("POST", "/v1/documents?filename=b.pdf", "%PDF", pdf...), 422, hub.CodeIdempotencyMismatch)
	if len(b.accepted) != 1 {
		t.Errorf("accepted %q", b.accepted)
	}
}

func TestKeptAnswersAreSealedForTheirOwner(t *testing.T) {
	b := newBench(t)
	b.call("POST", "/v1/notices", aNotice, headerKey, "k")
	for _, row := range b.api.deps.Answers.(*answers).rows {
		if !strings.HasPrefix(string(row.answer), "idempotency.answer:"+clerk.ID.String()+"|") {
			t.Errorf("kept as %.60q", row.answer)
		}
	}
}
