// Command eblagh is the hub as one program: it serves, migrates, makes keys, and runs a whole instance for a developer.
// main is flags, signals and the exit code; app.go is the only wiring; each command has a file.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // Tehran's time on machines without a zone database

	"github.com/alecthomas/kong"

	"eblagh/config"
)

// commands is the command line.
type commands struct {
	Config string `help:"YAML file of settings; each is also EBLAGH_… in the environment." type:"existingfile" placeholder:"FILE"`

	Serve     serveCommand     `cmd:"" help:"Run parts of the hub on servers of one's own."`
	Dev       devCommand       `cmd:"" help:"Run a whole test instance with a private Postgres and Redis and demo people."`
	Migrate   migrateCommand   `cmd:"" help:"Bring the database's schema up to date."`
	Apikey    apikeyCommand    `cmd:"" help:"Make, list, rotate and revoke the keys of systems."`
	Verify    verifyCommand    `cmd:"" help:"Check an evidence bundle offline with the log's public key."`
	Access    accessCommand    `cmd:"" help:"Print who may do what."`
	Audit     auditCommand     `cmd:"" help:"Hold the whole database against the signed log."`
	Retention retentionCommand `cmd:"" help:"Delete the bytes of documents by law, and list what was."`
	Key       keyCommand       `cmd:"" help:"Show, rotate and retire the keys of the signed log."`
	Vault     vaultCommand     `cmd:"" help:"Rotate the keys that personal data are encrypted and found by."`
	Totp      totpCommand      `cmd:"" help:"Print the code that an authenticator with a secret shows now."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// settings loads the configuration over base.
func (c *commands) settings(base config.Config) (config.Config, error) {
	return config.Load(base, c.Config, os.Environ())
}

// errForced says that a second signal cut the shutdown short.
var errForced = errors.New("stopped by a second signal before everything was finished")

func main() {
	os.Exit(run())
}

// run gives the exit code: 0 all went well, 1 it did not, 2 the command line is wrong; verify and audit have more.
func run() int {
	cli := &commands{}
	parsed := kong.Parse(cli, kong.Name("eblagh"), kong.UsageOnError(), kong.Exit(exitUsage),
		kong.Description("Eblagh delivers judicial papers and proves what arrived, when, and who opened it."))
	ctx, stop := untilSignal()
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	err := parsed.Run(cli)
	var code exitCode
	if errors.As(err, &code) { // the command has said why
		return int(code)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "eblagh:", err)
		return 1
	}
	return 0
}

// exitCode is an error that only says how the process ends.
type exitCode int

// Error implements error.
func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// exitUsage ends a command line that kong would not run: with 2, or with 0 where it asked for help.
func exitUsage(code int) { os.Exit(min(code, 2)) }

// sameSignal is how long repeated signals count as one: a wrapper and its process group often both send it.
const sameSignal = time.Second

// untilSignal ends its context at the first SIGINT or SIGTERM, with which the orderly stop begins; the second ends the
// process at once.
func untilSignal() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		s, ok := <-signals
		if !ok {
			return
		}
		cancel(fmt.Errorf("asked to stop by %s", s))
		for first := time.Now(); ok; {
			if _, ok = <-signals; ok && time.Since(first) > sameSignal {
				fmt.Fprintln(os.Stderr, "eblagh:", errForced)
				os.Exit(1)
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}
