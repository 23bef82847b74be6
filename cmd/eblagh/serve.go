package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"eblagh/config"
)

type serveCommand struct {
	Parts partList `help:"Parts to run, by commas: api, worker, live, seal." default:"api,worker,live,seal"`
}

// stopWithin bounds the orderly stop: what is in hand is finished or becomes due again.
const stopWithin = 25 * time.Second

// Run serves until a signal, then stops in order.
func (s serveCommand) Run(ctx context.Context, cli *commands) error {
	c, err := cli.settings(config.Defaults())
	if err != nil {
		return err
	}
	app := New(Options{Config: c, Parts: s.Parts, Logger: newLogger(os.Stdout, c.Log.Level)})
	if err := app.Start(ctx); err != nil {
		return err
	}
	return errors.Join(app.Wait(ctx), stopApp(app))
}

func stopApp(app *App) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	return app.Stop(ctx)
}

// partList is what a process does.
type partList struct{ api, worker, live, seal bool }

// UnmarshalText reads names by commas. Errors: an unknown name, or none.
func (p *partList) UnmarshalText(text []byte) error {
	*p = partList{}
	for _, name := range strings.Split(string(text), ",") {
		switch strings.TrimSpace(name) {
		case "api":
			p.api = true
		case "worker":
			p.worker = true
		case "live":
			p.live = true
		case "seal":
			p.seal = true
		default:
			return fmt.Errorf("%q is no part: there are api, worker, live and seal", name)
		}
	}
	return nil
}

// names lists the parts for the log.
func (p partList) names() []string {
	var names []string
	if p.api {
		names = append(names, "api")
	}
	if p.worker {
		names = append(names, "worker")
	}
	if p.live {
		names = append(names, "live")
	}
	if p.seal {
		names = append(names, "seal")
	}
	return names
}
