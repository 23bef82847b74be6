package sms

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"eblagh/hub"
)

const (
	// SandboxBytes bounds one file of the sandbox. There are two at most: a full one is kept under another name until
	// the next is full, so texts of the last 64 to 128 MB can be read.
	SandboxBytes  = 64 << 20
	sandboxWindow = 100
)

// SandboxOptions are what a Sandbox works with. Path, Clock and Logger are needed.
type SandboxOptions struct {
	Name    string // the provider's; "" is sandbox
	Path    string // of the file, in a folder that exists; its name ends in .jsonl
	Clock   hub.Clock
	Logger  *slog.Logger
	Report  func(context.Context, []hub.Report) error // takes reports; nil: nobody wants them
	Numbers map[hub.Mobile]Behaviour                  // what certain numbers do; all others take and report delivered
	Most    int64                                     // bytes in one file; 0: SandboxBytes
	Settle  time.Duration                             // after it, a text without report is reported again; 0: 15 s
}

// Behaviour is what a simulated number does with a text.
type Behaviour struct {
	Outcome hub.Outcome // of the attempt; "" is accepted. Only accepted and delivered texts are written
	Reason  hub.Reason
	Works   int           // attempts before this one are deferred, the number being out of reach
	Report  hub.Outcome   // that comes later; "" is none
	After   time.Duration // when it comes; 0: at once
}

// Sandbox implements hub.Sender: it writes texts into a file instead of sending them.
type Sandbox struct {
	o       SandboxOptions
	journal journal
	due     chan entry // texts to report
}

// NewSandbox opens the file. Errors: it cannot be written.
func NewSandbox(o SandboxOptions) (*Sandbox, error) {
	o.Name = cmp.Or(o.Name, "sandbox")
	o.Settle = cmp.Or(o.Settle, 15*time.Second)
	s := &Sandbox{o: o, due: make(chan entry, 10_000),
		journal: journal{path: o.Path, most: cmp.Or(o.Most, SandboxBytes)}}
	if err := s.journal.open(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return s, nil
}

// Close closes the file. Nothing may be sent any more.
func (s *Sandbox) Close() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.close()
}

// Name implements hub.Sender.
func (s *Sandbox) Name() string { return s.o.Name }

// Window implements hub.Sender.
func (s *Sandbox) Window() int { return sandboxWindow }

// Send implements hub.Sender. The texts leave with one write.
func (s *Sandbox) Send(ctx context.Context, texts []hub.Text) []hub.Sent {
	sent := make([]hub.Sent, len(texts))
	entries := make([]entry, len(texts))
	ends := make([]int, len(texts)) // where each text's line ends among all
	var lines []byte
	for i, text := range texts {
		b := s.behaviour(text.To)
		if text.Attempt.N < b.Works {
			b.Outcome, b.Reason = hub.OutcomeDeferred, hub.ReasonUnreachable
		}
		sent[i] = hub.Sent{Attempt: text.Attempt, Outcome: cmp.Or(b.Outcome, hub.OutcomeAccepted), Reason: b.Reason}
		if sent[i].Outcome != hub.OutcomeAccepted && sent[i].Outcome != hub.OutcomeDelivered {
			continue
		}
		if ctx.Err() != nil {
			sent[i].Outcome, sent[i].Reason = hub.OutcomeDeferred, hub.ReasonProvider
			continue
		}
		entries[i] = s.entry(text)
		sent[i].MessageID = entries[i].MessageID
		lines = appendLine(lines, entries[i])
		ends[i] = len(lines)
	}
	if len(lines) == 0 {
		return sent
	}
	written, err := s.journal.append(lines)
	if err != nil {
		s.o.Logger.ErrorContext(ctx, "the sandbox's file cannot be written", "provider", s.o.Name, "error", err)
	}
	began := 0
	for i, end := range ends {
		if end == 0 {
			continue
		}
		switch {
		case end <= written:
			s.expect(entries[i])
		case began < written: // its line is torn
			sent[i] = hub.Sent{Attempt: sent[i].Attempt, Outcome: hub.OutcomeUnknown, Reason: hub.ReasonProvider}
		default:
			sent[i] = hub.Sent{Attempt: sent[i].Attempt, Outcome: hub.OutcomeDeferred, Reason: hub.ReasonProvider}
		}
		began = end
	}
	return sent
}

func (s *Sandbox) entry(text hub.Text) entry {
	_, parts := Segments(text.Body)
	now := s.o.Clock()
	return entry{At: now, Mobile: text.To, Text: text.Body, Parts: len(parts), Delivery: text.Attempt.Delivery,
		N: text.Attempt.N, MessageID: hub.NewID(now).String(), Report: pending}
}

func (s *Sandbox) behaviour(to hub.Mobile) Behaviour {
	if b, ok := s.o.Numbers[to]; ok {
		return b
	}
	return Behaviour{Report: hub.OutcomeDelivered}
}

// appendLine adds an entry as JSON. An entry has nothing in it that JSON refuses.
func appendLine(lines []byte, e entry) []byte {
	b, err := json.Marshal(e)
	if err != nil {
		return lines
	}
	return append(append(lines, b...), '\n')
}
