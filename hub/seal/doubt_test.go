package seal_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/seal"
)

// tamper does what only a superuser can who wants to: no trigger fires.
func (w *world) tamper(sql ...string) {
	w.Helper()
	conn, err := w.sql.Acquire(context.Background())
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Release()
	for _, statement := range append([]string{"SET session_replication_role = replica"}, append(sql, "SET session_replication_role = origin")...) {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			w.Fatalf("%s: %v", statement, err)
		}
	}
}

// A database that is not an extension of what the writer's file holds is refused: nothing is sealed, and acceptance
// pauses in every process until a database is back that is.
func TestADatabaseThatIsNotWhatWasSealed(t *testing.T) {
	cut := []string{"DELETE FROM log_timestamps", "DELETE FROM log_checkpoints WHERE size > 8", "DELETE FROM log_leaves WHERE index >= 8",
		"UPDATE log_tiles SET width = 8, bytes = substring(bytes FOR 256) WHERE level = 0"}
	for name, c := range map[string]struct {
		sql  []string
		says string
	}{ // each in a database of its own
		"the newest checkpoint is gone":      {[]string{"DELETE FROM log_checkpoints WHERE size = (SELECT max(size) FROM log_checkpoints)"}, "rolled back"},
		"the log is cut":                     {cut, "rolled back"},
		"the whole log is gone":              {[]string{"DELETE FROM log_checkpoints", "DELETE FROM log_tiles", "DELETE FROM log_leaves", "DELETE FROM log_keys"}, "rolled back"},
		"another root at the same size":      {[]string{"UPDATE log_checkpoints SET note = NULL, root = sha256('x') WHERE size = (SELECT max(size) FROM log_checkpoints)"}, "tiles do not make its root"},
		"a hash in the newest tile":          {[]string{"UPDATE log_tiles SET bytes = set_byte(bytes, 70, get_byte(bytes, 70) # 1) WHERE level = 0"}, "tiles do not make its root"},
		"an entry in the newest tile":        {[]string{"UPDATE log_tiles SET bytes = set_byte(bytes, 300, CASE get_byte(bytes, 300) WHEN 65 THEN 66 ELSE 65 END) WHERE level = -1"}, "tiles do not make its root"},
		"the newest checkpoint says another": {[]string{"UPDATE log_checkpoints SET at = at - interval '1 hour' WHERE size = (SELECT max(size) FROM log_checkpoints)"}, "something else than what was signed"},
		"a receipt is removed unsealed": {[]string{
			"INSERT INTO ledger_queue VALUES ('0194a1b2-c3d4-7001-8001-010101010101', '{0194a1b2-c3d4-7001-8001-010101010101}')"}, "removed before it was sealed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.receipts(14)
			w.sealed(w.options())
			gate := seal.NewGate(w.db.Log(), time.Hour, hub.SystemClock)
			if err := gate.Accepting(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.tamper(c.sql...)
			w.receipts(2)
			size := w.count(`SELECT coalesce(max(size), 0) FROM log_checkpoints`)
			stop := w.start(w.options())
			w.eventually(func() bool { return strings.Contains(w.doubt(), c.says) })
			stop()
			if got := w.count(`SELECT coalesce(max(size), 0) FROM log_checkpoints`); got != size {
				t.Errorf("the log was written on, from %d to %d", size, got)
			}
			gate = seal.NewGate(w.db.Log(), time.Hour, hub.SystemClock)
			if err := gate.Accepting(t.Context()); hub.CodeOf(err) != hub.CodeOverloaded {
				t.Errorf("papers are accepted: %v", err)
			}
		})
	}
}

// A process that knows nothing of the log does not end the doubt of one that does, until the log is what was sealed.
func TestADoubtEndsWithTheDatabaseThatWasSealed(t *testing.T) {
	w := newWorld(t)
	w.receipts(10)
	w.sealed(w.options())
	w.tamper(`CREATE TABLE kept AS SELECT * FROM log_checkpoints WHERE size = (SELECT max(size) FROM log_checkpoints)`,
		`DELETE FROM log_checkpoints WHERE size IN (SELECT size FROM kept)`,
		`CREATE TABLE kept_tiles AS SELECT * FROM log_tiles`,
		`UPDATE log_tiles SET width = 8, bytes = substring(bytes FOR 256) WHERE level = 0`)
	stop := w.start(w.options())
	w.eventually(func() bool { return w.doubt() != "" })
	stop()
	stranger := w.options()
	stranger.Memory = seal.NewFile(w.memory + "2")
	stop = w.start(stranger)
	w.never(func() bool { return w.doubt() == "" })
	w.tamper(`INSERT INTO log_checkpoints SELECT * FROM kept`, `DELETE FROM log_tiles`, `INSERT INTO log_tiles SELECT * FROM kept_tiles`)
	w.eventually(func() bool { return w.doubt() == "" })
	w.receipts(3)
	w.drained()
	stop()
	w.receipts(1) // so that there is something to wait for
	w.sealed(w.options())
	w.whole()
}

// A checkpoint of a fork, signed with the log's own key, does not fool who holds another.
func TestAForkUnderTheSameKey(t *testing.T) {
	w := newWorld(t)
	w.receipts(6)
	w.sealed(w.options())
	fork := &world{T: t, db: w.db, sql: w.sql, key: w.key, memory: w.memory + "-fork", notice: w.notice}
	w.tamper("DELETE FROM log_checkpoints", "DELETE FROM log_tiles", "DELETE FROM log_leaves", "DELETE FROM log_keys")
	fork.receipts(20)
	fork.sealed(fork.options()) // as long, under the same key, and whole in itself
	w.receipts(1)
	stop := w.start(w.options())
	w.eventually(func() bool { return strings.Contains(w.doubt(), "rewritten") })
	stop()
}

func TestAcceptancePausesWhileReceiptsWait(t *testing.T) {
	w := newWorld(t)
	accepting := func() error { return seal.NewGate(w.db.Log(), time.Minute, hub.SystemClock).Accepting(t.Context()) }
	w.receipts(1)
	if err := accepting(); err != nil {
		t.Errorf("where nothing is ever sealed, nothing pauses: %v", err)
	}
	w.sealed(w.options())
	w.receipts(1)
	if err := accepting(); err != nil {
		t.Errorf("a receipt of just now: %v", err)
	}
	w.exec(`ALTER DATABASE ` + w.name() + ` SET eblagh.clock_offset = '2 minutes'`)
	w.db = w.reopen()
	if err := accepting(); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("a receipt of two minutes ago: %v", err)
	}
	w.sealed(w.options())
	if err := accepting(); err != nil {
		t.Errorf("all is sealed: %v", err)
	}
}

// The gate asks the store once for many calls.
func TestTheGateIsCheap(t *testing.T) {
	now := time.Now()
	log := &counting{}
	gate := seal.NewGate(log, 0, func() time.Time { return now })
	for range 100 {
		if err := gate.Accepting(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(250 * time.Millisecond)
	log.standing.Sealing, log.standing.Oldest = true, 2001*time.Millisecond
	if err := gate.Accepting(t.Context()); hub.CodeOf(err) != hub.CodeOverloaded || log.asked != 2 {
		t.Errorf("%v after %d questions", err, log.asked)
	}
}

type counting struct {
	seal.Log
	asked    int
	standing seal.Standing
}

func (c *counting) Standing(context.Context) (seal.Standing, error) {
	c.asked++
	return c.standing, nil
}

// A file that cannot be read is not taken for one that is not there.
func TestABrokenMemoryIsNotForgotten(t *testing.T) {
	w := newWorld(t)
	w.receipts(2)
	w.sealed(w.options())
	if err := os.WriteFile(w.memory, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.receipts(1)
	w.start(w.options())
	w.never(func() bool { return w.count(`SELECT count(*) FROM ledger_queue`) == 0 })
}

// Not even the owner changes the log by mistake: rows are added, tiles grow, heads are signed once.
func TestTheLogIsAppendOnly(t *testing.T) {
	w := newWorld(t)
	w.receipts(3)
	w.sealed(w.options())
	for _, sql := range []string{
		"UPDATE log_leaves SET index = index + 100", "UPDATE log_keys SET entry = ''", "UPDATE log_checkpoints SET note = ''",
		"UPDATE log_checkpoints SET size = size + 1", "UPDATE log_checkpoints SET note = NULL", "UPDATE log_tiles SET width = width",
		"UPDATE log_tiles SET width = width + 1, bytes = set_byte(bytes, 0, 0) || sha256('x') WHERE level = 0", "DELETE FROM log_tiles",
		"DELETE FROM log_leaves", "DELETE FROM log_checkpoints", "DELETE FROM log_keys", "TRUNCATE log_tiles", "TRUNCATE log_leaves",
		"TRUNCATE log_checkpoints CASCADE", "TRUNCATE log_keys", "TRUNCATE log_timestamps",
	} {
		if _, err := w.sql.Exec(context.Background(), sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	w.whole()
}
