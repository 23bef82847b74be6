// Command bench measures the hub against baselines taken in the same run on the same machine, and prints ratios: a time
// of its own says more about the machine than about the hub. It starts the program as a process of its own on a private
// Postgres and Redis, with fsync and synchronous_commit on, and talks to it as its users do. docs/performance.md tells the method.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bench is one run of the command.
type bench struct {
	program string
	quick   bool
	log     *slog.Logger // progress
}

// size gives how much to do: the whole, or what a quick run has time for.
func (b *bench) size(whole, quick int) int {
	if b.quick {
		return quick
	}
	return whole
}

// measure takes rows of the table, on a hub of its own.
type measure struct {
	name string
	run  func(context.Context, *bench) ([]row, error)
}

func measures() []measure {
	return []measure{
		{"submit", measureSubmit}, {"flow", measureFlow}, {"single", measureSingle}, {"texts", measureTexts},
		{"sockets", measureSockets}, {"live", measureLive}, {"storm", measureStorm}, {"inbox", measureInbox}, {"rest", measureRest},
		{"million", measureMillion}, {"sealing", measureSealing}, {"steady", measureSteady},
	}
}

func main() {
	if os.Getenv(peerVariable) != "" {
		servePeer()
		return
	}
	b := &bench{log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	flag.StringVar(&b.program, "program", "bin/eblagh", "the built program to measure")
	flag.BoolVar(&b.quick, "quick", false, "smaller sizes: all in five minutes, and less to rely on")
	only := flag.String("only", "", "measures to take, by commas: "+strings.Join(names(measures()), ", ")+"; none: all")
	out := flag.String("out", "bench.json", "where to write the rows")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, b, *only, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run takes the measures one after another and writes what there is, also when one of them fails.
func run(ctx context.Context, b *bench, only, out string) error {
	chosen, err := choose(measures(), only)
	if err != nil {
		return err
	}
	if _, err := os.Stat(b.program); err != nil {
		return fmt.Errorf("-program: %w (make build makes it)", err)
	}
	var rows []row
	var failed []error
	for _, m := range chosen {
		b.log.Info("measuring", "what", m.name)
		began := time.Now()
		taken, err := m.run(ctx, b)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", m.name, err))
			b.log.Error("not measured", "what", m.name, "error", err)
		}
		if ctx.Err() != nil {
			break
		}
		rows = append(rows, taken...)
		b.log.Info("measured", "what", m.name, "took", time.Since(began).Round(time.Second))
	}
	printTable(os.Stdout, rows)
	return errors.Join(append(failed, writeRows(out, rows))...)
}

func choose(all []measure, only string) ([]measure, error) {
	if only == "" {
		return all, nil
	}
	var chosen []measure
	for _, name := range strings.Split(only, ",") {
		i := slices.IndexFunc(all, func(m measure) bool { return m.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("-only: there is no measure %q: there are %s", name, strings.Join(names(all), ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func names(all []measure) []string {
	out := make([]string, len(all))
	for i, m := range all {
		out[i] = m.name
	}
	return out
}
