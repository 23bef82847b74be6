package devstack

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// redisDefaults are what the queue needs: nothing is evicted, an append-only file carries the data over restarts.
func redisDefaults() map[string]string {
	return map[string]string{
		"bind": "127.0.0.1", "protected-mode": "yes", "daemonize": "no", "logfile": "", "save": "",
		"appendonly": "yes", "appendfsync": "everysec", "maxmemory": "512mb", "maxmemory-policy": "noeviction",
	}
}

// Redis is a private Redis server.
type Redis struct {
	server  server
	program program
	data    string
	setting map[string]string
	port    int
}

// StartRedis brings a Redis up in its folder. Errors as Start's.
func StartRedis(ctx context.Context, o ServerOptions) (*Redis, error) {
	program, err := systemFinder().findRedis()
	if err != nil {
		return nil, err
	}
	h, err := openHome(o.Dir, o.Logger)
	if err != nil {
		return nil, err
	}
	r := &Redis{program: program, setting: redisDefaults()}
	maps.Copy(r.setting, o.Settings)
	r.server = server{name: "redis", home: h, logger: o.Logger, command: r.command, ready: r.answers,
		stages: []stage{{syscall.SIGTERM, 10 * time.Second}, {syscall.SIGKILL, 10 * time.Second}}}
	if r.data, err = h.folder("data"); err == nil {
		if r.port, err = freePort(); err == nil {
			err = r.server.start(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return r, nil
}

// Addr is host:port.
func (r *Redis) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(r.port)) }

// PID is the server's process, 0 while it is down.
func (r *Redis) PID() int { return r.server.pid() }

// Stop ends the server and keeps it down until Start. The data stay.
func (r *Redis) Stop() error { return r.server.stop(r.server.stages) }

// Kill ends the server by kill -9 and keeps it down until Start.
func (r *Redis) Kill() error { return r.server.stop([]stage{{syscall.SIGKILL, 10 * time.Second}}) }

// Start brings a stopped server up again, at the same address.
func (r *Redis) Start(ctx context.Context) error { return r.server.start(ctx) }

// Restart stops and starts.
func (r *Redis) Restart(ctx context.Context) error {
	if err := r.Stop(); err != nil {
		return err
	}
	return r.Start(ctx)
}

// Close stops the server and gives its folder free.
func (r *Redis) Close() error { return errors.Join(r.Stop(), r.server.home.close()) }

// FlushAll wipes every key.
func (r *Redis) FlushAll(ctx context.Context) error {
	answer, err := r.ask(ctx, "FLUSHALL")
	if err == nil && answer != "+OK" {
		err = fmt.Errorf("flushall: %s", answer)
	}
	return err
}

// Configure changes a setting until the next start.
func (r *Redis) Configure(ctx context.Context, name, value string) error {
	answer, err := r.ask(ctx, "CONFIG SET "+name+" "+value)
	if err == nil && answer != "+OK" {
		err = fmt.Errorf("config set %s: %s", name, answer)
	}
	return err
}

func (r *Redis) command() (*exec.Cmd, error) {
	args := []string{"--port", strconv.Itoa(r.port), "--dir", r.data}
	for _, name := range slices.Sorted(maps.Keys(r.setting)) {
		args = append(args, "--"+name, r.setting[name])
	}
	cmd := r.server.home.command(r.program.path, args...)
	bind(cmd.SysProcAttr, syscall.SIGKILL) // what is appended is the kernel's already
	return cmd, nil
}

func (r *Redis) answers(ctx context.Context, _ int) error {
	answer, err := r.ask(ctx, "PING")
	if err == nil && answer != "+PONG" {
		err = errors.New(answer) // -LOADING
	}
	return err
}

// ask sends one inline command and reads one line.
func (r *Redis) ask(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", r.Addr())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return "", err
	}
	if _, err := conn.Write([]byte(command + "\r\n")); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line), err
}
