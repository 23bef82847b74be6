package endtoend

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/cmd/eblagh/devstack"
	"eblagh/hub/postgres/pgtest"
)

// centrePassword is what the nodes tell the message centre.
const centrePassword = "hunter2"

// cluster is a hub of two nodes on one Postgres and one Redis, that sends its texts to a message centre in this process.
// Between any two of them lies a road that a test can break. A court hands papers over, citizens watch their inboxes.
type cluster struct {
	*instance
	seed    int64
	centre  *smsctest.Centre
	nodes   []*node
	people  []demoPerson
	court   *court
	viewers []*viewer
	said    map[string]bool // violations that were told in an earlier round
	before  tally           // of the rounds so far
	rounds  int
	shifted atomic.Int64 // how far Postgres's clock is off, nanoseconds
	killed  atomic.Bool  // a node was killed, and with it the receipts of live that it was about to write
}

// newCluster brings everything up. The seed decides what the message centre does, and what the faults do and when.
func newCluster(t *testing.T, seed int64) *cluster {
	t.Helper()
	const people, viewers = 12, 3
	c := &cluster{seed: seed, said: map[string]bool{}, instance: &instance{t: t, dir: t.TempDir()}}
	var err error
	c.stack, err = devstack.Start(context.Background(), devstack.Options{
		DataDir: filepath.Join(c.dir, "stack"), Logger: slog.New(slog.DiscardHandler),
		// Processes die here, the machine does not: what the kernel has is safe.
		Postgres: map[string]string{"fsync": "off", "full_page_writes": "off", "max_wal_size": "2GB",
			"max_connections": "200", "dynamic_shared_memory_type": "mmap"},
		Redis: map[string]string{"appendfsync": "no"},
	})
	c.must(err)
	t.Cleanup(func() { _ = c.stack.Close() })
	c.env = []string{
		"EBLAGH_DATABASE_URL=" + c.stack.Postgres.URL(), "EBLAGH_REDIS_ADDRS=" + c.stack.Redis.Addr(),
		"EBLAGH_MODE=test", "EBLAGH_SMS_PROVIDERS=[{name: sandbox, kind: sandbox}]",
		"EBLAGH_DATA_DIR=" + filepath.Join(c.dir, "data"), "EBLAGH_DELIVERY_POLL=200ms", "EBLAGH_DELIVERY_LEASE=2s",
		"EBLAGH_DELIVERY_SMS_LEASE=3s", "EBLAGH_DELIVERY_REPORT_AFTER=2s", "EBLAGH_DELIVERY_UNKNOWN_AFTER=1s",
		"EBLAGH_DELIVERY_LADDER_DAY=200ms", "EBLAGH_DELIVERY_QUIET_HOURS_FROM=00:00", "EBLAGH_DELIVERY_QUIET_HOURS_UNTIL=00:00",
	}
	for _, priority := range []string{"URGENT", "NORMAL", "BULK"} {
		c.env = append(c.env, "EBLAGH_DELIVERY_RETRIES_SMS_"+priority+"=[1s, 1s, 2s, 2s, 2s, 2s, 2s, 2s, 2s]")
	}
	sessions := c.settle(people, viewers)
	c.centre = smsctest.New(t)
	c.centre.Password, c.centre.Retry = centrePassword, 300*time.Millisecond
	c.centre.Answer = calm(c.random("centre"))
	binary := shiftableProgram(t)
	for _, n := range [][]string{{"one", "at_once"}, {"two", "queued"}} { // each way of arriving under every fault
		c.nodes = append(c.nodes, newNode(t, c.instance, n[0], binary, c.centre.Addr(), "EBLAGH_DELIVERY_ARRIVAL="+n[1]))
	}
	c.allReady()
	c.court = newCourt(c)
	for i, session := range sessions {
		c.viewers = append(c.viewers, newViewer(c, c.people[i], session))
	}
	return c
}

// settle makes people exist, with the help of a development process on the same servers, and signs some of them in.
func (c *cluster) settle(people, viewers int) []*caller {
	c.t.Helper()
	c.startFront("api,worker,live,seal")
	c.people = enrol(c.t, c.dev.BaseURL, c.dev.Keys["office"], people)
	var sessions []*caller
	for _, p := range c.people[:viewers] {
		sessions = append(sessions, signIn(c.t, c.dev.BaseURL, p))
	}
	eventually(c.t, time.Minute, func() bool { return len(c.rows(open)) == 0 }, func() string { return fmt.Sprint("still open: ", c.rows(open)) })
	c.front.interrupt(40 * time.Second)
	c.run(`UPDATE persons SET language = 'en' WHERE get_byte(national_id_index, 0) % 2 = 0`) // texts of one part
	c.run(recordMoves...)
	c.run(failCommits(c.seed)...)
	return sessions
}

// random is chance that the seed decides, of its own for each use.
func (c *cluster) random(use string) *rand.Rand {
	stream := uint64(14695981039346656037) // FNV-1a
	for _, b := range []byte(use) {
		stream = (stream ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(uint64(c.seed), stream))
}

// run carries out statements in the database, past all proxies, and must get through.
func (c *cluster) run(statements ...string) {
	c.t.Helper()
	c.must(pgtest.Run(context.Background(), c.stack.Postgres.URL(), statements...))
}

// rows asks the database, past all proxies.
func (c *cluster) rows(query string) [][]string {
	c.t.Helper()
	rows, err := pgtest.Rows(context.Background(), c.stack.Postgres.URL(), query)
	if err != nil {
		c.t.Fatalf("%v: %s", err, query)
	}
	return rows
}

func (c *cluster) allReady() {
	c.t.Helper()
	for _, n := range c.nodes {
		eventually(c.t, time.Minute, n.ready, func() string { return "node " + n.name + " is not ready" })
	}
}

// shiftPostgres sets the clock of the database off by so much in all; it counts for new sessions, so all end.
func (c *cluster) shiftPostgres(by time.Duration) {
	c.t.Helper()
	c.shifted.Store(int64(by))
	c.run(fmt.Sprintf(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET eblagh.clock_offset = %%L', current_database(), '%d ms'); END $$`,
		by.Milliseconds()), endSessions)
}

const endSessions = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	WHERE datname = current_database() AND pid <> pg_backend_pid()`

// shiftableProgram builds the program with a clock that a test can set: the file that tells the time is another one.
func shiftableProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	text := fmt.Sprintf(`{"Replace": {%q: %q}}`, filepath.Join(root, "hub/clock.go"),
		filepath.Join(root, "cmd/eblagh/endtoend/testdata/clock/clock.go"))
	if err := os.WriteFile(overlay, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "eblagh")
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", binary, "eblagh/cmd/eblagh").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// chance is a source for several goroutines.
type chance struct {
	mu     sync.Mutex
	random *rand.Rand
}

func (ch *chance) below(n int) int {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return ch.random.IntN(n)
}
