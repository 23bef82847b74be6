package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"eblagh/config"
	"eblagh/hub/postgres/pgtest"
)

// logged collects log lines from many goroutines.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// settings are those of a test instance on the test's own database.
func settings(t *testing.T, url string) config.Config {
	t.Helper()
	c := devCommand{Data: t.TempDir(), Listen: "127.0.0.1:0"}.defaults()
	c.Database.URL = config.Secret(url)
	c.Vault.KeyFile = filepath.Join(c.DataDir, "vault.key")
	c.Certificate.KeyFile, c.Certificate.CertFile = filepath.Join(c.DataDir, "certificate.key"), filepath.Join(c.DataDir, "certificate.pem")
	return c
}

func startApp(t *testing.T, c config.Config, parts partList) (*App, *logged) {
	t.Helper()
	return startAppWith(t, c, parts, func(*Options) {})
}

// startAppWith changes the options of an App before it is made.
func startAppWith(t *testing.T, c config.Config, parts partList, change func(*Options)) (*App, *logged) {
	t.Helper()
	log := &logged{}
	o := Options{Config: c, Parts: parts, Logger: slog.New(slog.NewJSONHandler(log, nil)), Development: true}
	change(&o)
	app := New(o)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stopApp(app); err != nil {
			t.Error(err)
		}
	})
	return app, log
}

// get gives status and body.
func get(t *testing.T, addr net.Addr, path string) (int, string) {
	t.Helper()
	answer, err := http.Get("http://" + addr.String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// becomes polls readiness until it has the status.
func becomes(t *testing.T, app *App, want string) (status int, parts map[string]string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var state readiness
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-tick.C {
		var body string
		status, body = get(t, app.Addr(), "/readyz")
		if err := json.Unmarshal([]byte(body), &state); err != nil {
			t.Fatal(err)
		}
		if state.Status == want {
			return status, state.Parts
		}
	}
	t.Fatalf("readiness is %q, want %q", state.Status, want)
	return 0, nil
}

var allParts = partList{api: true, worker: true, live: true}

func TestAppServesProbesMetricsAndPages(t *testing.T) {
	c := settings(t, pgtest.URL(t))
	c.Redis.Addrs = []string{pgtest.Redis(t)}
	app, log := startApp(t, c, allParts)
	for _, addr := range []net.Addr{app.Addr(), app.AdminAddr()} {
		if status, body := get(t, addr, "/livez"); status != 200 || !strings.Contains(body, `"ok"`) {
			t.Errorf("livez: %d %s", status, body)
		}
		if status, body := get(t, addr, "/readyz"); status != 200 || !strings.Contains(body, `"status":"ok"`) {
			t.Errorf("readyz: %d %s", status, body)
		}
	}
	for path, want := range map[string]int{"/": 200, "/openapi.json": 200, "/docs": 200, "/v1/me": 401,
		"/v1/nothing": 404, "/metrics": 404, "/dev/phones/09120000000": 200, "/dev/phones/nobody": 404} {
		if status, body := get(t, app.Addr(), path+"?code=hunter2"); status != want {
			t.Errorf("%s: got %d, want %d: %.200s", path, status, want, body)
		}
	}
	_, metrics := get(t, app.AdminAddr(), "/metrics")
	for _, want := range []string{"go_goroutines", "eblagh_http_request_seconds_count", "eblagh_pump_direct 0"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("%s is not among the metrics", want)
		}
	}
	if lines := log.String(); !strings.Contains(lines, `"msg":"request"`) || strings.Contains(lines, "hunter2") ||
		strings.Contains(lines, "09120000000") {
		t.Errorf("requests are to be logged by route alone: %s", lines)
	}
}

func TestReadinessTellsWhatIsAway(t *testing.T) {
	pg, redis := pgtest.NewPostgres(t), pgtest.NewRedis(t)
	c := settings(t, pg.URL())
	c.Redis.Addrs = []string{redis.Addr()}
	app, _ := startApp(t, c, allParts)
	if status, _ := becomes(t, app, "ok"); status != 200 {
		t.Errorf("ok is %d", status)
	}
	if err := redis.Stop(); err != nil {
		t.Fatal(err)
	}
	if status, parts := becomes(t, app, "degraded"); status != 200 || parts["redis"] != "away" || parts["postgres"] != "ok" {
		t.Errorf("got %d %v", status, parts)
	}
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	if status, parts := becomes(t, app, "unavailable"); status != 503 || parts["postgres"] != "away" {
		t.Errorf("got %d %v", status, parts)
	}
	if err := errors.Join(pg.Start(t.Context()), redis.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	becomes(t, app, "ok")
}

func TestStopIsIdempotentAndFreesEverything(t *testing.T) {
	c := settings(t, pgtest.URL(t))
	app, _ := startApp(t, c, allParts)
	address := app.Addr().String()
	for range 2 {
		if err := stopApp(app); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("the address is not free: %v", err)
	}
	l.Close()
	if _, err := app.domain.db.Now(t.Context()); err == nil {
		t.Error("the database is still connected")
	}
}

func TestAPartialStartIsUndone(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c := settings(t, pgtest.URL(t))
	c.AdminListen = taken.Addr().String() // opened last
	app := New(Options{Config: c, Parts: allParts, Logger: slog.New(slog.DiscardHandler)})
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "admin listener") {
		t.Fatalf("got %v", err)
	}
	if _, err := net.Dial("tcp", app.Addr().String()); err == nil {
		t.Error("the other door is still open")
	}
	if _, err := app.domain.db.Now(t.Context()); err == nil {
		t.Error("the database is still connected")
	}
}

func TestDevBesideABusyPortStartsNothing(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	data := filepath.Join(t.TempDir(), "var")
	err = devCommand{Data: data, Listen: taken.Addr().String(), Seed: "demo", Parts: allParts}.Run(context.Background(), &commands{})
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) || !strings.Contains(err.Error(), "--listen") {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was begun: %v", err)
	}
}
