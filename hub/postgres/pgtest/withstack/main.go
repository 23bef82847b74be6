// Command withstack runs a command with one private Postgres cluster for all the tests in it:
//
//	go run ./hub/postgres/pgtest/withstack -- go test ./...
//
// The command finds the cluster in EBLAGH_TEST_DATABASE_URL, gets this program's signals, and gives its exit code. With
// -tally the command is `go test -json …`; what it says is shown as plain `go test` would, and the last line counts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"eblagh/hub/postgres/pgtest"
)

func main() {
	counting := flag.Bool("tally", false, "the command is go test -json: show and count its tests")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: withstack [-tally] -- COMMAND …")
		os.Exit(2)
	}
	code, err := run(flag.Args(), *counting)
	if err != nil {
		fmt.Fprintln(os.Stderr, "withstack:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(args []string, counting bool) (code int, err error) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	url, stop, err := pgtest.StartCluster(context.Background())
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), pgtest.URLVariable+"="+url)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // one signal each, from us
	var events io.ReadCloser
	if counting {
		cmd.Stdout = nil
		if events, err = cmd.StdoutPipe(); err != nil {
			return 1, err
		}
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go func() {
		for sig := range signals {
			_ = syscall.Kill(-cmd.Process.Pid, sig.(syscall.Signal))
		}
	}()
	var counts tally
	if counting {
		if err := counts.read(events, os.Stdout); err != nil {
			return 1, errors.Join(err, cmd.Wait())
		}
	}
	code, err = exitCode(cmd.Wait())
	if counting {
		fmt.Println(counts.String())
		if counts.failed > 0 || counts.passed == 0 {
			code = max(code, 1)
		}
	}
	return code, err
}

func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, err
	}
	if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
