package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// health says whether the process lives and whether it is of use. Without Postgres it is of none; without Redis it
// works, slower, and says that it is degraded.
type health struct {
	database func(context.Context) error
	queue    func(context.Context) error // nil: no Redis is configured
	ledger   func(context.Context) error // whether papers are accepted, or wait for the log
	keys     func(context.Context) error // whether this process holds the keys that the database is written under

	mu      sync.Mutex
	at      time.Time
	lastly  readiness
	stopped bool
}

// readiness is the answer of /readyz.
type readiness struct {
	Status string            `json:"status"` // ok, degraded, unavailable or stopping
	Parts  map[string]string `json:"parts"`
}

const (
	healthAge     = 500 * time.Millisecond // probes come often and from many sides
	healthTimeout = 2 * time.Second
)

// live answers as long as the process can answer at all.
func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready answers 200 for ok and degraded, else 503.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	state, status := h.look(r.Context()), http.StatusOK
	if state.Status != "ok" && state.Status != "degraded" {
		status = http.StatusServiceUnavailable
	}
	answerJSON(w, status, state)
}

// stop makes the process not ready, so that balancers turn away before it stops.
func (h *health) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
}

// parts lists what is configured, with how to ask whether it is there.
func (h *health) parts() map[string]func(context.Context) error {
	parts := map[string]func(context.Context) error{"postgres": h.database}
	if h.queue != nil {
		parts["redis"] = h.queue
	}
	return parts
}

func (h *health) look(ctx context.Context) readiness {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return readiness{Status: "stopping"}
	}
	if time.Since(h.at) < healthAge {
		return h.lastly
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthTimeout)
	defer cancel()
	state := readiness{Status: "ok", Parts: map[string]string{"postgres": "ok", "redis": "ok"}}
	if h.queue == nil {
		state.Parts["redis"] = "not configured"
	} else if h.queue(ctx) != nil {
		state.Status, state.Parts["redis"] = "degraded", "away"
	}
	if h.ledger != nil && h.ledger(ctx) != nil {
		state.Status, state.Parts["ledger"] = "degraded", "behind"
	}
	if h.keys != nil && h.keys(ctx) != nil {
		state.Status, state.Parts["keys"] = "unavailable", "missing"
	}
	if h.database(ctx) != nil {
		state.Status, state.Parts["postgres"] = "unavailable", "away"
	}
	h.at, h.lastly = time.Now(), state
	return state
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
