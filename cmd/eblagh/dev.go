package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"eblagh/cmd/eblagh/devstack"
	"eblagh/cmd/eblagh/seed"
	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/postgres"
	"eblagh/hub/vault"
)

// devCommand runs a whole instance for one developer, or for a script: see dev.json in API.md.
type devCommand struct {
	Data   string   `help:"Folder of everything the instance keeps." default:"var" type:"path"`
	Listen string   `help:"host:port of pages and API." default:"127.0.0.1:8080"`
	Seed   string   `help:"What to fill an empty instance with." enum:"demo,none" default:"demo"`
	Parts  partList `help:"Parts to run, by commas: api, worker, live, seal." default:"api,worker,live,seal"`
}

// Run stops in order at the first signal. A second run on the same data resumes it.
func (d devCommand) Run(ctx context.Context, cli *commands) (err error) {
	c, err := cli.settings(d.defaults())
	if err != nil {
		return err
	}
	ln, err := listen(c.Listen)
	if err != nil {
		return err
	}
	undo := &cleanups{}
	defer func() {
		stop, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		err = errors.Join(err, undo.run(stop))
	}()
	undo.add("listener", func(context.Context) error { _ = ln.Close(); return nil })
	log, err := d.logger(c, undo)
	if err != nil {
		return err
	}
	if c, err = d.servers(ctx, c, log, undo); err != nil {
		return err
	}
	if err := postgres.Migrate(ctx, c.Database.MigrationURL().Reveal(), c.Mode); err != nil {
		return err
	}
	app := New(Options{Config: c, Parts: d.Parts, Logger: log, Listener: ln, Development: true})
	if err := app.Start(ctx); err != nil {
		return err
	}
	undo.add("hub", app.Stop)
	if err := d.ready(ctx, app, log); err != nil {
		return err
	}
	return app.Wait(ctx)
}

// defaults are those of a test instance with the sandbox provider.
func (d devCommand) defaults() config.Config {
	c := config.Defaults()
	c.Mode, c.Listen, c.AdminListen, c.DataDir = "test", d.Listen, "127.0.0.1:0", d.Data
	c.Delivery.QuietHours.From = c.Delivery.QuietHours.Until // a developer works at any hour
	c.SMS.Providers = []config.Provider{{Name: "sandbox", Kind: "sandbox", Weight: 1}}
	return c
}

// listen takes the door before anything else is begun.
func listen(address string) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken: perhaps another eblagh runs there; end it, or choose another address with"+
			" --listen HOST:PORT (make run LISTEN=HOST:PORT)", address)
	}
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	return ln, nil
}

// logger logs to standard output, or, when that is a terminal, into a file: there the newcomer reads where to click.
func (d devCommand) logger(c config.Config, undo *cleanups) (*slog.Logger, error) {
	if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
		return nil, err
	}
	info, err := os.Stdout.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return newLogger(os.Stdout, c.Log.Level), nil
	}
	file, err := os.OpenFile(filepath.Join(c.DataDir, "log.jsonl"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	undo.add("log", func(context.Context) error { return file.Close() })
	return newLogger(file, c.Log.Level), nil
}

// servers brings up a private Postgres and Redis, unless the settings name others.
func (d devCommand) servers(ctx context.Context, c config.Config, log *slog.Logger, undo *cleanups) (config.Config, error) {
	if c.Database.URL == "" {
		pg, err := devstack.StartPostgres(ctx, devstack.ServerOptions{Dir: filepath.Join(c.DataDir, "postgres"), Logger: log})
		if err != nil {
			return c, err
		}
		undo.add("postgres", func(context.Context) error { return pg.Close() })
		c.Database.URL = config.Secret(pg.SocketURL())
	}
	if len(c.Redis.Addrs) == 0 {
		redis, err := devstack.StartRedis(ctx, devstack.ServerOptions{Dir: filepath.Join(c.DataDir, "redis"), Logger: log})
		if err != nil {
			return c, err
		}
		undo.add("redis", func(context.Context) error { return redis.Close() })
		c.Redis.Addrs = []string{redis.Addr()}
	}
	return c, nil
}

// ready fills the instance, says so in dev.json and dev.env, and tells the person at the terminal where to click.
func (d devCommand) ready(ctx context.Context, app *App, log *slog.Logger) error {
	dir := app.o.Config.DataDir
	file := devFile{BaseURL: "http://" + app.Addr().String(), AdminURL: "http://" + app.AdminAddr().String()}
	former, err := readDevFile(dir)
	if err != nil {
		return err
	}
	file.Result = former.Result
	if file.LogPublicKey, err = app.logKey(); err != nil {
		return err
	}
	if d.Seed == "demo" {
		dom := app.domain
		o := seed.Options{Enroller: dom.enroller, Intake: dom.intake, Dispatcher: dom.dispatcher, Code: dom.activationCode,
			Former: former.Result, Logger: log}
		if app.o.Parts.worker { // only where papers arrive
			o.HandOver = dom.ladder.HandOver
		}
		file.Result, err = seed.Demo(ctx, o)
		if err != nil {
			return err
		}
	}
	if err := writeNodeFile(dir, app.o.Config); err != nil {
		return err
	}
	if err := file.write(dir); err != nil {
		return err
	}
	file.print(os.Stdout, dir)
	return nil
}

// activationCode recomputes the code that is on its way to a person's phone, as only the holder of the vault can.
func (d *domain) activationCode(ctx context.Context, id hub.NationalID) (string, error) {
	code, err := d.db.ActivationCode(ctx, d.vault.Blind(vault.IndexNationalID, string(id)))
	if err != nil {
		return "", err
	}
	return d.vault.Code(code.Challenge, hub.PurposeActivation.Digits()), nil
}
