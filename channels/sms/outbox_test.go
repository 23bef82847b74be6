package sms

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"eblagh/hub"
)

func TestAnOutboxRemembersTheNewestOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.jsonl")
	s, err := NewSandbox(SandboxOptions{Path: path, Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	box := NewOutbox(path)
	box.most = 10
	for i := range 50 {
		to := hub.Mobile(fmt.Sprintf("+98912000000%d", i%2))
		s.Send(t.Context(), []hub.Text{{Attempt: hub.AttemptKey{Delivery: hub.NewID(time.Now()), N: 1}, To: to, Body: fmt.Sprint(i)}})
		if _, err := box.Texts(to); err != nil {
			t.Fatal(err)
		}
	}
	got, err := box.Texts("+989120000001")
	if err != nil || len(got) != 5 || got[0].Text != "41" || got[4].Text != "49" {
		t.Fatalf("%+v, %v", got, err)
	}
	if len(box.order) != 10 || len(box.byID) != 10 {
		t.Errorf("it holds %d texts", len(box.order))
	}
}
