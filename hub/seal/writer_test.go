package seal_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"eblagh/hub/hubtest"
	"eblagh/hub/seal"
)

func number(text string) json.Number { return json.Number(text) }

func TestReceiptsAreSealedInTheOrderOfTheQueue(t *testing.T) {
	w := newWorld(t)
	w.receipts(600)
	o := w.options()
	o.Batch = 100
	w.sealed(o)
	w.whole()
	if n := w.count(`SELECT count(*) FROM (SELECT receipt, lag(receipt) OVER (ORDER BY index) AS before FROM log_leaves) l WHERE before > receipt`); n != 0 {
		t.Errorf("%d are out of order", n)
	}
	w.receipts(3)
	w.sealed(o)
	w.whole()
}

// Each step of sealing fails, fails though it took effect, or hangs, once, early or late: in the end every receipt is in
// the log once, and the whole log verifies.
func TestSealingThroughEveryFault(t *testing.T) {
	for _, step := range hubtest.SealSteps {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			for _, kind := range []hubtest.Fault{hubtest.Fails, hubtest.TookHold, hubtest.Hangs} {
				for after := range 2 {
					w.strikes(step, kind, after)
					w.whole()
				}
			}
		})
	}
}

// strikes seals until the fault has struck, and then everything.
func (w *world) strikes(step string, kind hubtest.Fault, after int) {
	w.Helper()
	var struck atomic.Bool
	o := w.faulty(&fault{step: step, kind: kind, after: after, hit: func() { struck.Store(true) }})
	for i := 0; !struck.Load(); i++ { // steps of a start only come again with the next start
		if i == 20 {
			w.Fatalf("%s %s after %d: the step was never taken", step, kind, after)
		}
		w.receipts(8)
		stop := w.start(o)
		w.eventually(func() bool { return struck.Load() || w.count(`SELECT count(*) FROM ledger_queue`) == 0 })
		w.drained()
		stop()
	}
}

// A process that is killed -9 at a step, before it or after it took effect, leaves a log that the next one takes up.
func TestSealingThroughKills(t *testing.T) {
	for _, step := range hubtest.SealSteps {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			for _, when := range []string{"before", "after"} {
				w.receipts(10)
				w.killed(step, when)
				w.sealed(w.options())
				w.whole()
			}
		})
	}
}

// killed lets a writer seal in a process of its own, which dies at the step.
func (w *world) killed(step, when string) {
	w.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), childVariable+"="+strings.Join([]string{step, when, w.database(), w.memory, string(w.pem())}, "\x01"))
	out, err := child.CombinedOutput()
	status, ok := child.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		w.Fatalf("%s %s: the child was not killed: %v\n%s", when, step, err, out)
	}
}

func TestTwoWritersAtOnce(t *testing.T) {
	w := newWorld(t)
	first, second := w.options(), w.options()
	second.Memory = seal.NewFile(w.memory + "2")
	w.start(first)
	w.start(second)
	for range 20 {
		w.receipts(10)
	}
	w.drained()
	w.eventually(func() bool { // the one that waits follows, to know what it takes over
		one, _ := os.ReadFile(w.memory)
		two, _ := os.ReadFile(w.memory + "2")
		return string(one) == string(two)
	})
	w.whole()
}

// Two processes of one machine may share the file: neither takes the other's progress for a database that was rolled back.
func TestTwoWritersWithOneFile(t *testing.T) {
	w := newWorld(t)
	alarm := &alarms{}
	for range 2 {
		o := w.options()
		o.Logger, o.Again = slog.New(slog.NewTextHandler(alarm, nil)), time.Millisecond
		w.start(o)
	}
	for range 30 {
		w.receipts(5)
	}
	w.drained()
	if alarm.n.Load() > 0 || w.doubt() != "" {
		t.Errorf("%d alarms, doubt %q", alarm.n.Load(), w.doubt())
	}
}

// alarms counts lines that speak of a doubt.
type alarms struct{ n atomic.Int32 }

func (a *alarms) Write(line []byte) (int, error) {
	if strings.Contains(string(line), "in doubt") {
		a.n.Add(1)
	}
	return len(line), nil
}

// Should the lock ever fail, the database still lets only one of two next states in.
func TestTwoSessionsCannotBothAppend(t *testing.T) {
	w := newWorld(t)
	w.receipts(3)
	w.sealed(w.options())
	head, err := w.db.Log().Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	session, err := w.db.Sealing().Lock(t.Context())
	if err != nil || session == nil {
		t.Fatal(session, err)
	}
	defer session.Close()
	head.N--
	if err := session.Append(t.Context(), seal.Batch{Before: head.N, Head: head}); err == nil {
		t.Error("a batch was appended to a log that is longer")
	}
	if other, err := w.db.Sealing().Lock(t.Context()); other != nil || err != nil {
		t.Errorf("the lock was given twice: %v", err)
	}
}

// Whoever loses the connection loses the lock, and with it all that was under way.
func TestALostConnectionEndsTheWriter(t *testing.T) {
	w := newWorld(t)
	w.receipts(5)
	stop := w.start(w.options())
	w.drained()
	for range 5 {
		w.exec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		w.receipts(5)
		w.drained()
	}
	stop()
	w.whole()
}

func TestTimeNeverGoesBack(t *testing.T) {
	w := newWorld(t)
	w.receipts(3)
	w.sealed(w.options())
	w.exec(`ALTER DATABASE ` + w.name() + ` SET eblagh.clock_offset = '-1 hour'`)
	w.sql.Reset()
	w.db = w.reopen()
	w.receipts(3)
	w.sealed(w.options())
	w.exec(`ALTER DATABASE ` + w.name() + ` SET eblagh.clock_offset = '1 hour'`)
	w.sql.Reset()
	w.receipts(1) // recorded by a clock that is ahead of the writer's
	w.sealed(w.options())
	w.whole()
	if n := w.count(`SELECT count(*) FROM log_checkpoints WHERE at > now() + interval '50 minutes'`); n != 1 {
		t.Errorf("%d checkpoints at the time of the receipt that is ahead", n)
	}
}

func TestKeysRotateWithOverlap(t *testing.T) {
	w := newWorld(t)
	w.receipts(3)
	w.sealed(w.options())
	_, next, _ := ed25519.GenerateKey(rand.Reader)
	both := w.options(next)
	w.receipts(3)
	w.sealed(both)
	w.whole()
	head, err := w.db.Log().Head(t.Context())
	if err != nil || strings.Count(head.Note, "\n— ") != 2 {
		t.Errorf("%q, %v", head.Note, err)
	}
	alone := w.options(next)
	alone.Retired = []string{alone.Signers[1].VerifierKey()}
	alone.Signers = alone.Signers[:1]
	w.receipts(3)
	w.sealed(alone)
	w.whole()
	w.receipts(1)
	stop := w.start(w.options()) // a process whose file is from before the rotation
	w.never(func() bool { return w.count(`SELECT count(*) FROM ledger_queue`) == 0 })
	stop()
	if w.count(`SELECT count(*) FROM log_keys`) != 3 {
		t.Error("the history of keys is wrong")
	}
}

// never looks a while.
func (w *world) never(bad func() bool) {
	w.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 25 {
		<-tick.C
		if bad() {
			w.Fatal("what must not happen happened")
		}
	}
}

func (w *world) name() (name string) {
	w.Helper()
	if err := w.sql.QueryRow(context.Background(), `SELECT current_database()`).Scan(&name); err != nil {
		w.Fatal(err)
	}
	return name
}
