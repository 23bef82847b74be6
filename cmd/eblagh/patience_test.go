package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"eblagh/hub/postgres/pgtest"
)

// channelled gives every write, which is a line of the log, to whoever listens.
type channelled chan string

func (l channelled) Write(b []byte) (int, error) {
	select {
	case l <- string(bytes.TrimSpace(b)):
	default:
	}
	return len(b), nil
}

func TestAStartWaitsForTheDatabase(t *testing.T) {
	pg := pgtest.NewPostgres(t)
	c := settings(t, pg.URL())
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	said, started := make(channelled, 64), make(chan error, 1)
	app := New(Options{Config: c, Parts: allParts, Logger: slog.New(slog.NewJSONHandler(said, nil))})
	go func() { started <- app.Start(t.Context()) }()
	t.Cleanup(func() { _ = stopApp(app) })
	select {
	case line := <-said:
		if !strings.Contains(line, "does not answer yet") {
			t.Errorf("it says %s", line)
		}
	case err := <-started:
		t.Fatalf("it did not wait: %v", err)
	}
	if err := pg.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	becomes(t, app, "ok")
}

// What the database refuses, waiting does not mend; and a wait ends with the signal to stop.
func TestAStartDoesNotWaitInVain(t *testing.T) {
	c := settings(t, pgtest.URL(t)+"_of_nobody")
	app := New(Options{Config: c, Parts: allParts, Logger: slog.New(slog.DiscardHandler)})
	if err := app.Start(t.Context()); err == nil || strings.Contains(err.Error(), "waited") {
		t.Errorf("no such database: %v", err)
	}
	pg := pgtest.NewPostgres(t)
	c = settings(t, pg.URL())
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	said, started := make(channelled, 64), make(chan error, 1)
	app = New(Options{Config: c, Parts: allParts, Logger: slog.New(slog.NewJSONHandler(said, nil))})
	go func() { started <- app.Start(ctx) }()
	<-said
	cancel()
	if err := <-started; err == nil || strings.Contains(err.Error(), "waited") {
		t.Errorf("stopped while it waited: %v", err)
	}
}
