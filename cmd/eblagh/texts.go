package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"

	"golang.org/x/time/rate"

	"eblagh/channels/sms"
	"eblagh/config"
	"eblagh/hub"
)

// provider is one way to send texts, with its share of them.
type provider struct {
	hub.Sender
	weight int
	run    func(ctx context.Context)
}

// openProviders makes the senders that the settings name. Reports go to report.
func (a *App) openProviders(report func(context.Context, []hub.Report) error) ([]provider, error) {
	var providers []provider
	for _, p := range a.o.Config.SMS.Providers {
		box, err := sms.NewSandbox(sms.SandboxOptions{Name: p.Name, Path: sandboxPath(a.o.Config.DataDir, p.Name),
			Clock: hub.SystemClock, Logger: a.log, Report: report})
		if err != nil {
			return nil, fmt.Errorf("sms provider %s: %w", p.Name, err)
		}
		a.undo.add("sms provider "+p.Name, func(context.Context) error { box.Close(); return nil })
		providers = append(providers, provider{Sender: pace(box, p.RatePerSecond), weight: max(p.Weight, 1), run: box.Run})
	}
	return providers, nil
}

// pickByWeight chooses the provider of each slice of texts, in proportion to the weights.
func pickByWeight(providers []provider) func(hub.Priority) (hub.Sender, bool) {
	total := 0
	for _, p := range providers {
		total += p.weight
	}
	return func(hub.Priority) (hub.Sender, bool) {
		if total == 0 {
			return nil, false
		}
		n := rand.IntN(total)
		for _, p := range providers {
			if n -= p.weight; n < 0 {
				return p.Sender, true
			}
		}
		return nil, false
	}
}

// paced holds a sender to a rate, counted in this process.
type paced struct {
	hub.Sender
	limiter *rate.Limiter
}

func pace(s hub.Sender, perSecond float64) hub.Sender {
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

func sandboxPath(dir, name string) string {
	if name == "sandbox" {
		return filepath.Join(dir, "sandbox.jsonl")
	}
	return filepath.Join(dir, "sandbox-"+name+".jsonl")
}

// phones shows what the sandbox's phones received, so that a developer or a script can read a one-time code.
func phones(c config.Config) http.Handler {
	var boxes []*sms.Outbox
	for _, p := range c.SMS.Providers {
		boxes = append(boxes, sms.NewOutbox(sandboxPath(c.DataDir, p.Name)))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mobile, err := hub.ParseMobile(r.PathValue("mobile"))
		if err != nil {
			answerJSON(w, http.StatusNotFound, map[string]string{"title": "this is not a mobile number"})
			return
		}
		items := []sms.Received{}
		for _, box := range boxes {
			texts, err := box.Texts(mobile)
			if err != nil {
				answerJSON(w, http.StatusInternalServerError, map[string]string{"title": "the sandbox cannot be read"})
				return
			}
			items = append(items, texts...)
		}
		slices.SortStableFunc(items, func(x, y sms.Received) int { return x.At.Compare(y.At) })
		answerJSON(w, http.StatusOK, map[string]any{"items": items})
	})
}
