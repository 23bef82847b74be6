package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"net/http"
)

// Tells reports whether the gateway may tell of reports by itself.
func (g *Gateway) Tells() bool { return g.o.Callback.Secret != "" }

// ServeHTTP takes reports that the gateway posts. 204 means that they are kept; anything else, that the gateway should
// tell again. Without the secret nothing is read.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if !g.Tells() || !same(r.Header.Get(g.o.Callback.Header), g.o.Callback.Secret) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, mostBytes+1))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	value, err := parse(text)
	switch {
	case len(text) > mostBytes:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		return
	case len(items(value, g.o.Callback.At.Items)) > mostItems:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err := g.take(r.Context(), g.reports(value, g.o.Callback.At)); err != nil {
		g.o.Logger.WarnContext(r.Context(), "reports were not taken; the gateway tells them again", "provider", g.o.Name)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// same compares in a time that tells nothing, not even the length.
func same(given, want string) bool {
	x, y := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
