package channels

import (
	"context"
	"slices"

	"golang.org/x/time/rate"

	"eblagh/hub"
)

// paced holds a sender to a rate, counted in this process.
type paced struct {
	hub.Sender
	limiter *rate.Limiter
}

// Pace holds a sender to so many texts a second in this process; 0 or less leaves it as it is.
func Pace(s hub.Sender, perSecond float64) hub.Sender {
	if perSecond <= 0 {
		return s
	}
	return &paced{Sender: s, limiter: rate.NewLimiter(rate.Limit(perSecond), max(1, min(s.Window(), int(perSecond))))}
}

// Window implements hub.Sender: a slice is worth a second of the rate at most.
func (p *paced) Window() int { return p.limiter.Burst() }

// Send implements hub.Sender. Texts whose turn does not come before ctx ends have not left.
func (p *paced) Send(ctx context.Context, texts []hub.Text) []hub.Sent {
	var sent []hub.Sent
	for slice := range slices.Chunk(texts, p.limiter.Burst()) {
		if p.limiter.WaitN(ctx, len(slice)) == nil {
			sent = append(sent, p.Sender.Send(ctx, slice)...)
			continue
		}
		for _, t := range slice {
			sent = append(sent, hub.Sent{Attempt: t.Attempt, Outcome: hub.OutcomeDeferred, Reason: hub.ReasonThrottled})
		}
	}
	return sent
}
