package hubtest

import (
	"context"
	"fmt"
	"sync"

	"eblagh/hub"
)

// Sender is a provider that counts on the receiving side: every text that reaches it is kept, whatever it answers.
type Sender struct {
	Provider string                                                // "fake" when empty
	Size     int                                                   // the window; 10 when 0
	Answer   func(ctx context.Context, text hub.Text) (s hub.Sent) // nil: accepted, with an id of its own

	mu       sync.Mutex
	received []hub.Text
}

// Only is how a dispatcher picks when there is a single provider.
func Only(s hub.Sender) func(hub.Priority, map[string]bool) (hub.Sender, bool) {
	return func(_ hub.Priority, barred map[string]bool) (hub.Sender, bool) { return s, !barred[s.Name()] }
}

// Name implements hub.Sender.
func (s *Sender) Name() string {
	if s.Provider == "" {
		return "fake"
	}
	return s.Provider
}

// Window implements hub.Sender.
func (s *Sender) Window() int {
	if s.Size == 0 {
		return 10
	}
	return s.Size
}

// Send implements hub.Sender.
func (s *Sender) Send(ctx context.Context, texts []hub.Text) []hub.Sent {
	out := make([]hub.Sent, 0, len(texts))
	for _, text := range texts {
		s.mu.Lock()
		s.received = append(s.received, text)
		s.mu.Unlock()
		sent := hub.Sent{Outcome: hub.OutcomeAccepted, MessageID: MessageID(text.Attempt)}
		if s.Answer != nil {
			sent = s.Answer(ctx, text)
		}
		sent.Attempt = text.Attempt
		out = append(out, sent)
	}
	return out
}

// MessageID is the id that Sender gives to an attempt.
func MessageID(key hub.AttemptKey) string { return fmt.Sprintf("M-%s-%d", key.Delivery, key.N) }

// Received is every text that arrived, in order.
func (s *Sender) Received() []hub.Text {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]hub.Text(nil), s.received...)
}

// Twice lists attempts that arrived more than once: there must be none, ever.
func (s *Sender) Twice() []hub.AttemptKey {
	seen, twice := map[hub.AttemptKey]int{}, []hub.AttemptKey(nil)
	for _, text := range s.Received() {
		if seen[text.Attempt]++; seen[text.Attempt] == 2 {
			twice = append(twice, text.Attempt)
		}
	}
	return twice
}
