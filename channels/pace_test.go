package channels

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"eblagh/hub"
	"eblagh/hub/hubtest"
)

func alone(rate float64) *Bucket {
	return NewBucket(BucketOptions{Provider: "p", PerSecond: rate, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
}

func someTexts(n int) []hub.Text {
	texts := make([]hub.Text, n)
	for i := range texts {
		texts[i] = hub.Text{Attempt: hub.AttemptKey{Delivery: hub.NewID(time.Now()), N: i + 1}}
	}
	return texts
}

func TestPaceKeepsTheRateAndLeavesTheRestForLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &hubtest.Sender{Size: 100}
		p, start := Pace(fake, alone(10)), time.Now()
		if p.Window() != 10 || Pace(fake, nil) != hub.Sender(fake) {
			t.Error("the window is not a second's worth")
		}
		if sent := p.Send(t.Context(), someTexts(50)); len(sent) != 50 || len(fake.Received()) != 50 {
			t.Errorf("%d sent", len(sent))
		}
		if took := time.Since(start); took < 4900*time.Millisecond || took > 5200*time.Millisecond {
			t.Errorf("50 texts at 10 a second took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1050*time.Millisecond)
		defer cancel()
		texts := someTexts(30)
		sent := p.Send(ctx, texts)
		left, answered := 0, []int{}
		for _, s := range sent {
			answered = append(answered, s.Attempt.N)
			if s.Outcome == hub.OutcomeDeferred && s.Reason == hub.ReasonThrottled {
				left++
			}
		}
		slices.Sort(answered)
		if len(slices.Compact(answered)) != 30 || left+len(fake.Received()) != 80 || left < 18 || left > 21 {
			t.Errorf("of %d, %d were left; %d left the house", len(answered), left, len(fake.Received()))
		}
	})
}

// slowly answers after a second: what the rate allows goes on leaving meanwhile.
type slowly struct{ hubtest.Sender }

func (s *slowly) Send(ctx context.Context, texts []hub.Text) []hub.Sent {
	<-time.After(time.Second) // of the bubble's time
	return s.Sender.Send(ctx, texts)
}

func TestASlowProviderStillGetsItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowly{hubtest.Sender{Size: 100}}
		start := time.Now()
		if sent := Pace(slow, alone(50)).Send(t.Context(), someTexts(50)); len(sent) != 50 {
			t.Errorf("%d sent", len(sent))
		}
		if took := time.Since(start); took > 2200*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

type dear struct{ hubtest.Sender }

func (*dear) Cost(hub.Text) int { return 7 }

func TestATextCostsItsParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if sent := Pace(&dear{}, alone(10)).Send(t.Context(), someTexts(5)); len(sent) != 5 {
			t.Errorf("%d sent", len(sent))
		}
		if took := time.Since(start); took < 3400*time.Millisecond || took > 3800*time.Millisecond {
			t.Errorf("35 messages at 10 a second took %v", took)
		}
	})
}

func TestUrgentTextsPassThoseThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &hubtest.Sender{Size: 1000}
		r, err := NewRegistry(Options{Clock: time.Now, Random: func() float64 { return 0 }, Logger: slog.New(slog.DiscardHandler)},
			Member{Sender: Pace(fake, alone(20)), Weight: 1})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			s, _ := r.Pick(hub.PriorityBulk, nil)
			s.Send(ctx, someTexts(1000))
		}()
		for _, p := range []hub.Priority{hub.PriorityUrgent, hub.PriorityCode} {
			<-time.After(3 * time.Second) // of the bubble's time
			start := time.Now()
			s, _ := r.Pick(p, nil)
			if sent := s.Send(ctx, someTexts(5)); len(sent) != 5 || sent[4].Outcome != hub.OutcomeAccepted {
				t.Errorf("%s: %+v", p, sent)
			}
			if took := time.Since(start); took > 300*time.Millisecond { // 5 of 20 a second, one of them kept ready
				t.Errorf("%s waited %v", p, took)
			}
		}
		cancel()
		<-done
		if n := len(fake.Received()); n < 110 || n > 130 { // 6 s
			t.Errorf("%d left in 6 s at 20 a second", n)
		}
	})
}
