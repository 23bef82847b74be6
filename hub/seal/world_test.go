package seal_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
	"eblagh/hub/hubtest"
	"eblagh/hub/ledger"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/seal"
)

const origin = "ledger.example/test"

// world is a database with receipts that wait, and what a writer needs to seal them.
type world struct {
	*testing.T
	db     *postgres.DB
	sql    *pgxpool.Pool // the superuser's, past everything
	key    ed25519.PrivateKey
	memory string
	notice hub.ID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel() // each has a database of its own
	w := &world{T: t, db: pgtest.New(t), memory: filepath.Join(t.TempDir(), "checkpoint"), notice: hub.NewID(time.Now())}
	_, w.key, _ = ed25519.GenerateKey(rand.Reader)
	var err error
	if w.sql, err = pgxpool.New(context.Background(), pgtest.URL(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.sql.Close)
	return w
}

func (w *world) exec(sql string, args ...any) {
	w.Helper()
	if _, err := w.sql.Exec(context.Background(), sql, args...); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) count(sql string) (n int64) {
	w.Helper()
	if err := w.sql.QueryRow(context.Background(), sql).Scan(&n); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
	return n
}

// receipts makes n more that wait.
func (w *world) receipts(n int) {
	w.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = hub.NewID(time.Now()).String()
	}
	w.exec(`INSERT INTO receipts (id, event, at, notice, submitter, recipient, actor_kind, channel, details)
		SELECT id, 'ContentConsignment', hub_now(), $2, $2, $2, 'system', 'inbox', '{"parts": {"documents": ["0c"]}, "n": 1.50}'
		FROM unnest($1::uuid[]) AS u (id)`, ids, w.notice.String())
}

// options are those of a writer; keys add to the world's own.
func (w *world) options(keys ...crypto.Signer) seal.Options {
	w.Helper()
	o := seal.Options{Store: w.db.Sealing(), Origin: origin, Memory: seal.NewFile(w.memory), Logger: slog.New(slog.DiscardHandler),
		Batch: 7, Every: 10 * time.Millisecond, Again: 10 * time.Millisecond}
	for _, key := range append(keys, w.key) {
		s, err := ledger.NewSigner(origin, key)
		if err != nil {
			w.Fatal(err)
		}
		o.Signers = append(o.Signers, s)
	}
	return o
}

// start runs a writer until the test ends or stop is called.
func (w *world) start(o seal.Options) (stop func()) {
	w.Helper()
	writer, err := seal.New(o)
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = writer.Run(ctx); close(done) }()
	stop = func() { cancel(); <-done }
	w.Cleanup(stop)
	return stop
}

// sealed runs a writer until nothing waits and the head is public.
func (w *world) sealed(o seal.Options) {
	w.Helper()
	stop := w.start(o)
	w.drained()
	stop()
}

func (w *world) drained() {
	w.Helper()
	w.eventually(func() bool {
		return w.count(`SELECT (SELECT count(*) FROM ledger_queue) + (SELECT count(*) FROM log_checkpoints WHERE note IS NULL)
			+ (SELECT count(*) FROM ledger_writer WHERE doubt <> '') + (SELECT 1 - count(*) FROM ledger_writer)`) == 0
	})
}

func (w *world) eventually(ok func() bool) {
	w.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(60 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			w.Fatal("not within a minute")
		}
	}
}

func (w *world) keys() ledger.Keys {
	w.Helper()
	keys, err := ledger.ParseKeys(w.options().Signers[0].VerifierKey())
	if err != nil {
		w.Fatal(err)
	}
	return keys
}

// whole checks the log from its first entry to its last: every receipt is in it once, with what it commits to; the tiles
// make every root that was signed; times never go back; the file has the last of them.
func (w *world) whole() {
	w.Helper()
	ctx := context.Background()
	log := w.db.Log()
	head, err := log.Head(ctx)
	if err != nil {
		w.Fatal(err)
	}
	keys := w.allKeys(log)
	if last, err := seal.NewFile(w.memory).Last(ctx); err != nil || last != head.Note {
		w.Errorf("the file has %q, the log %q (%v)", last, head.Note, err)
	}
	read := func(tiles []tlog.Tile) ([][]byte, error) { return log.Tiles(ctx, tiles) }
	reader := ledger.Tiles(head.Tree, read)
	w.checkHeads(head, keys, reader)
	lines := w.lines(head.N)
	for i, line := range lines {
		proof, err := ledger.ProveInclusion(head.Tree, int64(i), reader)
		if err != nil {
			w.Fatal(err)
		}
		if err := tlog.CheckRecord(proof, head.N, head.Hash, int64(i), tlog.RecordHash(line)); err != nil {
			w.Fatalf("entry %d: %v", i, err)
		}
	}
	w.checkLeaves(lines)
}

func (w *world) allKeys(log seal.Log) ledger.Keys {
	w.Helper()
	changes, err := log.Keys(context.Background())
	if err != nil {
		w.Fatal(err)
	}
	var texts []string
	for _, c := range changes {
		if !c.Retire {
			texts = append(texts, c.Key)
		}
	}
	keys, err := ledger.ParseKeys(texts...)
	if err != nil {
		w.Fatal(err)
	}
	return keys
}

func (w *world) checkHeads(head seal.Head, keys ledger.Keys, reader tlog.HashReader) {
	w.Helper()
	rows, err := w.sql.Query(context.Background(), `SELECT coalesce(note, '') FROM log_checkpoints ORDER BY size`)
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	var last ledger.Checkpoint
	for rows.Next() {
		var note string
		if err := rows.Scan(&note); err != nil {
			w.Fatal(err)
		}
		c, err := ledger.OpenCheckpoint(note, keys)
		if err != nil {
			w.Fatal(err)
		}
		if root, err := ledger.RootAt(c.N, reader); err != nil || root != c.Hash {
			w.Errorf("the log does not extend its checkpoint of %d entries: %v", c.N, err)
		}
		if c.Time.Before(last.Time) {
			w.Errorf("time went back from %s to %s", last.Time, c.Time)
		}
		last = c
	}
	if last.N != head.N {
		w.Errorf("the last checkpoint has %d entries, the head %d", last.N, head.N)
	}
}

// lines reads every entry from the tiles.
func (w *world) lines(size int64) (lines [][]byte) {
	w.Helper()
	for n := int64(0); n*ledger.TileWidth < size; n++ {
		width := int(min(ledger.TileWidth, size-n*ledger.TileWidth))
		tiles, err := w.db.Log().Tiles(context.Background(), []tlog.Tile{{H: ledger.Height, L: ledger.EntryLevel, N: n, W: width}})
		if err != nil {
			w.Fatal(err)
		}
		part, err := ledger.SplitEntries(tiles[0], width)
		if err != nil {
			w.Fatal(err)
		}
		lines = append(lines, part...)
	}
	return lines
}

// checkLeaves holds every entry against the receipt it is of, read anew.
func (w *world) checkLeaves(lines [][]byte) {
	w.Helper()
	receipts := w.count(`SELECT count(*) FROM receipts`)
	keys := w.count(`SELECT count(*) FROM log_keys`)
	if int64(len(lines)) != receipts+keys || w.count(`SELECT count(*) FROM log_leaves`) != receipts {
		w.Errorf("%d entries of %d receipts and %d keys", len(lines), receipts, keys)
	}
	seen := map[string]bool{}
	for _, line := range lines {
		e, err := ledger.ParseEntry(line)
		if err != nil {
			w.Fatalf("%q: %v", line, err)
		}
		if seen[string(line)] {
			w.Errorf("%q is in the log twice", line)
		}
		seen[string(line)] = e.Key == ""
	}
	for index, want := range w.recomputed() {
		if string(lines[index]) != want {
			w.Errorf("entry %d is %q, its receipt makes %q", index, lines[index], want)
		}
	}
}

// recomputed gives what each receipt's entry must be, by its place in the log.
func (w *world) recomputed() map[int64]string {
	w.Helper()
	rows, err := w.sql.Query(context.Background(), `SELECT l.index, r.id::text, r.at, r.recorded_at, r.salt, r.notice::text
		FROM log_leaves l JOIN receipts r ON r.id = l.receipt`)
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	out := map[int64]string{}
	for rows.Next() {
		var index int64
		var idText, notice string
		var salt []byte
		r := ledger.Receipt{Form: ledger.Form}
		if err := rows.Scan(&index, &idText, &r.At, &r.RecordedAt, &salt, &notice); err != nil {
			w.Fatal(err)
		}
		copy(r.Salt[:], salt)
		r.ID, _ = hub.ParseID(idText)
		r.Notice, _ = hub.ParseID(notice)
		r.Submitter, r.Recipient = r.Notice, r.Notice
		r.Event, r.Actor.Kind, r.Channel = hub.EventContentConsignment, hub.ActorSystem, hub.ChannelInbox
		r.Details = map[string]any{"parts": map[string]any{"documents": []any{"0c"}}, "n": number("1.50")}
		entry, err := ledger.NewEntry(r)
		if err != nil {
			w.Fatal(err)
		}
		out[index] = string(entry.Marshal())
	}
	return out
}

// fault makes a step fail at its nth time, and never again.
type fault struct {
	step  string
	kind  hubtest.Fault
	after int
	hit   func() // called when it strikes
}

// faulty are options whose steps fail as asked.
func (w *world) faulty(f *fault) seal.Options {
	o := w.options()
	ask := make(chan struct{}, 1)
	at := func(step string) hubtest.Fault {
		ask <- struct{}{}
		defer func() { <-ask }()
		if step != f.step || f.after < 0 {
			return hubtest.NoFault
		}
		if f.after--; f.after >= 0 {
			return hubtest.NoFault
		}
		if f.hit != nil {
			f.hit()
		}
		return f.kind
	}
	o.Store, o.Memory = &hubtest.Sealing{Store: o.Store, At: at}, &hubtest.SealMemory{Memory: o.Memory, At: at}
	s, err := ledger.NewSigner(origin, &hubtest.SealKey{Signer: w.key, At: at, Done: w.Context()})
	if err != nil {
		w.Fatal(err)
	}
	o.Signers, o.Step = []*ledger.Signer{s}, time.Second
	return o
}

func (w *world) doubt() string {
	w.Helper()
	s, err := w.db.Log().Standing(context.Background())
	if err != nil {
		w.Fatal(err)
	}
	return s.Doubt
}
