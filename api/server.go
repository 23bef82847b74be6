package api

import (
	"log/slog"
	"net/http"
	"time"

	"eblagh/hub"
)

// bodyLimit is how long a body may take: 20 MB at 1.4 Mbit/s.
const bodyLimit = 2 * time.Minute

// NewServer wraps a handler with the limits that keep slow and greedy callers from holding the process: headers within
// 10 s and 64 KB, a body within two minutes (20 MB at 1.4 Mbit/s), an answer within three, idle connections for two.
// Handlers that hijack, such as the live channel, set their own deadlines.
func NewServer(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           unspoken(handler, logger),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       bodyLimit,
		WriteTimeout:      3 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}

// unspoken ends what panics behind no other door, before net/http would log its words.
func unspoken(next http.Handler, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if fault != http.ErrAbortHandler {
				logger.Error("panic", "error", hub.Fault(fault))
			}
			panic(http.ErrAbortHandler)
		}()
		next.ServeHTTP(w, r)
	})
}
