package endtoend

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A newcomer's instance: it brings its own Postgres and Redis, leaves nothing behind on Ctrl-C nor on kill -9, and a
// second start finds the data of the first.
func TestDevLeavesNoChildBehindAndResumes(t *testing.T) {
	data := filepath.Join(t.TempDir(), "var")
	first, people := startDev(t, data)
	children := descendants(t, first.cmd.Process.Pid)
	if len(children) < 2 {
		t.Fatalf("dev has %d children, want Postgres and Redis", len(children))
	}
	first.interrupt(40 * time.Second)
	gone(t, children)

	second, again := startDev(t, data)
	if !slices.Equal(people.People, again.People) || people.Keys["court"] != again.Keys["court"] {
		t.Error("the second start does not know the people and keys of the first")
	}
	if items := inbox(t, signIn(t, again.BaseURL, again.inRole("citizen")[0])); len(items) == 0 {
		t.Error("the inbox is empty after a restart")
	}
	children = descendants(t, second.cmd.Process.Pid)
	second.kill()
	gone(t, children)
}

// A second make run beside a busy port says so.
func TestDevBesideABusyPortSaysSo(t *testing.T) {
	_, dev := startDev(t, filepath.Join(t.TempDir(), "var"))
	address := strings.TrimPrefix(dev.BaseURL, "http://")
	second := start(t, "second.log", nil, "dev", "--data", filepath.Join(t.TempDir(), "var"), "--listen", address, "--seed", "demo")
	select {
	case <-second.done:
	case <-time.After(30 * time.Second):
		t.Fatal("the second one did not end")
	}
	if log := second.logged(); second.err == nil || !strings.Contains(log, address) || !strings.Contains(log, "--listen") {
		t.Errorf("it ended with %v and said: %s", second.err, log)
	}
}

func startDev(t *testing.T, data string) (*process, devFile) {
	t.Helper()
	before, _ := os.Stat(filepath.Join(data, "dev.json"))
	p := start(t, "dev.log", nil, "dev", "--data", data, "--listen", "127.0.0.1:0", "--seed", "demo")
	var dev devFile
	eventually(t, 90*time.Second, func() bool {
		select {
		case <-p.done:
			t.Fatalf("dev ended: %v", p.err)
		default:
		}
		now, err := os.Stat(filepath.Join(data, "dev.json"))
		if err != nil || (before != nil && !now.ModTime().After(before.ModTime())) {
			return false
		}
		dev, err = readDevFile(data)
		return err == nil
	}, func() string { return "dev.json was not written" })
	return p, dev
}

// descendants lists the processes below pid.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	parent := map[int]int{}
	for _, file := range stats {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // ended meanwhile
		}
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		parent[child], _ = strconv.Atoi(f[1])
	}
	var out []int
	for child := range parent {
		for p := parent[child]; p > 1; p = parent[p] {
			if p == pid {
				out = append(out, child)
				break
			}
		}
	}
	return out
}

// gone waits until none of the processes lives.
func gone(t *testing.T, pids []int) {
	t.Helper()
	eventually(t, 20*time.Second, func() bool {
		return !slices.ContainsFunc(pids, func(pid int) bool { return syscall.Kill(pid, 0) == nil && !zombie(pid) })
	}, func() string { return "children are left behind" })
}

func zombie(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(b), ") Z ")
}
