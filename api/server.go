package api

import (
	"log/slog"
	"net/http"
	"time"
)

// bodyLimit is how long a body may take: 20 MB at 1.4 Mbit/s.
const bodyLimit = 2 * time.Minute

// NewServer wraps a handler with the limits that keep slow and greedy callers from holding the process: headers within
// 10 s and 64 KB, a body within two minutes (20 MB at 1.4 Mbit/s), an answer within three, idle connections for two.
// Handlers that hijack, such as the live channel, set their own deadlines.
func NewServer(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       bodyLimit,
		WriteTimeout:      3 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}
