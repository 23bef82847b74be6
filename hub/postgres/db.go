package postgres

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// Options say where the database is and how many connections each pool may hold.
type Options struct {
	URL          string
	AppConns     int32         // for reading and changing as a principal; 0: 8
	WorkerConns  int32         // for writing; three quarters as many again are for statements of few rows; 0: 12
	ConnLifetime time.Duration // 0: 30 minutes
	// Statements is told the text of each statement before it runs, never its values, and under which context; nil: nobody is.
	Statements func(context.Context, string)
}

// DB implements the stores of the domain packages. It is safe for concurrent use.
type DB struct {
	app    *pgxpool.Pool
	worker *pgxpool.Pool
	brief  *pgxpool.Pool // of the worker role as well, for statements of few rows
	intake *pgxpool.Pool // the same, for accepting few papers: one connection that has planned that is worth several that plan all

	questions together[question, reply]
	begins    together[idempotentCall, idempotentAnswer]
	ends      together[idempotentEnd, struct{}]
	lookups   together[dispatch.Lookup, dispatch.Resolved]
	accepted  together[*intake, struct{}]
	sessions  together[[sha256.Size]byte, []byte] // by the hash of their token: their data
	touches   together[touch, struct{}]
	grants    together[hub.ID, openGrants]

	fresh fresh // receipts
}

// Open connects all pools and checks that the schema is as new as this program.
// Errors: the database is away (hub.CodeOverloaded), or its schema is older or newer.
func Open(ctx context.Context, o Options) (_ *DB, err error) {
	db, conns := &DB{}, cmp.Or(o.WorkerConns, 12)
	defer func() {
		if err != nil {
			db.Close()
		}
	}()
	if db.app, err = openPool(ctx, o, "eblagh_app", cmp.Or(o.AppConns, 8)); err != nil {
		return nil, err
	}
	if db.worker, err = openPool(ctx, o, "eblagh_worker", conns); err != nil {
		return nil, err
	}
	if db.brief, err = openPool(ctx, o, "eblagh_worker", conns/2+1, genericPlans); err != nil {
		return nil, err
	}
	if db.intake, err = openPool(ctx, o, "eblagh_worker", conns/4+1, genericPlans); err != nil {
		return nil, err
	}
	db.gather()
	if err := db.checkVersion(ctx); err != nil {
		return nil, err
	}
	return db, nil
}

// gather sets up the calls that go together, one run of a kind after the other: two at once shared half as much, and waited
// for each other's rows. Answers can be large, so that few of them share a statement.
func (db *DB) gather() {
	db.questions.run, db.questions.most = db.answerAll, 256
	db.begins.run, db.begins.most = db.beginAll, 256
	db.ends.run, db.ends.most = db.endAll, 32
	db.lookups.run, db.lookups.most = db.resolveAll, 64
	db.accepted.run, db.accepted.most = db.acceptAll, 64
	db.sessions.run, db.sessions.most = db.findSessions, 256
	db.touches.run, db.touches.most = db.touchSessions, 256
	db.grants.run, db.grants.most = db.openGrants, 256
}

// Close waits for connections in use and closes the pools.
func (db *DB) Close() {
	for _, pool := range []*pgxpool.Pool{db.app, db.worker, db.brief, db.intake} {
		if pool != nil {
			pool.Close()
		}
	}
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return translate(db.worker.Ping(ctx)) }

// Now is the hub's clock, by which everything is recorded.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	var at time.Time
	err := db.worker.QueryRow(ctx, `SELECT hub_now()`).Scan(&at)
	return at.UTC(), translate(err)
}

// read runs fn in one transaction of the app role, as the principal, on one snapshot: what is shown together was true
// together. It may only read, and note looks. Whoever notes the same access at the same moment goes again: fn MUST bear
// being run anew.
func (db *DB) read(ctx context.Context, p access.Principal, fn func(pgx.Tx) error) error {
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead}
	conn, err := acquire(ctx, db.app)
	if err != nil {
		return err
	}
	defer conn.Release()
	for tries := 1; ; tries++ {
		err := pgx.BeginTxFunc(ctx, conn, snapshot, func(tx pgx.Tx) error {
			if err := as(ctx, tx, p); err != nil {
				return err
			}
			return fn(tx)
		})
		var pg *pgconn.PgError
		if tries < 3 && errors.As(err, &pg) && pg.Code == "40001" {
			continue
		}
		return translate(err)
	}
}

// write runs fn in one transaction of the worker role. What a call changes leaves its entry in the trail with it.
func (db *DB) write(ctx context.Context, fn func(pgx.Tx) error) error {
	return writeOn(ctx, db.worker, riderOf(ctx), fn)
}

func writeOn(ctx context.Context, pool *pgxpool.Pool, r rider, fn func(pgx.Tx) error) error {
	conn, err := acquire(ctx, pool)
	if err != nil {
		return err
	}
	defer conn.Release()
	taken := false
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) (err error) {
		if err := fn(tx); err != nil {
			return err
		}
		taken, err = r.take(ctx, tx)
		return err
	})
	if err == nil && taken {
		r.rode()
	}
	return translate(err)
}

// exec is write for one statement.
func (db *DB) exec(ctx context.Context, sql string, args ...any) (done pgconn.CommandTag, err error) {
	err = db.write(ctx, func(tx pgx.Tx) (err error) {
		done, err = tx.Exec(ctx, sql, args...)
		return err
	})
	return done, err
}
