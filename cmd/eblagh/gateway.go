package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"eblagh/channels/sms/gateway"
	"eblagh/config"
	"eblagh/hub"
)

// callbackRoute is where HTTP providers tell of reports.
const callbackRoute = "/callbacks/{provider}"

// former gives the ids of texts that left before the start and have no report.
type former func(ctx context.Context, most int) ([]string, error)

// openGateway makes a provider of kind http from its settings.
func openGateway(c config.Provider, sender string, log *slog.Logger, report hear, former former) (*gateway.Gateway, error) {
	h := c.HTTP
	secrets, callback, err := h.Secrets()
	if err != nil {
		return nil, err
	}
	headers := map[string]string{}
	for name, value := range h.Headers {
		headers[name] = value
	}
	for name, secret := range secrets {
		headers[name] = secret.Reveal()
	}
	words, err := meanings(h.Words)
	if err != nil {
		return nil, err
	}
	return gateway.New(gateway.Options{
		Name: c.Name, URL: h.URL, Headers: headers, Sender: sender, Body: h.Body, Mobile: h.Mobile,
		Message: gateway.Pointers{ID: h.ID, Word: h.Status}, Words: words, Window: h.Window, Timeout: h.Timeout,
		Status: gateway.Status{URL: h.Poll.URL, IDs: h.Poll.IDs, Every: h.Poll.Every, For: h.Poll.For, Batch: h.Poll.Batch,
			At: gateway.Pointers{Items: h.Poll.Items, ID: h.Poll.ID, Word: h.Poll.Status}},
		Callback: gateway.Callback{Header: h.Callback.Header, Secret: callback.Reveal(),
			At: gateway.Pointers{Items: h.Callback.Items, ID: h.Callback.ID, Word: h.Callback.Status}},
		Clock: hub.SystemClock, Logger: log, Report: report, Former: former,
	})
}

// meanings reads the table of status words: "outcome", or "outcome reason".
func meanings(table map[string]string) (map[string]gateway.Result, error) {
	words := make(map[string]gateway.Result, len(table))
	for word, text := range table {
		parts := append(strings.Fields(text), "")
		if len(parts) < 2 || len(parts) > 3 {
			return nil, fmt.Errorf("http.words.%s: must be an outcome, or an outcome and a reason", word)
		}
		words[word] = gateway.Result{Outcome: hub.Outcome(parts[0]), Reason: hub.Reason(parts[1])}
	}
	return words, nil
}

// mountCallbacks lets the HTTP providers that have a secret tell of reports, at any process that has the front door.
func (a *App) mountCallbacks(mux *http.ServeMux) error {
	byName := map[string]http.Handler{}
	for _, c := range a.o.Config.SMS.Providers {
		if c.Kind != "http" || c.HTTP.Callback.SecretFile == "" {
			continue
		}
		g, err := openGateway(c, a.o.Config.SMS.Sender, a.log, func(ctx context.Context, reports []hub.Report) error {
			return a.domain.dispatcher.Report(ctx, reports)
		}, nil)
		if err != nil {
			return fmt.Errorf("callbacks of %s: %w", c.Name, err)
		}
		byName[c.Name] = g
	}
	told := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g := byName[r.PathValue("provider")]; g != nil {
			g.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	})
	mux.Handle(callbackRoute, a.observed(told, []string{callbackRoute}))
	return nil
}
