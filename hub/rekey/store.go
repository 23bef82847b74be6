package rekey

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/vault"
)

// Node is a running process that holds the key file, as it last said.
type Node struct {
	ID      hub.ID
	Name    string
	Seals   []uint32 // the sealing keys that it holds
	Indexes []uint32
	Primary uint32 // what it seals with
	SeenAt  time.Time
}

// Progress is how far one table has come.
type Progress struct {
	Name        string
	Rows        int64 // rewritten
	Failed      int64 // rows that do not open under any key
	FirstFailed string
	DoneAt      time.Time // zero: not yet
}

// Use is how many rows of a table still need a key; counting stops at a thousand.
type Use struct {
	Name string
	Rows int
}

// Sealer opens and seals for the store, which knows where ciphertext is and under which context.
type Sealer interface {
	// Reseal gives the same content under the primary key. Errors: vault.ErrSealed.
	Reseal(ct []byte, context string) ([]byte, error)
	// Index gives the blind indexes of sealed content. Errors: vault.ErrSealed.
	Index(kind string, ct []byte, context string) (vault.Blind, error)
}

// Store keeps what is said of keys, and rewrites rows. All methods are safe for concurrent use, by several processes.
type Store interface {
	// Keys gives every key that the database names, by kind and age.
	Keys(ctx context.Context) ([]vault.KeyUse, error)
	// AddKeys names keys. Those that are named already stay as they are.
	AddKeys(ctx context.Context, keys []vault.KeyUse) error
	// Promote makes the coming keys primary and the primary ones old, and begins the work on every table anew, in one
	// transaction. Errors: wrong-state when none is coming.
	Promote(ctx context.Context) error
	// Retire makes the old keys retired.
	Retire(ctx context.Context) error
	// Forget removes a key's name. Of a sealing key it stays, so that nothing is written under it ever again.
	Forget(ctx context.Context, key vault.Key) error
	// Settled tells whether every transaction that was under way when keys changed last has ended.
	Settled(ctx context.Context) (bool, error)

	// Announce says that a process is there and which keys it holds; Leave, that it is not any more.
	Announce(ctx context.Context, n Node) error
	Leave(ctx context.Context, id hub.ID) error
	// Nodes gives who was there within a while.
	Nodes(ctx context.Context, within time.Duration) ([]Node, error)

	// Step rewrites one batch of one table in one transaction and notes how far it came: what is sealed under a key that is
	// not primary, and what lacks an index. It waits for nobody's lock. worked is false when there is nothing left that
	// nobody else is at.
	Step(ctx context.Context, s Sealer) (worked bool, err error)
	// Begin has the work on these tables done again.
	Begin(ctx context.Context, names []string) error
	Progress(ctx context.Context) ([]Progress, error)
	// Uses counts, by query, the rows that are sealed under the key, or that would be found by nothing without it.
	Uses(ctx context.Context, key vault.Key) ([]Use, error)
	// Clear empties the column of an index key in at most limit rows and gives in how many.
	Clear(ctx context.Context, slot, limit int) (int, error)
}
