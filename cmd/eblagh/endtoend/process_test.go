package endtoend

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one started eblagh. Its log is kept, for tests that search it.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error
}

// start runs the program with a log file of its own and kills it, if it still runs, when the test ends.
func start(t *testing.T, logName string, env []string, args ...string) *process {
	t.Helper()
	return startOther(t, program, logName, env, args...)
}

// startOther is start for a program that was built otherwise.
func startOther(t *testing.T, binary, logName string, env []string, args ...string) *process {
	t.Helper()
	logPath := filepath.Join(t.TempDir(), logName)
	out, err := os.Create(logPath)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, log: logPath, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		out.Close()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", logName, tail(p.logged(), 6000))
		}
	})
	return p
}

// kill is kill -9, and waits for the end.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.done
}

// interrupt is Ctrl-C, and waits for the end; the test fails when it takes longer than the limit.
func (p *process) interrupt(limit time.Duration) {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-p.done:
	case <-time.After(limit):
		p.t.Fatalf("did not stop within %s of an interrupt", limit)
	}
}

func (p *process) logged() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

// cpu is the processor time that the process has used, without its children.
func (p *process) cpu() time.Duration {
	p.t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/stat")
	if err != nil {
		p.t.Fatal(err)
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	ticks := 0
	for _, field := range f[11:13] { // utime, stime: fields 14 and 15 of proc(5), 100 ticks a second
		n, err := strconv.Atoi(field)
		if err != nil {
			p.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// eventually polls until ok, and fails with what() when the limit has passed.
func eventually(t *testing.T, limit time.Duration, ok func() bool, what func() string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.After(limit)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not within %s: %s", limit, what())
		}
	}
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

// each runs fn over items with n at once.
func each[T any](items []T, n int, fn func(i int, item T)) {
	var wg sync.WaitGroup
	gate := make(chan struct{}, n)
	for i, item := range items {
		gate <- struct{}{}
		wg.Go(func() { fn(i, item); <-gate })
	}
	wg.Wait()
}
