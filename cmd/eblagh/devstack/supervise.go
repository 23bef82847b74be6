package devstack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const (
	firstPause  = 100 * time.Millisecond
	longPause   = 10 * time.Second
	steadyAfter = time.Minute      // up this long, a server that ends is started again at once
	startLimit  = 90 * time.Second // a crashed Postgres replays its log first
	startTries  = 6
)

// stage is one step of asking a server to end.
type stage struct {
	signal   syscall.Signal
	patience time.Duration
}

// server keeps one process running between start and stop. Its methods are safe for concurrent use.
type server struct {
	name    string
	home    *home
	logger  *slog.Logger
	command func() (*exec.Cmd, error)                // a fresh command for each run
	ready   func(ctx context.Context, pid int) error // nil once the process answers
	stages  []stage                                  // politely first

	mu  sync.Mutex // guards starting and stopping
	run *run       // nil while the server is to be down
}

// run is one stretch during which the server is wanted up: several processes if it crashes.
type run struct {
	quit chan struct{} // closed: do not start it again
	done chan struct{} // closed: no process is left

	mu      sync.Mutex
	process *os.Process
	exits   int   // processes that ended by themselves
	lastErr error // how the last of them ended
}

// start brings the server up and returns when it answers. It does nothing when the server is wanted up already.
func (s *server) start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		return nil
	}
	s.run = &run{quit: make(chan struct{}), done: make(chan struct{})}
	go s.keep(s.run)
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := s.awaitReady(ctx, s.run); err != nil {
		s.end(s.stages)
		return fmt.Errorf("start %s: %w%s", s.name, err, s.home.logTail())
	}
	return nil
}

// stop ends the server by stages and returns when no process of it is left.
func (s *server) stop(stages []stage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return nil
	}
	return s.end(stages)
}

func (s *server) end(stages []stage) error {
	r := s.run
	s.run = nil
	close(r.quit)
	for _, st := range stages {
		r.signal(st.signal)
		select {
		case <-r.done:
			return nil
		case <-time.After(st.patience):
		}
	}
	return fmt.Errorf("stop %s: it does not end", s.name)
}

// keep starts the process again whenever it ends, until quit. The thread stays locked for as long as there may be a
// child: the kernel counts the death of the starting thread as the parent's. It ends with the goroutine.
func (s *server) keep(r *run) {
	runtime.LockOSThread()
	defer close(r.done)
	pause := firstPause
	for {
		began := time.Now()
		err := s.once(r)
		if r.quitting() {
			return
		}
		if time.Since(began) > steadyAfter {
			pause = firstPause
		}
		s.logger.Warn("a server of the development stack ended by itself; it is started again",
			"server", s.name, "error", err, "pause", pause.String())
		r.ended(err)
		select {
		case <-r.quit:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
	}
}

// once runs one process to its end.
func (s *server) once(r *run) error {
	cmd, err := s.command()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return explainStart(err)
	}
	r.began(cmd.Process, s.stages[0].signal)
	err = cmd.Wait()
	if err == nil {
		return errors.New("exit without error")
	}
	return err
}

func (s *server) awaitReady(ctx context.Context, r *run) error {
	for {
		pid, exits, err := r.state()
		if exits >= startTries {
			return err
		}
		if pid != 0 && s.ready(ctx, pid) == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// pid is the process that runs now, 0 for none.
func (s *server) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return 0
	}
	pid, _, _ := s.run.state()
	return pid
}

func (r *run) began(p *os.Process, stop syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process = p
	if r.quitting() {
		_ = p.Signal(stop) // stop came between the decision to start and now
	}
}

func (r *run) ended(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process, r.lastErr = nil, err
	r.exits++
}

func (r *run) state() (pid, exits int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process != nil {
		pid = r.process.Pid
	}
	return pid, r.exits, r.lastErr
}

func (r *run) signal(sig syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process != nil {
		_ = r.process.Signal(sig) // gone already is as good
	}
}

func (r *run) quitting() bool {
	select {
	case <-r.quit:
		return true
	default:
		return false
	}
}
