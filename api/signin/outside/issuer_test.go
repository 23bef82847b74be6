package outside_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"eblagh/hub"
)

func (w *world) away(what string, err error) {
	w.t.Helper()
	if hub.CodeOf(err) != hub.CodeOverloaded {
		w.t.Errorf("%s: %v, want overloaded", what, err)
	}
}

// A provider that is away is asked again after a while, and nobody waits for it meanwhile.
func TestTheProviderMayBeAway(t *testing.T) {
	w := newWorld(t)
	keep, answer := w.goes()
	w.Token = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) }
	_, err := w.Finish(t.Context(), keep, answer)
	w.away("the token endpoint fails", err)
	w.Token = nil
	w.refused("the same answer, later", keep, answer)
	keep, answer = w.goes()
	w.Stop()
	_, err = w.Finish(t.Context(), keep, answer)
	w.away("nobody is there", err)
	w.now = w.now.Add(2 * time.Hour)
	if _, _, err := w.Begin(t.Context(), "/", device); err != nil {
		t.Errorf("what was known an hour ago serves on: %v", err)
	}

	fresh := newWorld(t)
	fresh.Stop()
	for range 3 {
		_, _, err := fresh.Begin(t.Context(), "/", device)
		fresh.away("never seen", err)
	}
	if n := strings.Count(fresh.log.String(), "sign_in.oidc.issuer"); n != 1 {
		t.Errorf("asked %d times within ten seconds", n)
	}
	fresh.now = fresh.now.Add(11 * time.Second)
	_, _, err = fresh.Begin(t.Context(), "/", device)
	fresh.away("still away", err)
	if n := strings.Count(fresh.log.String(), "sign_in.oidc.issuer"); n != 2 {
		t.Errorf("asked %d times in all", n)
	}
}

// What the provider answers is bounded, and leads nowhere else.
func TestTheProviderIsHeldToItsPlace(t *testing.T) {
	for what, answer := range map[string]http.HandlerFunc{
		"an answer without end": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			_, _ = rw.Write([]byte(`{"access_token":"` + strings.Repeat("x", 2<<20) + `","token_type":"Bearer","id_token":"x"}`))
		},
		"a redirect": func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
		"no token": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			_, _ = rw.Write([]byte(`{"access_token":"x","token_type":"Bearer"}`))
		},
	} {
		w := newWorld(t)
		keep, back := w.goes()
		w.Token = answer
		if _, err := w.Finish(t.Context(), keep, back); err == nil {
			t.Errorf("%s: taken", what)
		}
		if w.Calls["/elsewhere"] > 0 {
			t.Errorf("%s: followed", what)
		}
	}
	w := newWorld(t)
	w.Plain("token_endpoint")
	_, _, err := w.Begin(t.Context(), "/", device)
	w.away("an endpoint without TLS", err)
	if !strings.Contains(w.log.String(), "without TLS") {
		t.Errorf("it is not said why: %s", w.log.String())
	}
}

// hanging is a provider that describes itself and answers nothing else, or not even that.
type hanging struct {
	mu       sync.Mutex
	silent   bool
	requests int
}

func (h *hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.requests++
	silent := h.silent
	h.mu.Unlock()
	if silent || !strings.HasPrefix(r.URL.Path, "/.well-known/") {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	const said = `{"issuer":"https://id.example","authorization_endpoint":"https://id.example/a","token_endpoint":"https://id.example/t","jwks_uri":"https://id.example/k"}`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(said)), Request: r}, nil
}

// A provider that takes its time is given up after five seconds, by all who wait for it together.
func TestASlowProviderIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		provider := &hanging{}
		w := newWorldAt(t, "https://id.example", provider)
		address, keep, err := w.Begin(t.Context(), "/", device)
		if err != nil {
			t.Fatal(err)
		}
		asked, _ := url.Parse(address)
		begun := time.Now()
		_, err = w.Finish(t.Context(), keep, url.Values{"state": {asked.Query().Get("state")}, "code": {"c"}})
		w.away("the token", err)
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}

		provider = &hanging{silent: true}
		w = newWorldAt(t, "https://id.example", provider)
		begun = time.Now()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				_, _, err := w.Begin(t.Context(), "/", device)
				w.away("the description", err)
			})
		}
		all.Wait()
		if took := time.Since(begun); took != 5*time.Second || provider.requests != 1 {
			t.Errorf("it took %v and %d requests", took, provider.requests)
		}
		gone, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		w.now = w.now.Add(time.Minute)
		if _, _, err := w.Begin(gone, "/", device); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who has left waits on: %v", err)
		}
		_, _, err = w.Begin(t.Context(), "/", device)
		w.away("who stays", err)
		if provider.requests != 2 {
			t.Errorf("%d requests: who left ended it for the others", provider.requests)
		}
	})
}
