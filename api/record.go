package api

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/trail"
)

// Trail writes down what was done and looked at. *trail.Writer implements it.
//
// Write MUST NOT return nil before the entries are durable.
type Trail interface {
	Write(ctx context.Context, entries []trail.Entry) error
}

// RecordOptions are what Record needs; all must be there.
type RecordOptions struct {
	Trail  Trail
	Doors  *signin.Doors
	Clock  hub.Clock
	Logger *slog.Logger
}

// headerCall tells the caller under which id the trail has the call.
const headerCall = "Call-Id"

// Record stands before everything that the process serves, so that no route can be forgotten: each call is a trail.Call
// that the parts behind fill, and no byte of an answer leaves before its entries are durable. An answer that cannot be
// recorded is held back: 503. What is everybody's to read (the log, the documents of the wire, what pages are made of)
// and what operators' probes ask leaves no entry, and neither do reports of providers, which are kept as they come.
func Record(next http.Handler, o RecordOptions) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if everybodys(r) {
			next.ServeHTTP(w, r)
			return
		}
		call := trail.NewCall(o.Clock, o.Doors.From(r), r.Method != http.MethodGet && r.Method != http.MethodHead)
		held := &heldAnswer{ResponseWriter: w, request: r, call: call, o: o}
		w.Header().Set(headerCall, call.ID().String())
		defer held.end()
		next.ServeHTTP(held, r.WithContext(trail.With(r.Context(), call)))
	})
}

// everybodys names what leaves no entry. What is not here does.
func everybodys(r *http.Request) bool {
	path := r.URL.Path
	if strings.HasPrefix(path, "/callbacks/") {
		return true
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	switch path {
	case "/livez", "/readyz", "/openapi.json", "/docs":
		return true
	}
	for _, prefix := range []string{"/static/", "/docs/", "/log/", "/dev/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// heldAnswer holds an answer back until its call is written down. It is an http.ResponseWriter.
type heldAnswer struct {
	http.ResponseWriter
	request *http.Request
	call    *trail.Call
	o       RecordOptions
	begun   bool // the status has been decided
	refused bool // the call could not be written: nothing of its answer leaves
}

// WriteHeader implements http.ResponseWriter.
func (h *heldAnswer) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols { // informational: the answer is to come
		h.ResponseWriter.WriteHeader(status)
		return
	}
	if !h.begun && h.record(status) {
		h.ResponseWriter.WriteHeader(status)
	}
}

// record writes the call down, once. It reports whether the answer may leave.
func (h *heldAnswer) record(status int) bool {
	if h.begun {
		return !h.refused
	}
	h.begun = true
	location := h.Header().Get("Location")
	if made, ok := trail.Made(location); ok && status < 400 && h.request.Method == http.MethodPost {
		h.call.About(made)
	}
	toSignIn := strings.HasPrefix(location, "/sign-in") || status == http.StatusUnauthorized
	err := h.o.Trail.Write(h.request.Context(), h.call.Rest(status, toSignIn && h.request.URL.Path != "/"))
	if err == nil {
		return true
	}
	h.refused = true
	h.o.Logger.Error("a call was not recorded, and so not answered", "call", h.call.ID(), "error", redact(err.Error()))
	h.instead()
	return false
}

// harmless are the headers of an answer that stay when it is held back: they tell nothing of it.
var harmless = []string{"Call-Id", "Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
	"Permissions-Policy", "Referrer-Policy", "Strict-Transport-Security", "Vary", "X-Content-Type-Options", "X-Frame-Options"}

// instead says that the call was not recorded, and nothing of its answer.
func (h *heldAnswer) instead() {
	for name := range h.Header() {
		if !slices.Contains(harmless, name) {
			h.Header().Del(name)
		}
	}
	problem := problemOf(hub.Refuse(hub.CodeOverloaded, "what you do cannot be recorded at the moment; try again"))
	if strings.HasPrefix(h.request.URL.Path, "/v1/") {
		problem.write(h.ResponseWriter)
		return
	}
	h.Header().Set("Content-Type", "text/plain; charset=utf-8")
	h.Header().Set("Cache-Control", "no-store")
	h.Header().Set("Retry-After", strconv.Itoa(problem.retryAfter))
	h.ResponseWriter.WriteHeader(problem.Status)
	_, _ = io.WriteString(h.ResponseWriter, "اکنون نمی‌توان کار شما را ثبت کرد. کمی بعد دوباره تلاش کنید.\n"+
		"What you do cannot be recorded at the moment. Try again shortly.\n") // the caller may be gone
}

// Write implements http.ResponseWriter.
func (h *heldAnswer) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	if h.refused {
		return len(p), nil
	}
	return h.ResponseWriter.Write(p)
}

// ReadFrom lets the server send files by itself, as io.Copy asks.
func (h *heldAnswer) ReadFrom(r io.Reader) (int64, error) {
	h.WriteHeader(http.StatusOK)
	if h.refused {
		return io.Copy(io.Discard, r)
	}
	return io.Copy(h.ResponseWriter, r)
}

// FlushError is asked for by http.ResponseController.
func (h *heldAnswer) FlushError() error {
	h.WriteHeader(http.StatusOK)
	if h.refused {
		return nil
	}
	return http.NewResponseController(h.ResponseWriter).Flush()
}

// Hijack implements http.Hijacker, for live connections: the call that opens one is written down before it is open.
func (h *heldAnswer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !h.record(http.StatusSwitchingProtocols) {
		return nil, nil, errUnrecorded
	}
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

var errUnrecorded = hub.Refuse(hub.CodeOverloaded, "the call was not recorded")

// Unwrap lets http.ResponseController reach the deadlines of the connection.
func (h *heldAnswer) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// end records a call whose handler wrote nothing, which the server answers with 200, or which fell.
func (h *heldAnswer) end() {
	if fault := recover(); fault != nil {
		if !h.begun { // nothing is answered: that it came and fell is written if it can be
			h.begun = true
			_ = h.o.Trail.Write(h.request.Context(), h.call.Rest(http.StatusInternalServerError, false))
		}
		panic(fault)
	}
	if !h.begun {
		h.WriteHeader(http.StatusOK)
	}
}
