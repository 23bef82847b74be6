package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"

	"github.com/redis/go-redis/v9"

	"eblagh/channels"
	"eblagh/channels/sms"
	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// provider is one way to send texts, with what hears its reports.
type provider struct {
	hub.Sender
	asked dispatch.Querier // nil: it cannot be asked
	run   func(ctx context.Context)
	close func()
}

// hear takes the reports of providers.
type hear func(context.Context, []hub.Report) error

// openProviders makes the senders that the settings name, and the registry that picks among them.
func (a *App) openProviders(report hear, shared redis.UniversalClient) ([]provider, *channels.Registry, error) {
	var providers []provider
	var members []channels.Member
	for _, c := range a.o.Config.SMS.Providers {
		p, err := a.openProvider(c, report)
		if err != nil {
			return nil, nil, fmt.Errorf("sms provider %s: %w", c.Name, err)
		}
		a.undo.add("sms provider "+c.Name, func(context.Context) error { p.close(); return nil })
		providers = append(providers, p)
		members = append(members, channels.Member{Sender: channels.Pace(p.Sender, a.bucket(c, shared)), Weight: max(c.Weight, 1)})
	}
	registry, err := channels.NewRegistry(channels.Options{Clock: hub.SystemClock, Random: rand.Float64, Logger: a.log}, members...)
	if err != nil {
		return nil, nil, fmt.Errorf("sms providers: %w", err)
	}
	a.metrics.providers(registry.States)
	return providers, registry, nil
}

// bucket is the rate of a provider over all nodes; nil: it has none.
func (a *App) bucket(c config.Provider, shared redis.UniversalClient) *channels.Bucket {
	if c.RatePerSecond <= 0 {
		return nil
	}
	o := channels.BucketOptions{Provider: c.Name, PerSecond: c.RatePerSecond, Urgent: c.UrgentShare, Clock: hub.SystemClock,
		Logger: a.log}
	if shared != nil {
		o.Redis = shared
	}
	return channels.NewBucket(o)
}

// openProvider makes a sender of the kind that the settings say.
func (a *App) openProvider(c config.Provider, report hear) (provider, error) {
	switch c.Kind {
	case "sandbox":
		o := sms.SandboxOptions{Name: c.Name, Path: sandboxPath(a.o.Config.DataDir, c.Name), Clock: hub.SystemClock,
			Logger: a.log, Report: report}
		if a.o.Config.Mode == "test" {
			o.Numbers = sms.Simulated()
		}
		box, err := sms.NewSandbox(o)
		if err != nil {
			return provider{}, err
		}
		return provider{Sender: box, run: box.Run, close: box.Close}, nil
	case "http":
		former := func(ctx context.Context, most int) ([]string, error) {
			return a.domain.db.Unreported(ctx, c.Name, most)
		}
		g, err := openGateway(c, a.o.Config.SMS.Sender, a.log, report, former)
		if err != nil {
			return provider{}, err
		}
		p := provider{Sender: g, run: g.Run, close: g.Close}
		if g.Asks() {
			p.asked = g
		}
		return p, nil
	case "smpp":
		settle := func(ctx context.Context, late []hub.Sent) error { return a.domain.dispatcher.Settle(ctx, c.Name, late) }
		p, err := openSMPP(c, a.o.Config.SMS.Sender, a.log, report, settle)
		if err != nil {
			return provider{}, err
		}
		return provider{Sender: p, asked: p, run: p.Run, close: func() {}}, nil
	}
	return provider{}, fmt.Errorf("no provider is of kind %q", c.Kind)
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
		if p.Kind == "sandbox" {
			boxes = append(boxes, sms.NewOutbox(sandboxPath(c.DataDir, p.Name)))
		}
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
