package channels

import (
	"context"
	"sync"
	"time"

	"eblagh/hub"
)

// Between two looks into the bucket: not so soon that looking is all that is done, not so late that it runs over.
const (
	soonest = 10 * time.Millisecond
	latest  = 100 * time.Millisecond
)

// paced holds a sender to the rate of a bucket.
type paced struct {
	hub.Sender
	bucket *Bucket
	urgent bool
}

// costly is a sender to whom some texts cost more than one unit of its rate.
type costly interface{ Cost(text hub.Text) int }

// Pace holds a sender to the rate of the bucket; nil leaves it as it is.
func Pace(s hub.Sender, b *Bucket) hub.Sender {
	if b == nil {
		return s
	}
	return &paced{Sender: s, bucket: b}
}

// pressing is a sender through which urgent texts and codes may pass those that wait.
type pressing interface{ Urgent() hub.Sender }

// at gives the sender for texts of a priority.
func at(s hub.Sender, p hub.Priority) hub.Sender {
	if own, ok := s.(pressing); ok && (p == hub.PriorityUrgent || p == hub.PriorityCode) {
		return own.Urgent()
	}
	return s
}

// Urgent gives the sender for urgent texts.
func (p *paced) Urgent() hub.Sender {
	return &paced{Sender: at(p.Sender, hub.PriorityUrgent), bucket: p.bucket, urgent: true}
}

// Window implements hub.Sender: a slice is worth a second of the rate at most.
func (p *paced) Window() int { return max(1, min(p.Sender.Window(), int(p.bucket.o.PerSecond))) }

// Send implements hub.Sender. Each text leaves as soon as the bucket has its cost, while others are still under way.
// Texts whose turn does not come before ctx ends have not left.
func (p *paced) Send(ctx context.Context, texts []hub.Text) []hub.Sent {
	costs, due := p.costs(texts)
	var sent []hub.Sent
	var mu sync.Mutex
	var wg sync.WaitGroup
	for credit := 0; len(texts) > 0 && ctx.Err() == nil; {
		granted, wait := p.bucket.take(ctx, p.urgent, due-credit)
		credit += granted
		n := 0
		for n < len(texts) && costs[n] <= credit {
			credit, due = credit-costs[n], due-costs[n]
			n++
		}
		if slice := texts[:n]; n > 0 {
			texts, costs = texts[n:], costs[n:]
			wg.Go(func() {
				answers := Unbroken(slice, func() []hub.Sent { return p.Sender.Send(ctx, slice) })
				mu.Lock()
				defer mu.Unlock()
				sent = append(sent, answers...)
			})
		}
		if len(texts) > 0 {
			pause(ctx, min(max(wait, soonest), latest))
		}
	}
	wg.Wait()
	for _, t := range texts {
		sent = append(sent, hub.Sent{Attempt: t.Attempt, Outcome: hub.OutcomeDeferred, Reason: hub.ReasonThrottled})
	}
	return sent
}

// Unbroken sends texts, and makes unknown what a panic left open: nobody can tell what has left. The words of a panic are
// told to nobody, for numbers may be in them.
func Unbroken(texts []hub.Text, send func() []hub.Sent) (sent []hub.Sent) {
	defer func() {
		if recover() == nil {
			return
		}
		sent = make([]hub.Sent, len(texts))
		for i, t := range texts {
			sent[i] = hub.Sent{Attempt: t.Attempt, Outcome: hub.OutcomeUnknown, Reason: hub.ReasonProvider}
		}
	}()
	return send()
}

func (p *paced) costs(texts []hub.Text) (costs []int, all int) {
	costs = make([]int, len(texts))
	prices, some := p.Sender.(costly)
	for i, text := range texts {
		costs[i] = 1
		if some {
			costs[i] = max(1, prices.Cost(text))
		}
		all += costs[i]
	}
	return costs, all
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
