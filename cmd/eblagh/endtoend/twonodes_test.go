package endtoend

import (
	"cmp"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// scripts/two-nodes as a newcomer runs it: what is handed over at one node is shown at once on a socket of the other, and
// when either of the two is gone, the papers go on arriving at the one that is left.
func TestTwoNodesByScript(t *testing.T) {
	data, first, second := filepath.Join(t.TempDir(), "var"), freeAddress(t), freeAddress(t)
	script := startOther(t, "../../../scripts/two-nodes", "two-nodes.log", []string{"PROGRAM=" + program}, data, first, second)
	t.Cleanup(func() { script.interrupt(60 * time.Second) })
	other := regexp.MustCompile(`node two .*process (\d+)`)
	eventually(t, 90*time.Second, func() bool {
		_, err := newCaller(t, "http://"+second, "").try("GET", "/", nil)
		return err == nil && other.MatchString(script.logged())
	}, func() string { return "the second node does not answer" })
	dev, err := readDevFile(data)
	if err != nil {
		t.Fatal(err)
	}
	citizen := dev.inRole("citizen")[0]
	reader := signIn(t, dev.BaseURL, citizen)
	there := *reader // the session holds at every node
	there.base = "http://" + second
	before := inbox(t, &there)
	last := slices.MaxFunc(before, func(a, b inboxItem) int { return cmp.Compare(a.Cursor, b.Cursor) })
	watching, err := dial(t, &there, last.Cursor)
	if err != nil {
		t.Fatal(err)
	}
	defer watching.drop()
	court := newCaller(t, dev.BaseURL, dev.Keys["court"])
	notice := submitBatch(t, court, "two-1", []map[string]any{paper("two-1", citizen)}).Results[0].Notice.ID
	for shown := false; !shown; {
		f, err := watching.next(20 * time.Second)
		if err != nil {
			t.Fatalf("the paper was not shown at the other node: %v", err)
		}
		shown = f.Type == "notice" && f.Notice.ID == notice
	}
	pid, err := strconv.Atoi(other.FindStringSubmatch(script.logged())[1])
	if err != nil {
		t.Fatal(err)
	}
	submitBatch(t, newCaller(t, there.base, dev.Keys["court"]), "two-2", []map[string]any{paper("two-2", citizen), paper("two-3", citizen)})
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	submitBatch(t, court, "two-4", []map[string]any{paper("two-4", citizen)})
	eventually(t, 60*time.Second, func() bool { return len(inbox(t, reader)) == len(before)+4 }, func() string {
		return fmt.Sprintf("%d papers are in the inbox, want 4 more than %d", len(inbox(t, reader)), len(before))
	})
}

// freeAddress is a loopback address where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}
