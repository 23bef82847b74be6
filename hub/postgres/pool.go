package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func openPool(ctx context.Context, o Options, role string, conns int32, change ...func(*pgxpool.Config)) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	cfg.MaxConns = conns
	cfg.MaxConnLifetime = o.ConnLifetime
	if cfg.MaxConnLifetime == 0 {
		cfg.MaxConnLifetime = 30 * time.Minute
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = role
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["role"] = role
	// Every statement is short and finds its rows by an index. Plans are kept from when tables were empty, or made while
	// the statistics lag behind a flood of papers: neither may turn to scans of whole tables, or to compiling.
	cfg.ConnConfig.RuntimeParams["enable_seqscan"] = "off"
	cfg.ConnConfig.RuntimeParams["jit"] = "off"
	if o.Statements != nil {
		cfg.ConnConfig.Tracer = tracer(o.Statements)
	}
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerID(conn.TypeMap())
		registerTime(conn.TypeMap())
		return nil
	}
	for _, c := range change {
		c(cfg)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect as %s: %w", role, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect as %s: %w", role, translate(err))
	}
	return pool, nil
}

// tracer tells of statements.
type tracer func(ctx context.Context, text string)

// TraceQueryStart implements pgx.QueryTracer.
func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	t(ctx, d.SQL)
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// patience is how long a transaction waits for a connection: who would wait longer is told to come again, so that a
// flood does not become a queue that nobody outlasts.
const patience = 5 * time.Second

var errNoConnection = errors.New("no connection became free in time")

func acquire(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	limited, cancel := context.WithTimeoutCause(ctx, patience, errNoConnection)
	defer cancel()
	conn, err := pool.Acquire(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return nil, unavailable(errors.Join(errNoConnection, err))
	}
	return conn, translate(err)
}
