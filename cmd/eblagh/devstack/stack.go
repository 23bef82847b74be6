package devstack

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
)

// Options say where a stack lives and how its servers are set.
type Options struct {
	DataDir  string // made when missing; postgres/ and redis/ lie under it
	Logger   *slog.Logger
	Postgres map[string]string // server settings over the defaults
	Redis    map[string]string
}

// Stack is a Postgres and a Redis of one's own.
type Stack struct {
	Postgres *Postgres
	Redis    *Redis
}

// Start brings both servers up, on the data that lie in DataDir. It returns when both answer.
// Errors: *MissingError when a server is not installed; the folder is in use; a server does not come up (with the end of
// its log). Nothing is left running after an error.
func Start(ctx context.Context, o Options) (*Stack, error) {
	pg, err := StartPostgres(ctx, ServerOptions{
		Dir: filepath.Join(o.DataDir, "postgres"), Logger: o.Logger, Settings: o.Postgres})
	if err != nil {
		return nil, err
	}
	redis, err := StartRedis(ctx, ServerOptions{
		Dir: filepath.Join(o.DataDir, "redis"), Logger: o.Logger, Settings: o.Redis})
	if err != nil {
		return nil, errors.Join(err, pg.Close())
	}
	return &Stack{Postgres: pg, Redis: redis}, nil
}

// Close stops both servers and gives their folders free. Calling it twice is harmless.
func (s *Stack) Close() error {
	return errors.Join(s.Redis.Close(), s.Postgres.Close())
}

// ServerOptions say where one server lives and how it is set.
type ServerOptions struct {
	Dir      string // the server's own folder, made when missing
	Logger   *slog.Logger
	Settings map[string]string // over the defaults, by the server's own names
}
