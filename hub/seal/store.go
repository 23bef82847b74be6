package seal

import (
	"context"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// Log reads the log as the database has it.
type Log interface {
	// Head is the newest state of the log; size zero when nothing was sealed yet.
	Head(ctx context.Context) (Head, error)
	// Tiles gives these tiles, at least as wide as asked for. Errors: one is missing.
	Tiles(ctx context.Context, tiles []tlog.Tile) ([][]byte, error)
	// Keys lists the changes of the log's keys, oldest first.
	Keys(ctx context.Context) ([]ledger.Entry, error)
	// Standing tells what decides on acceptance.
	Standing(ctx context.Context) (Standing, error)
}

// Store is a database with a log.
type Store interface {
	Log
	// Lock takes the writer's lock. It gives nil when another session has it.
	Lock(ctx context.Context) (Session, error)
}

// Session is the one writer's connection. The lock lives and dies with it, and so does whatever it has not committed:
// every method MUST use this connection alone.
type Session interface {
	Log
	// Waiting gives the oldest receipts that wait, in order, and the database's time: as many as the limit, but those that
	// were issued by one statement may wait together, and then more. Errors: ErrVanished.
	Waiting(ctx context.Context, limit int) ([]ledger.Receipt, time.Time, error)
	// Append makes a batch durable in one transaction. Its receipts are those that Waiting gave last, or none. Errors: the
	// head is not the one before the batch, or one of its receipts does not wait. After any other error it may have taken effect.
	Append(ctx context.Context, b Batch) error
	// Publish adds the signature to the head of this size.
	Publish(ctx context.Context, size int64, note string) error
	// Ready says that receipts are sealed from now on, and that nothing is in doubt.
	Ready(ctx context.Context) error
	// Doubt pauses acceptance, for a reason, until a database is there that extends the held checkpoint ("": any).
	Doubt(ctx context.Context, reason, held string) error
	// Close ends the session, and with it the lock.
	Close()
}

// Head is a state of the log, and its signed checkpoint once it has one.
type Head struct {
	tlog.Tree
	Time time.Time
	Note string
}

// Batch is what one transaction appends.
type Batch struct {
	Before   int64 // the size of the log
	Receipts []hub.ID
	Keys     []ledger.Entry // entries before the receipts'
	Tiles    []ledger.TileBytes
	Head     Head
}

// Standing is how sealing stands.
type Standing struct {
	Sealing bool          // a writer has been started on this database
	Doubt   string        // why no writer goes on; "": none is in doubt
	Held    string        // the checkpoint that the database must extend to end the doubt
	Oldest  time.Duration // for how long the oldest receipt has waited
}

// ErrVanished says that a receipt which waits to be sealed is not there any more.
var ErrVanished = hub.Refuse(hub.CodeInternal, "a receipt was removed before it was sealed")
