package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
)

// Several nodes, each with a pump of its own and no queue: everything arrives once and is sent once.
func TestPumpsOfSeveralNodes(t *testing.T) {
	w := newWorld(t)
	sent := make(chan hub.ID, 1000)
	w.sender.Answer = func(_ context.Context, text hub.Text) hub.Sent {
		sent <- text.Attempt.Delivery
		return hub.Sent{Outcome: hub.OutcomeAccepted, MessageID: hubtest.MessageID(text.Attempt)}
	}
	ctx, stop := context.WithCancel(context.Background())
	var nodes sync.WaitGroup
	var pumps []*dispatch.Pump
	for range 3 {
		pump := w.dispatcher(nil).Pump(dispatch.PumpOptions{Idle: 20 * time.Millisecond})
		pumps = append(pumps, pump)
		nodes.Go(func() {
			if err := pump.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	w.submit(papers("nodes", 600, w.someone(), w.someone(), w.someone())...)
	deadline := time.After(time.Minute)
	for range 600 {
		select {
		case <-sent:
		case <-deadline:
			t.Fatal("not everything was sent within a minute")
		}
	}
	stop()
	nodes.Wait()
	w.wantCount(600, `SELECT count(*) FROM inbox`)
	w.wantCount(600, `SELECT count(*) FROM receipts WHERE event = 'ContentConsignment'`)
	w.wantCount(600, `SELECT count(*) FROM deliveries WHERE status = 'sent' AND attempts = 1`)
	w.wantCursors()
	if twice := w.sender.Twice(); len(twice) > 0 {
		t.Errorf("sent twice: %v", twice)
	}
	for _, p := range pumps {
		if !p.State().Direct {
			t.Error("a pump without a queue does the work itself, and says so")
		}
	}
}
