package smpp_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"eblagh/channels/sms/smpp"
	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/hub"
)

const secret = "hunter2"

// world is a provider that is bound to a message centre, and what both sides saw.
type world struct {
	*smpp.Provider
	t      *testing.T
	centre *smsctest.Centre
	mu     sync.Mutex
	heard  []hub.Report
	late   []hub.Sent
	refuse error // what the hub answers to reports
	log    bytes.Buffer
}

func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

func (w *world) report(_ context.Context, reports []hub.Report) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse == nil {
		w.heard = append(w.heard, reports...)
	}
	return w.refuse
}

func (w *world) settle(_ context.Context, late []hub.Sent) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse == nil {
		w.late = append(w.late, late...)
	}
	return w.refuse
}

func (w *world) settled() []hub.Sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.late)
}

func (w *world) reports() []hub.Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.heard)
}

func (w *world) answerReports(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuse = err
}

func newWorld(t *testing.T, answer func(int, smsctest.Part) smsctest.Reply, change func(*smpp.Options)) *world {
	t.Helper()
	return newWorldAt(t, smsctest.New(t), answer, change)
}

func newWorldAt(t *testing.T, centre *smsctest.Centre, answer func(int, smsctest.Part) smsctest.Reply,
	change func(*smpp.Options)) *world {
	t.Helper()
	w := &world{t: t, centre: centre}
	w.centre.Password, w.centre.Answer = secret, answer
	o := smpp.Options{Name: "op", Addr: w.centre.Addr(), SystemID: "eblagh", Password: secret, Sender: "EBLAGH", Binds: 1,
		Window: 4, EnquireLink: 20 * time.Millisecond, Answer: 300 * time.Millisecond, Backoff: 5 * time.Millisecond,
		Pause: 20 * time.Millisecond, Patience: 500 * time.Millisecond, Report: w.report, Settle: w.settle,
		Logger: slog.New(slog.NewTextHandler(w, nil)), Random: func() float64 { return 0.5 }}
	if change != nil {
		change(&o)
	}
	w.Provider = smpp.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { w.Run(ctx); close(ran) }()
	t.Cleanup(func() {
		cancel()
		<-ran
		w.mu.Lock()
		defer w.mu.Unlock()
		if bytes.Contains(w.log.Bytes(), []byte(secret)) || bytes.Contains(w.log.Bytes(), []byte("912000")) {
			t.Error("a secret or a number is logged")
		}
	})
	return w
}

// send sends one text per body.
func (w *world) send(bodies ...string) []hub.Sent {
	w.t.Helper()
	texts := make([]hub.Text, len(bodies))
	for i, body := range bodies {
		texts[i] = hub.Text{Attempt: hub.AttemptKey{Delivery: hub.NewID(time.Now()), N: 1}, To: "+989120000001", Body: body}
	}
	sent := w.Send(w.t.Context(), texts)
	if len(sent) != len(texts) {
		w.t.Fatalf("%d outcomes for %d texts", len(sent), len(texts))
	}
	for i, s := range sent {
		if s.Attempt != texts[i].Attempt {
			w.t.Error("the outcome is another attempt's")
		}
	}
	return sent
}

// one sends a text that has to have the outcome.
func (w *world) one(body string, outcome hub.Outcome, reason hub.Reason) hub.Sent {
	w.t.Helper()
	sent := w.send(body)[0]
	if sent.Outcome != outcome || sent.Reason != reason {
		w.t.Fatalf("got %s %q, want %s %q", sent.Outcome, sent.Reason, outcome, reason)
	}
	return sent
}

// until polls until it holds.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-tick.C {
		if holds() {
			return
		}
	}
	w.t.Fatalf("never: %s", what)
}
