package endtoend

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"eblagh/cmd/eblagh/devstack"
)

// instance is a development instance on servers that the test holds in its hand, so that it can take them away. The
// front process has the parts named at the start; workers are started and killed by the test.
type instance struct {
	t     *testing.T
	dir   string
	env   []string
	stack *devstack.Stack
	built string // the program of the front; "": the one of all tests
	front *process
	dev   devFile
}

// newInstance starts Postgres, Redis and the front process, and waits until it is ready. parts is what the front
// process does: all of it, or without the worker.
func newInstance(t *testing.T, parts string, settings ...string) *instance {
	t.Helper()
	return newInstanceOf(t, program, parts, settings...)
}

// newInstanceOf is newInstance of a program that was built otherwise.
func newInstanceOf(t *testing.T, built, parts string, settings ...string) *instance {
	t.Helper()
	in := &instance{t: t, dir: t.TempDir(), built: built}
	stack, err := devstack.Start(context.Background(), devstack.Options{
		DataDir: filepath.Join(in.dir, "stack"), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stack.Close() })
	in.stack = stack
	in.env = append([]string{
		"EBLAGH_DATABASE_URL=" + stack.Postgres.URL(), "EBLAGH_REDIS_ADDRS=" + stack.Redis.Addr(),
		"EBLAGH_MODE=test", "EBLAGH_SMS_PROVIDERS=[{name: sandbox, kind: sandbox}]",
		"EBLAGH_DATA_DIR=" + filepath.Join(in.dir, "data"), "EBLAGH_DELIVERY_LEASE=4s",
		"EBLAGH_DELIVERY_SMS_LEASE=4s", "EBLAGH_DELIVERY_REPORT_AFTER=8s", "EBLAGH_DELIVERY_UNKNOWN_AFTER=5s",
		"EBLAGH_DELIVERY_QUIET_HOURS_FROM=00:00", "EBLAGH_DELIVERY_QUIET_HOURS_UNTIL=00:00", // tests run at any hour
	}, settings...)
	in.startFront(parts)
	return in
}

func (in *instance) startFront(parts string) {
	in.t.Helper()
	data := filepath.Join(in.dir, "data")
	_ = os.Remove(filepath.Join(data, "dev.json"))
	in.front = startOther(in.t, cmp.Or(in.built, program), "front.log", in.env, "dev", "--data", data, "--listen", "127.0.0.1:0", "--seed", "demo",
		"--parts", parts)
	eventually(in.t, 90*time.Second, func() bool {
		select {
		case <-in.front.done:
			in.t.Fatalf("dev ended: %v", in.front.err)
		default:
		}
		dev, err := readDevFile(data)
		in.dev = dev
		return err == nil && dev.BaseURL != ""
	}, func() string { return "dev.json was not written" })
}

// worker starts a process of the worker part alone.
func (in *instance) worker(name string) *process { return in.serve(name, "worker") }

// serve starts a process of these parts, beside the front.
func (in *instance) serve(name, parts string) *process {
	in.t.Helper()
	return start(in.t, name, append(in.env, "EBLAGH_ADMIN_LISTEN=127.0.0.1:0"), "serve", "--parts", parts)
}

func (in *instance) as(key string) *caller { return newCaller(in.t, in.dev.BaseURL, in.dev.Keys[key]) }

// ready is what /readyz says: the HTTP status and the word for the whole.
func (in *instance) ready() (int, string) {
	a, err := newCaller(in.t, in.dev.BaseURL, "").try("GET", "/readyz", nil)
	if err != nil {
		return 0, err.Error()
	}
	var state struct{ Status string }
	_ = json.Unmarshal(a.body, &state)
	return a.status, state.Status
}

// sandboxLine is one line of the sandbox provider's file: the receiving side of SMS.
type sandboxLine struct {
	Delivery string `json:"delivery"`
	N        int    `json:"n"`
}

// sentTexts counts the texts that the sandbox took, per attempt.
func (in *instance) sentTexts() map[string]int {
	in.t.Helper()
	files, err := filepath.Glob(filepath.Join(in.dir, "data", "sandbox*.jsonl"))
	if err != nil || len(files) == 0 {
		in.t.Fatalf("no sandbox file: %v", err)
	}
	counts := map[string]int{}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			in.t.Fatal(err)
		}
		for d := json.NewDecoder(f); d.More(); {
			var line sandboxLine
			if err := d.Decode(&line); err != nil {
				in.t.Fatal(err)
			}
			if line.Delivery != "" && line.N > 0 {
				counts[fmt.Sprintf("%s/%d", line.Delivery, line.N)]++
			}
		}
		f.Close()
	}
	return counts
}
