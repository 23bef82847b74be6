package gateway

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eblagh/hub"
)

func TestATextIsTaken(t *testing.T) {
	g, f, _ := newGateway(t, nil)
	text := texts(1)
	got := g.Send(t.Context(), text)
	want := []hub.Sent{{Attempt: text[0].Attempt, Outcome: hub.OutcomeAccepted, MessageID: "9007199254740993001"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	call := map[string]string{"receptor": "09120000001", "message": "ابلاغیه", "sender": "1000",
		"localid": fmt.Sprintf("%s-2", text[0].Attempt.Delivery)}
	if diff := cmp.Diff([]map[string]string{call}, f.texts); diff != "" || f.keys[0] != "k3y" {
		t.Error(diff, f.keys)
	}
}

func TestEveryTextHasOneAnswer(t *testing.T) {
	g, f, _ := newGateway(t, func(o *Options) { o.Window = 3 })
	sent, seen := g.Send(t.Context(), texts(40)), map[hub.AttemptKey]bool{}
	for _, s := range sent {
		seen[s.Attempt] = s.Outcome == hub.OutcomeAccepted
	}
	if len(sent) != 40 || len(seen) != 40 || len(f.texts) != 40 {
		t.Errorf("%d answers to %d texts, %d arrived", len(sent), len(seen), len(f.texts))
	}
}

// TestWhatLeftIsUnknown holds the rule that matters: a text that may have been taken is never called deferred, and never
// reaches the gateway twice.
func TestWhatLeftIsUnknown(t *testing.T) {
	for mode, c := range map[string]struct {
		want    Result
		arrived int
	}{
		"drop": {silent, 1}, "cut": {silent, 1}, "slow": {silent, 1}, "error": {puzzling, 0}, "throttle": {throttled, 0}, "": {accepted, 2},
	} {
		g, f, _ := newGateway(t, func(o *Options) {
			if mode == "slow" {
				o.Timeout = 200 * time.Millisecond
			}
		})
		g.Send(t.Context(), texts(1)) // leaves an idle connection, which a transport would like to replay on
		f.mu.Lock()
		f.texts, f.mode = nil, mode
		f.mu.Unlock()
		got := g.Send(t.Context(), texts(max(1, c.arrived)))
		f.mu.Lock()
		if r := (Result{got[0].Outcome, got[0].Reason}); r != c.want || len(f.texts) != c.arrived {
			t.Errorf("%q: %v after %d arrived", mode, r, len(f.texts))
		}
		if c.want != accepted && got[0].MessageID != "" {
			t.Errorf("%q: an id without acceptance", mode)
		}
		f.mu.Unlock()
	}
}

func TestWhatDidNotLeaveIsDeferred(t *testing.T) {
	g, f, _ := newGateway(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := g.Send(ctx, texts(2)); got[0].Outcome != hub.OutcomeDeferred || got[1].Outcome != hub.OutcomeDeferred || len(f.texts) > 0 {
		t.Errorf("stopped: %+v, %d arrived", got, len(f.texts))
	}
	f.CloseClientConnections()
	f.Listener.Close()
	if got := g.Send(t.Context(), texts(1))[0]; got.Outcome != hub.OutcomeDeferred || got.Reason != hub.ReasonProvider {
		t.Errorf("nobody listens: %+v", got)
	}
}

func TestNumbersAreWrittenAsTheGatewayWants(t *testing.T) {
	for form, want := range map[string]string{"": "+989120000001", "e164": "+989120000001", "digits": "989120000001", "local": "09120000001"} {
		if got := (&Gateway{o: Options{Mobile: form}}).number("+989120000001"); got != want {
			t.Errorf("%q: %s", form, got)
		}
	}
}

func TestSettingsAreCheckedTogether(t *testing.T) {
	_, err := New(Options{URL: "ftp://x", Mobile: "roman", Body: map[string]string{"a": "password"}, Window: -1,
		Message: Pointers{ID: "id"}, Words: map[string]Result{"1": {"fine", ""}}, Status: Status{URL: "nowhere"},
		Callback: Callback{Secret: "hunter2"}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"url must", "status.url", "status needs", "callback needs", "mobile must", "negative",
		"JSON pointer", "body.a", "body must name", "words.1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told", want)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("a secret is shown")
	}
	if _, err := New(Options{URL: "https://x", Body: map[string]string{"m": "mobile", "t": "text"}}); err == nil {
		t.Error("without message.id no report would match")
	}
}
