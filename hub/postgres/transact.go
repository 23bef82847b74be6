package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// transaction begins with its first batch and commits with its last, which saves it two round trips.
type transaction struct {
	conn  *pgxpool.Conn
	begun bool
}

// transact runs fn, which MUST end by commit.
func transact(ctx context.Context, pool *pgxpool.Pool, fn func(*transaction) error) error {
	conn, err := acquire(ctx, pool)
	if err != nil {
		return err
	}
	defer conn.Release()
	tx := &transaction{conn: conn}
	defer tx.rollback()
	err = fn(tx)
	if err == nil && tx.open() {
		err = errors.New("a transaction has ended without its commit")
	}
	return translate(err)
}

// open reports whether something is neither committed nor taken back.
func (tx *transaction) open() bool {
	pg := tx.conn.Conn().PgConn()
	return !pg.IsClosed() && pg.TxStatus() != 'I'
}

// rollback takes back what is not committed. A connection that cannot do it is closed as it is released.
func (tx *transaction) rollback() {
	if !tx.open() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, _ = tx.conn.Exec(ctx, "rollback")
}

// send runs a batch in the transaction; the first one begins it.
func (tx *transaction) send(ctx context.Context, b *pgx.Batch) error {
	if !tx.begun {
		tx.begun = true
		begun := &pgx.Batch{}
		begun.Queue("begin")
		b.QueuedQueries = append(begun.QueuedQueries, b.QueuedQueries...)
	}
	return tx.conn.SendBatch(ctx, b).Close()
}

// commit runs a batch and commits.
func (tx *transaction) commit(ctx context.Context, b *pgx.Batch) error {
	b.Queue("commit")
	return tx.send(ctx, b)
}

// exec runs a statement in the transaction.
func (tx *transaction) exec(ctx context.Context, sql string, args ...any) (tag pgconn.CommandTag, err error) {
	b := &pgx.Batch{}
	b.Queue(sql, args...).Exec(func(done pgconn.CommandTag) error {
		tag = done
		return nil
	})
	return tag, tx.send(ctx, b)
}
