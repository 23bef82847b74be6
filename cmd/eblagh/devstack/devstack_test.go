package devstack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asParent makes this test binary a program that starts a stack in the named folder, prints its processes, and waits.
const asParent = "DEVSTACK_TEST_PARENT"

type pids struct{ Postgres, Redis int }

func TestMain(m *testing.M) {
	dir := os.Getenv(asParent)
	if dir == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s, err := Start(ctx, quick(dir))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(pids{s.Postgres.PID(), s.Redis.PID()})
	<-ctx.Done()
	if err := s.Close(); err != nil {
		os.Exit(1)
	}
}

func quick(dir string) Options {
	return Options{DataDir: dir, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Postgres: map[string]string{"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}}
}

func start(t *testing.T, dir string) *Stack {
	t.Helper()
	s, err := Start(t.Context(), quick(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// await polls until ok, or fails the test.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); <-tick.C {
		if ok() {
			return
		}
	}
	t.Fatalf("%s did not happen in time", what)
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func set(t *testing.T, r *Redis, command, want string) {
	t.Helper()
	got, err := r.ask(t.Context(), command)
	if err != nil || got != want {
		t.Fatalf("%s: got %q, %v; want %q", command, got, err, want)
	}
}

// psql runs one statement and gives what it answers.
func psql(t *testing.T, p *Postgres, url, statement string) string {
	t.Helper()
	tool := filepath.Join(filepath.Dir(p.program.path), "psql")
	out, err := exec.Command(tool, "-XAtq", "-v", "ON_ERROR_STOP=1", url, "-c", statement).CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestChildrenDieWithAKilledParentAndTheNextStartResumes(t *testing.T) {
	dir := t.TempDir()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), asParent+"="+dir)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = parent.Process.Kill() }()
	var p pids
	if err := json.NewDecoder(out).Decode(&p); err != nil {
		t.Fatalf("the parent did not start its stack: %v", err)
	}
	if p.Postgres == 0 || p.Redis == 0 || gone(p.Postgres) || gone(p.Redis) {
		t.Fatalf("no children: %+v", p)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	await(t, "the end of both servers", func() bool { return gone(p.Postgres) && gone(p.Redis) })
	s := start(t, dir)
	if got := psql(t, s.Postgres, s.Postgres.URL(), "SELECT 1"); got != "1" {
		t.Fatalf("got %q", got)
	}
}

func TestChildrenEndWithAStoppedParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), asParent+"="+t.TempDir())
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = parent.Process.Kill() }()
	var p pids
	if err := json.NewDecoder(out).Decode(&p); err != nil {
		t.Fatalf("the parent did not start its stack: %v", err)
	}
	if err := parent.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := parent.Wait(); err != nil {
		t.Fatalf("the parent did not end well: %v", err)
	}
	if !gone(p.Postgres) || !gone(p.Redis) {
		t.Fatal("a server outlived the parent")
	}
}

func TestDataSurviveCloseAndStart(t *testing.T) {
	dir := t.TempDir()
	s, err := Start(t.Context(), quick(dir))
	if err != nil {
		t.Fatal(err)
	}
	psql(t, s.Postgres, s.Postgres.SocketURL(), "CREATE TABLE kept AS SELECT 42 AS n")
	set(t, s.Redis, "SET kept 42", "+OK")
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	s = start(t, dir)
	if got := psql(t, s.Postgres, s.Postgres.URL(), "SELECT n FROM kept"); got != "42" {
		t.Errorf("Postgres lost its data: %q", got)
	}
	set(t, s.Redis, "STRLEN kept", ":2")
}

func TestACrashedServerIsStartedAgainOnTheSameAddress(t *testing.T) {
	s := start(t, t.TempDir())
	pg, redis, url := s.Postgres.PID(), s.Redis.PID(), s.Postgres.URL()
	for _, pid := range []int{pg, redis} {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "a new Postgres", func() bool {
		pid := s.Postgres.PID()
		return pid != 0 && pid != pg && s.Postgres.answers(t.Context(), pid) == nil
	})
	await(t, "a new Redis", func() bool {
		pid := s.Redis.PID()
		return pid != 0 && pid != redis && s.Redis.answers(t.Context(), pid) == nil
	})
	if got := psql(t, s.Postgres, url, "SELECT 1"); got != "1" {
		t.Fatalf("got %q", got)
	}
}

func TestStoppedAndKilledServersStayDownUntilStart(t *testing.T) {
	s := start(t, t.TempDir())
	for name, down := range map[string]func() error{"stop": s.Redis.Stop, "kill": s.Redis.Kill} {
		if err := down(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if conn, err := net.Dial("tcp", s.Redis.Addr()); err == nil {
			conn.Close()
			t.Fatalf("%s: Redis still answers", name)
		}
		if err := s.Redis.Start(t.Context()); err != nil {
			t.Fatalf("start after %s: %v", name, err)
		}
		set(t, s.Redis, "PING", "+PONG")
	}
	busy := exec.Command(filepath.Join(filepath.Dir(s.Postgres.program.path), "psql"), s.Postgres.URL(), "-c", "SELECT count(*) FROM generate_series(1, 1000000000000)")
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "a session that computes", func() bool {
		return psql(t, s.Postgres, s.Postgres.URL(), "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%1000000000000%' AND pid <> pg_backend_pid()") != "0"
	})
	if err := s.Postgres.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = busy.Wait() // its server is gone
	if err := s.Postgres.Start(t.Context()); err != nil {
		t.Fatalf("start after kill: %v", err)
	}
	if err := s.Postgres.Restart(t.Context()); err != nil {
		t.Fatalf("restart: %v", err)
	}
	if got := psql(t, s.Postgres, s.Postgres.URL(), "SELECT 1"); got != "1" {
		t.Fatalf("got %q", got)
	}
}

func TestAFolderInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, dir)
	_, err := Start(t.Context(), quick(dir))
	if err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Fatalf("got %v", err)
	}
}

func TestAStalePIDFileDoesNotHinder(t *testing.T) {
	dir := t.TempDir()
	s, err := Start(t.Context(), quick(dir))
	if err != nil {
		t.Fatal(err)
	}
	data := s.Postgres.data
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// The number belongs to a living process now: this one.
	stale := strconv.Itoa(os.Getpid()) + "\n" + data + "\n1\n1\n\nlocalhost\n\nready\n"
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

func TestAFolderThatOthersMayNotEnter(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(closed, strings.Repeat("a-long-name-", 8)) // and too long for a socket
	s := start(t, filepath.Join(long, "var"))
	if got := psql(t, s.Postgres, s.Postgres.SocketURL(), "SELECT 1"); got != "1" {
		t.Fatalf("got %q", got)
	}
	if info, err := os.Stat(closed); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("the closed folder was changed: %v, %v", info.Mode(), err)
	}
}

func TestAServerThatCannotStartTellsItsLog(t *testing.T) {
	o := quick(t.TempDir())
	o.Redis = map[string]string{"no-such-setting": "1"}
	_, err := Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "no-such-setting") {
		t.Fatalf("got %v", err)
	}
}
