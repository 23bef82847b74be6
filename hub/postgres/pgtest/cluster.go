package pgtest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"eblagh/cmd/eblagh/devstack"
)

// URLVariable names the cluster that tests share, by the URL of a superuser.
const URLVariable = "EBLAGH_TEST_DATABASE_URL"

// settings make a cluster quick and worthless: nobody resumes it after a crash.
func settings() map[string]string {
	return map[string]string{
		"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB",
		"max_connections": "200", "max_wal_size": "1GB", "wal_level": "minimal", "max_wal_senders": "0",
		"log_checkpoints": "off", "dynamic_shared_memory_type": "mmap", // /dev/shm is small in containers
	}
}

// StartCluster starts a private cluster in a temporary folder, which stop removes.
func StartCluster(ctx context.Context) (url string, stop func() error, err error) {
	dir, err := devstack.Temporary("eblagh-test-")
	if err != nil {
		return "", nil, err
	}
	pg, err := devstack.StartPostgres(ctx, devstack.ServerOptions{
		Dir: filepath.Join(dir, "postgres"), Logger: quiet(), Settings: settings()})
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return pg.SocketURL(), func() error { return errors.Join(pg.Close(), os.RemoveAll(dir)) }, nil
}

// NewPostgres starts a cluster for this test alone, to be stopped and killed by it. Its database is migrated, mode test;
// its writes are as durable as in production.
func NewPostgres(t testing.TB) *devstack.Postgres {
	t.Helper()
	own := settings()
	for _, durable := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		delete(own, durable)
	}
	pg, err := devstack.StartPostgres(t.Context(), devstack.ServerOptions{
		Dir: filepath.Join(t.TempDir(), "postgres"), Logger: quiet(), Settings: own})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { report(t, "stop Postgres", pg.Close()) })
	migrate(t, pg.SocketURL())
	return pg
}

// NewRedis starts a Redis for this test alone, to be stopped, killed and flushed by it.
func NewRedis(t testing.TB) *devstack.Redis {
	t.Helper()
	redis, err := devstack.StartRedis(t.Context(), devstack.ServerOptions{
		Dir: filepath.Join(t.TempDir(), "redis"), Logger: quiet(), Settings: map[string]string{"appendfsync": "no"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { report(t, "stop Redis", redis.Close()) })
	return redis
}

// Redis is the address of a Redis started for this test alone.
func Redis(t testing.TB) (addr string) {
	t.Helper()
	return NewRedis(t).Addr()
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func report(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}
