package audit

import (
	"context"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// Store reads what is to be audited, past row-level security. Each method that takes a limit gives at most as many rows,
// in the order of their key, after the one that was given; fewer than the limit are the last ones.
type Store interface {
	LogStore
	RowStore
	TrailStore
	// Now is the database's clock.
	Now(ctx context.Context) (time.Time, error)
}

// LogStore reads the log.
type LogStore interface {
	// Checkpoints gives heads of the log with sizes above after, in order.
	Checkpoints(ctx context.Context, after int64, limit int) ([]Head, error)
	// NewestHead is the newest head that is signed, zero when there is none, and the size of the newest of all.
	NewestHead(ctx context.Context) (signed Head, newest int64, err error)
	// StoredTiles gives the bytes of tiles as they are; nil for one that is missing.
	StoredTiles(ctx context.Context, tiles []tlog.Tile) ([][]byte, error)
	// Leaves gives what is known of the entries in [from, to), in order: receipts and changes of keys.
	Leaves(ctx context.Context, from, to int64) ([]Leaf, error)
	// LeavesFrom gives at most limit rows at or beyond an index.
	LeavesFrom(ctx context.Context, index int64, limit int) ([]Leaf, error)
}

// Head is a row of the log's heads.
type Head struct {
	tlog.Tree
	Time time.Time
	Note string // the signed checkpoint; "": not signed
}

// Leaf is what the database says of one entry.
type Leaf struct {
	Index   int64
	Receipt hub.ID          // whose entry it is; zero for a change of keys
	Sealed  *ledger.Receipt // the receipt as it is now; nil when it is gone
	Key     string          // the entry of a change of keys
}

// RowStore reads the rows that receipts speak of.
type RowStore interface {
	Receipts(ctx context.Context, after hub.ID, limit int) ([]ReceiptRow, error)
	Arrivals(ctx context.Context, after ArrivalKey, limit int) ([]ArrivalRow, error)
	Openings(ctx context.Context, after hub.ID, limit int) ([]OpeningRow, error)
	Notices(ctx context.Context, after hub.ID, limit int) ([]NoticeRow, error)
	Documents(ctx context.Context, after hub.ID, limit int) ([]DocumentRow, error)
	Certificates(ctx context.Context, after hub.ID, limit int) ([]CertificateRow, error)
}

// ReceiptRow is a receipt beside what it speaks of.
type ReceiptRow struct {
	ID         hub.ID
	Event      hub.Event
	At         time.Time
	RecordedAt time.Time `db:"recorded_at"`
	Sealed     bool      // the log has it
	Noticed    bool      // its notice is there, or it is of none
	RowAt      time.Time `db:"row_at"` // the arrival or opening that it proves; zero: there is none
}

// ArrivalKey is the place in the walk over inboxes.
type ArrivalKey struct {
	Recipient hub.ID `json:"recipient"`
	Cursor    int64  `json:"cursor"`
}

// ArrivalRow is a row of an inbox.
type ArrivalRow struct {
	Recipient hub.ID
	Cursor    int64
	Notice    hub.ID
	Proven    bool // a receipt of this arrival says the same moment
}

// OpeningRow is a row of opens.
type OpeningRow struct {
	Notice hub.ID
	Proven bool
}

// NoticeRow is a notice with the digests that its acceptance names.
type NoticeRow struct {
	ID        hub.ID
	SubjectCT []byte   `db:"subject_ct"`
	BodyCT    []byte   `db:"body_ct"`
	Accepted  bool     // its acceptance (A.1) is there
	Subject   string   // SHA-256 in hex, as sealed
	Body      string   // "": none
	Sealed    []string // of its documents, as sealed
	Documents []string // of its documents, as they are
}

// DocumentRow is a document and what became of its bytes.
type DocumentRow struct {
	ID       hub.ID
	SHA256   []byte `db:"sha256"`
	Size     int64
	Present  bool
	Served   bool      // a notice carries it
	ErasedAt time.Time `db:"erased_at"` // zero: not erased
	Basis    string
	Proven   bool // a receipt says that it was erased
}

// CertificateRow is a certificate beside its receipt.
type CertificateRow struct {
	ID     hub.ID
	PDF    []byte `db:"pdf_ct"`
	Size   int64  // of the unsigned body, as the receipt has it
	SHA256 string // of it, in hex, as the receipt has it; "": no receipt
}

// Vault opens what was sealed. *vault.Vault implements it.
type Vault interface {
	Open(ct []byte, context string) ([]byte, error)
}

// Bytes gives the bytes of a document, checked against its digest. *document.Intake implements it.
type Bytes interface {
	Bytes(ctx context.Context, d hub.Document) ([]byte, error)
}
