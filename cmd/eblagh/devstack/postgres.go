package devstack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	superuser = "eblagh"
	database  = "eblagh"
)

// Postgres is a private Postgres cluster with one database.
type Postgres struct {
	server   server
	program  program
	data     string
	socket   string // the folder of its Unix socket
	password string
	setting  map[string]string
	port     int
}

func postgresDefaults() map[string]string {
	return map[string]string{
		"listen_addresses": "127.0.0.1", "unix_socket_permissions": "0700", "max_connections": "100",
		"timezone": "UTC", "log_timezone": "UTC", "log_statement": "none", "log_min_error_statement": "panic",
		"log_error_verbosity": "terse", // statements carry what the log must not
		"shared_buffers":      fmt.Sprintf("%dMB", sharedBuffers(memory())),
		"max_wal_size":        "4GB", // under full load 1 GB is written in half a minute: each checkpoint writes whole pages again
	}
}

// sharedBuffers is a quarter of the machine's memory, as Postgres recommends, up to what inboxes of some thousand people need.
// Both are in MB; of an unknown machine nothing is taken for granted.
func sharedBuffers(memory int) int { return max(128, min(memory/4, 1024)) }

// memory is what the machine has, in MB; 0: nobody knows.
func memory() int {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	var kb int
	_, _ = fmt.Sscanf(string(text), "MemTotal: %d kB", &kb)
	return kb / 1024
}

// StartPostgres brings a Postgres up in its folder, making the cluster at first. Errors as Start's.
func StartPostgres(ctx context.Context, o ServerOptions) (*Postgres, error) {
	h, err := openHome(o.Dir, o.Logger)
	if err != nil {
		return nil, err
	}
	p := &Postgres{setting: postgresDefaults()}
	maps.Copy(p.setting, o.Settings)
	p.server = server{name: "postgres", home: h, logger: o.Logger, command: p.command, ready: p.answers,
		stages: []stage{
			{syscall.SIGINT, 20 * time.Second},  // fast: sessions end, a checkpoint is written
			{syscall.SIGQUIT, 10 * time.Second}, // immediate: the next start replays the log
			{syscall.SIGKILL, 10 * time.Second},
		}}
	if err := p.open(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return p, nil
}

func (p *Postgres) open(ctx context.Context) error {
	if err := p.prepareCluster(ctx); err != nil {
		return err
	}
	if err := p.placeSocket(); err != nil {
		return err
	}
	if err := endOrphan(p.data); err != nil {
		return err
	}
	var err error
	if p.port, err = freePort(); err != nil {
		return err
	}
	return p.server.start(ctx)
}

// URL reaches the database over the loopback interface, as the superuser, with the password.
func (p *Postgres) URL() string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, p.password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// SocketURL reaches it over the Unix socket, which is quicker and needs no password.
func (p *Postgres) SocketURL() string {
	query := url.Values{"host": {p.socket}, "port": {strconv.Itoa(p.port)}}
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: query.Encode()}
	return u.String()
}

// PID is the postmaster's process, 0 while it is down.
func (p *Postgres) PID() int { return p.server.pid() }

// Stop ends the server, its sessions with it, and keeps it down until Start. The data stay.
func (p *Postgres) Stop() error { return p.server.stop(p.server.stages) }

// Kill ends the postmaster and every session by kill -9, as a machine that dies does, and keeps it down until Start. A
// session that computes, or waits for a lock of one that is gone, would not notice the end of its postmaster, and while
// it lives no other may start.
func (p *Postgres) Kill() error {
	err := p.server.stop([]stage{{syscall.SIGKILL, 10 * time.Second}})
	for _, pid := range workingIn(p.data) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // gone already is as good
	}
	return err
}

// Start brings a stopped server up again, at the same address.
func (p *Postgres) Start(ctx context.Context) error { return p.server.start(ctx) }

// Restart stops and starts.
func (p *Postgres) Restart(ctx context.Context) error {
	if err := p.Stop(); err != nil {
		return err
	}
	return p.Start(ctx)
}

// Close stops the server and gives its folder free.
func (p *Postgres) Close() error {
	err := errors.Join(p.Stop(), p.server.home.close())
	if !strings.HasPrefix(p.socket, p.server.home.dir) {
		err = errors.Join(err, os.RemoveAll(p.socket))
	}
	return err
}

func (p *Postgres) command() (*exec.Cmd, error) {
	args := []string{"-D", p.data, "-k", p.socket, "-p", strconv.Itoa(p.port)}
	for _, name := range slices.Sorted(maps.Keys(p.setting)) {
		args = append(args, "-c", name+"="+p.setting[name])
	}
	cmd := p.server.home.command(p.program.path, args...)
	bind(cmd.SysProcAttr, syscall.SIGQUIT) // at once, with its children; the log makes the data good
	return cmd, nil
}

// answers looks at the status that the postmaster keeps in its pid file, as pg_ctl does.
func (p *Postgres) answers(_ context.Context, pid int) error {
	lines, err := readPIDFile(p.data)
	if err != nil {
		return err
	}
	if len(lines) < 8 || lines[0] != strconv.Itoa(pid) || lines[7] != "ready" {
		return errors.New("not ready")
	}
	return nil
}

// readPIDFile gives the lines of postmaster.pid: pid, data folder, start, port, socket, address, memory, status.
func readPIDFile(data string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines, nil
}

// endOrphan clears what a killed program may have left: a postmaster that still ends, or a pid file whose number another
// process has now. We hold the folder's lock, so nobody else owns it.
func endOrphan(data string) error {
	lines, err := readPIDFile(data)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(lines[0])
	if err != nil || !worksIn(pid, data) {
		return os.Remove(filepath.Join(data, "postmaster.pid"))
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end the postmaster left in %s: %w", data, err)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if !worksIn(pid, data) {
			return nil
		}
	}
	return fmt.Errorf("the postmaster left in %s (pid %d) does not end", data, pid)
}
