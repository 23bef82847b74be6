package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"eblagh/cmd/eblagh/devstack"
	"eblagh/hub/postgres"
)

// rig is the hub under measurement: its servers and its process.
type rig struct {
	dir   string
	stack *devstack.Stack
	hub   *exec.Cmd
	dev   struct {
		BaseURL string            `json:"base_url"`
		Keys    map[string]string `json:"keys"`
	}
}

func newRig(ctx context.Context, program string) (*rig, error) {
	dir, err := os.MkdirTemp("", "eblagh-bench-")
	if err != nil {
		return nil, err
	}
	r := &rig{dir: dir}
	r.stack, err = devstack.Start(ctx, devstack.Options{DataDir: filepath.Join(dir, "stack"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.stop()
		return nil, err
	}
	r.hub = exec.CommandContext(ctx, program, "dev", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--seed", "demo")
	r.hub.Env = append(os.Environ(), "EBLAGH_DATABASE_URL="+r.stack.Postgres.URL(), "EBLAGH_REDIS_ADDRS="+r.stack.Redis.Addr())
	log, err := os.Create(filepath.Join(dir, "hub.log"))
	if err != nil {
		r.stop()
		return nil, err
	}
	r.hub.Stdout, r.hub.Stderr = log, log
	if err := r.hub.Start(); err != nil {
		r.stop()
		return nil, fmt.Errorf("start %s (make build makes it): %w", program, err)
	}
	if err := r.ready(ctx); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

// ready waits for dev.json.
func (r *rig) ready(ctx context.Context) error {
	for range 1200 {
		b, err := os.ReadFile(filepath.Join(r.dir, "data", "dev.json"))
		if err == nil && json.Unmarshal(b, &r.dev) == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("the hub did not become ready in a minute")
}

func (r *rig) stop() {
	if r.hub != nil && r.hub.Process != nil {
		_ = r.hub.Process.Signal(syscall.SIGTERM)
		_ = r.hub.Wait()
	}
	if r.stack != nil {
		_ = r.stack.Close()
	}
	_ = os.RemoveAll(r.dir)
}

func (r *rig) measure(ctx context.Context, notices, people int) ([]row, error) {
	recipients, err := r.enrol(ctx, people)
	if err != nil {
		return nil, err
	}
	bodies, err := batches(recipients, notices)
	if err != nil {
		return nil, err
	}
	submitted, arrived, err := r.submit(ctx, bodies, notices)
	if err != nil {
		return nil, err
	}
	blank, err := r.database(ctx, "bench_raw")
	if err != nil {
		return nil, err
	}
	copyRate, err := rawCopy(ctx, r.stack.Postgres.URL(), blank, notices)
	if err != nil {
		return nil, err
	}
	asynqRate, err := rawAsynq(ctx, r.stack.Redis.Addr(), notices)
	if err != nil {
		return nil, err
	}
	return []row{
		atLeast("batch submit over HTTP against raw COPY", "notices/s", submitted, copyRate, 0.5),
		atLeast("submit to arrival end to end against asynq no-op", "notices/s", arrived, asynqRate, 1.0),
	}, nil
}

// submit sends the bodies with two clients and gives the rates of acceptance and, counted from the first byte, of
// arrival of all of them.
func (r *rig) submit(ctx context.Context, bodies [][]byte, notices int) (accepted, arrived float64, err error) {
	began := time.Now()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for i, body := range bodies {
		group.Go(func() error {
			return r.send(groupCtx, r.dev.Keys["court"], "POST", "/v1/notices/batch", http.StatusOK, body, nil,
				"Idempotency-Key", fmt.Sprint("bench-", i))
		})
	}
	if err := group.Wait(); err != nil {
		return 0, 0, err
	}
	accepted = float64(notices) / time.Since(began).Seconds()
	conn, err := pgx.Connect(ctx, r.stack.Postgres.URL())
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close(ctx)
	const open = `SELECT count(*) FROM deliveries WHERE channel = 'inbox' AND status IN ('pending', 'queued')`
	for left := 1; left > 0; {
		if err := conn.QueryRow(ctx, open).Scan(&left); err != nil {
			return 0, 0, err
		}
		select {
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return accepted, float64(notices) / time.Since(began).Seconds(), nil
}

// database makes another database with the same schema.
func (r *rig) database(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, r.stack.Postgres.URL())
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+name); err != nil {
		return "", err
	}
	cfg := conn.Config()
	url := fmt.Sprintf("host=%s port=%d user=%s password='%s' dbname=%s", cfg.Host, cfg.Port, cfg.User, cfg.Password, name)
	return url, postgres.Migrate(ctx, url, "test")
}
