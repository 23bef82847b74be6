package endtoend

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// node is one `eblagh serve` with every part. It has a road of its own to each server, and a door at an address that
// stays; a keeper starts it again whenever it ends, as a service manager does.
type node struct {
	name  string
	env   []string
	clock string // the file that says how far its clock is off
	door  *proxy
	pg    *pgProxy
	redis *proxy
	sms   *proxy
	log   *os.File

	mu      sync.Mutex
	process *os.Process
	ended   chan struct{} // closed when the process has ended
	faults  []string      // what it did that a node must not do
	over    bool
}

// newNode makes a node on the servers of an instance, and starts it.
func newNode(t *testing.T, in *instance, name, binary, centre string, settings ...string) *node {
	t.Helper()
	database, err := url.Parse(in.stack.Postgres.URL())
	in.must(err)
	n := &node{name: name, clock: filepath.Join(in.dir, name+".clock"), door: newProxy(t, ""),
		pg: newPGProxy(t, database.Host), redis: newProxy(t, in.stack.Redis.Addr()), sms: newProxy(t, centre)}
	database.Host = n.pg.addr()
	in.must(n.shift(0))
	n.log, err = os.Create(filepath.Join(in.dir, name+".log"))
	in.must(err)
	n.env = append(os.Environ(), in.env...)
	n.env = append(n.env, "EBLAGH_TEST_CLOCK="+n.clock, "EBLAGH_LEDGER_CHECKPOINT_FILE="+filepath.Join(in.dir, name+".checkpoint"),
		"EBLAGH_LISTEN=127.0.0.1:0", "EBLAGH_ADMIN_LISTEN=127.0.0.1:0",
		"EBLAGH_DATABASE_URL="+database.String(), "EBLAGH_REDIS_ADDRS="+n.redis.addr(), fmt.Sprintf("EBLAGH_SMS_PROVIDERS="+
			"[{name: centre, kind: smpp, smpp: {addr: '%s', system_id: eblagh, password: %s, binds: 2, window: 20, enquire_link: 1s}}]",
			n.sms.addr(), centrePassword))
	n.env = append(n.env, settings...)
	kept := make(chan struct{})
	go func() { n.keep(binary); close(kept) }()
	t.Cleanup(func() {
		n.mu.Lock()
		n.over = true
		n.mu.Unlock()
		n.kill()
		<-kept
		if t.Failed() {
			text, _ := os.ReadFile(n.log.Name())
			t.Logf("log of node %s:\n%s", name, tail(unusual(string(text)), 6000))
		}
		_ = n.log.Close()
	})
	return n
}

// keep runs the node until the test is over.
func (n *node) keep(binary string) {
	for pause := time.Duration(0); ; pause = 100 * time.Millisecond {
		<-time.After(pause) // as a service manager waits
		n.mu.Lock()
		if n.over {
			n.mu.Unlock()
			return
		}
		cmd := exec.Command(binary, "serve")
		cmd.Env, cmd.Stderr = n.env, n.log
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			n.faults = append(n.faults, fmt.Sprintf("node %s does not start: %v", n.name, err))
			n.mu.Unlock()
			return
		}
		n.process, n.ended = cmd.Process, make(chan struct{})
		n.mu.Unlock()
		ready := n.follow(bufio.NewScanner(out))
		err = cmd.Wait()
		n.door.lead("")
		n.judge(err, ready)
	}
}

// follow copies the log to its end, and opens the door when the node says that it is ready.
func (n *node) follow(lines *bufio.Scanner) (ready bool) {
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Bytes()
		if _, err := n.log.Write(append(line, '\n')); err != nil {
			return ready
		}
		var said struct{ Msg, Address string }
		if json.Unmarshal(line, &said) == nil && said.Msg == "ready" {
			ready = true
			n.door.lead(said.Address)
		}
	}
	return ready
}

// judge notes an end that no signal asked for. A start that fails because a server is away is none: it is tried again.
func (n *node) judge(err error, ready bool) {
	var exit *exec.ExitError
	killed := errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil && !killed && ready {
		n.faults = append(n.faults, fmt.Sprintf("node %s ended: %v", n.name, err))
	}
	n.process = nil
	close(n.ended)
}

// signal sends a signal to the running process and waits for its end; false: it did not end in time.
func (n *node) signal(sig os.Signal, limit time.Duration) bool {
	n.mu.Lock()
	process, ended := n.process, n.ended
	n.mu.Unlock()
	if process == nil {
		return true
	}
	_ = process.Signal(sig)
	select {
	case <-ended:
		return true
	case <-time.After(limit):
		return false
	}
}

// kill is kill -9.
func (n *node) kill() { n.signal(syscall.SIGKILL, 10*time.Second) }

// stop is the orderly stop, which has to end in time and well.
func (n *node) stop() {
	if !n.signal(syscall.SIGTERM, 30*time.Second) {
		n.mu.Lock()
		n.faults = append(n.faults, fmt.Sprintf("node %s did not stop within 30 s of SIGTERM", n.name))
		n.mu.Unlock()
		n.kill()
	}
}

// shift sets the node's clock off by so much.
func (n *node) shift(by time.Duration) error {
	return os.WriteFile(n.clock, []byte(by.String()), 0o600)
}

// ready reports whether callers get in.
func (n *node) ready() bool {
	n.door.mu.Lock()
	defer n.door.mu.Unlock()
	return n.door.target != ""
}

func (n *node) misdeeds() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.faults...)
}

// unusual leaves of a log what is not of every day.
func unusual(log string) string {
	var kept strings.Builder
	for line := range strings.Lines(log) {
		if !strings.Contains(line, `"msg":"request"`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
