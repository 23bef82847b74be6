package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/cmd/eblagh/devstack"
	"eblagh/hub/postgres"
)

// rig is the hub under measurement: its servers and its process.
type rig struct {
	*bench
	dir   string
	stack *devstack.Stack
	hub   *exec.Cmd
	sql   *pgx.Conn // as the superuser, to look on
	dev   struct {
		BaseURL string            `json:"base_url"`
		Keys    map[string]string `json:"keys"`
	}
}

// newRig starts servers and a hub with these parts. Settings are EBLAGH_… for its environment.
func (b *bench) newRig(ctx context.Context, parts string, settings ...string) (*rig, error) {
	dir, err := os.MkdirTemp("", "eblagh-bench-")
	if err != nil {
		return nil, err
	}
	r := &rig{bench: b, dir: dir}
	if err := r.start(ctx, parts, settings); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func (r *rig) start(ctx context.Context, parts string, settings []string) (err error) {
	r.stack, err = devstack.Start(ctx, devstack.Options{DataDir: filepath.Join(r.dir, "stack"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if r.sql, err = pgx.Connect(ctx, r.stack.Postgres.SocketURL()); err != nil {
		return err
	}
	r.hub = exec.Command(r.program, "dev", "--data", filepath.Join(r.dir, "data"), "--listen", "127.0.0.1:0",
		"--seed", "demo", "--parts", parts)
	r.hub.Env = append(append(os.Environ(), "EBLAGH_DATABASE_URL="+r.stack.Postgres.SocketURL(),
		"EBLAGH_REDIS_ADDRS="+r.stack.Redis.Addr(), "EBLAGH_LOG_LEVEL=warn"), settings...)
	log, err := os.Create(filepath.Join(r.dir, "hub.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	r.hub.Stderr = log
	if err := r.hub.Start(); err != nil {
		return fmt.Errorf("start %s: %w", r.program, err)
	}
	return r.ready(ctx)
}

// ready waits for dev.json.
func (r *rig) ready(ctx context.Context) error {
	return r.until(ctx, time.Minute, "the hub did not become ready", func() (bool, error) {
		b, err := os.ReadFile(filepath.Join(r.dir, "data", "dev.json"))
		return err == nil && json.Unmarshal(b, &r.dev) == nil, nil
	})
}

// halt stops the hub and leaves its servers.
func (r *rig) halt() {
	if r.hub != nil && r.hub.Process != nil {
		_ = r.hub.Process.Signal(syscall.SIGTERM)
		_ = r.hub.Wait()
	}
	r.hub = nil
}

func (r *rig) stop() {
	r.halt()
	if r.sql != nil {
		_ = r.sql.Close(context.Background())
	}
	if r.stack != nil {
		_ = r.stack.Close()
	}
	if said, err := os.ReadFile(filepath.Join(r.dir, "hub.log")); err == nil && len(said) > 0 {
		r.log.Warn("what the hub said at the end", "said", string(said[max(0, len(said)-2000):]))
	}
	_ = os.RemoveAll(r.dir)
}

// until looks every few milliseconds whether something holds. Errors: it does not within the limit.
func (r *rig) until(ctx context.Context, limit time.Duration, what string, holds func() (bool, error)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(limit); ; {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return errors.New(what)
		case <-tick.C:
		}
	}
}

// none waits until a query that counts says 0.
func (r *rig) none(ctx context.Context, limit time.Duration, what, query string) error {
	return r.until(ctx, limit, what, func() (bool, error) {
		n, err := r.count(ctx, query)
		return n == 0, err
	})
}

func (r *rig) count(ctx context.Context, query string) (n int64, err error) {
	err = r.sql.QueryRow(ctx, query).Scan(&n)
	return n, err
}

// database makes another database with the same schema.
func (r *rig) database(ctx context.Context, name string) (string, error) {
	if _, err := r.sql.Exec(ctx, `CREATE DATABASE `+name); err != nil {
		return "", err
	}
	cfg := r.sql.Config()
	url := fmt.Sprintf("host=%s port=%d user=%s password='%s' dbname=%s", cfg.Host, cfg.Port, cfg.User, cfg.Password, name)
	return url, postgres.Migrate(ctx, url, "test")
}
