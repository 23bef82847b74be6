package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
)

// newLogger writes JSON lines. What is logged names routes, lanes and counts, never persons or papers.
func newLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo // config has checked it
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l}))
}

// logLine says something to the person at the terminal, apart from what the command prints as its result.
func logLine(text string) error {
	_, err := fmt.Fprintln(os.Stderr, text)
	return err
}
