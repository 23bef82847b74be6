package endtoend

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub/ledger"
)

// Promises 4 and 6: what happened to a notice is proved by a bundle that the log's public key alone verifies, the public
// log is whole to whoever reads it over HTTP, and a process that was killed takes it up where it was.
func TestAReceiptIsProvedToAnybody(t *testing.T) {
	in := newInstance(t, "api,worker,live,seal")
	citizen, court := in.dev.inRole("citizen")[0], in.as("court")
	sent := submitBatch(t, court, "proof", []map[string]any{paper("proof-1", citizen), paper("proof-2", citizen)})
	path := "/v1/notices/" + sent.Results[0].Notice.ID
	in.sealedArrival(court, path)
	bundle := court.want(200, "GET", path+"/evidence", nil)
	key := in.logKey()
	in.verify(bundle.body, 0, "--key", key)
	in.verify(bytes.Replace(bundle.body, []byte("ContentConsignment"), []byte("ContentHandover"), 1), 1, "--key", key)
	kept := in.checkpoint(key)

	in.front.kill()
	in.startFront("api,worker,live,seal")
	court = in.as("court")
	path = "/v1/notices/" + submitBatch(t, court, "proof-later", []map[string]any{paper("proof-3", citizen)}).Results[0].Notice.ID
	in.sealedArrival(court, path)
	now := in.checkpoint(key)
	in.walk(now)

	held := filepath.Join(in.dir, "held")
	in.must(os.WriteFile(held, []byte(kept), 0o600))
	old, err := ledger.ReadCheckpoint(kept)
	in.must(err)
	bundle = court.want(200, "GET", path+"/evidence?earlier="+jsonText(old.N), nil)
	out := in.verify(bundle.body, 0, "--key", key, "--checkpoint", held)
	if !strings.Contains(out, "extends that of") {
		t.Errorf("the checkpoint that was kept is not looked at: %s", out)
	}
	court.want(422, "GET", path+"/evidence?earlier=0", nil)
	in.as("operator").want(403, "GET", path+"/evidence", nil)
}

func jsonText(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// sealedArrival waits until a notice has arrived and the receipt of that is sealed.
func (in *instance) sealedArrival(court *caller, path string) {
	in.t.Helper()
	var last string
	eventually(in.t, 60*time.Second, func() bool {
		var list struct {
			Items []struct {
				Event string
				Log   *struct{ Index int64 }
			}
		}
		a := court.want(200, "GET", path+"/receipts", nil)
		last = string(a.body)
		a.into(in.t, &list)
		for _, r := range list.Items {
			if r.Event == "ContentConsignment" && r.Log != nil {
				return true
			}
		}
		return false
	}, func() string { return last })
}

// logKey is what dev.json says.
func (in *instance) logKey() string {
	in.t.Helper()
	var dev struct {
		Key string `json:"log_public_key"`
	}
	text, err := os.ReadFile(filepath.Join(in.dir, "data", "dev.json"))
	in.must(err)
	in.must(json.Unmarshal(text, &dev))
	return dev.Key
}

// verify runs the command as anybody would, and wants its exit code.
func (in *instance) verify(bundle []byte, code int, args ...string) string {
	in.t.Helper()
	file := filepath.Join(in.dir, "bundle.json")
	in.must(os.WriteFile(file, bundle, 0o600))
	cmd := exec.Command(program, append([]string{"verify", file}, args...)...)
	out, err := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		in.t.Fatalf("verify ends with %d, want %d: %v\n%s", got, code, err, out)
	}
	return string(out)
}

// checkpoint reads the public log's head.
func (in *instance) checkpoint(key string) string {
	in.t.Helper()
	keys, err := ledger.ParseKeys(key)
	in.must(err)
	note := string(newCaller(in.t, in.dev.BaseURL, "").want(200, "GET", "/log/checkpoint", nil).body)
	_, err = ledger.OpenCheckpoint(note, keys)
	in.must(err)
	return note
}

// walk reads the whole public log as a monitor does, and holds every entry against the signed root.
func (in *instance) walk(note string) {
	in.t.Helper()
	head, err := ledger.ReadCheckpoint(note)
	in.must(err)
	anybody := newCaller(in.t, in.dev.BaseURL, "")
	read := func(tiles []tlog.Tile) ([][]byte, error) {
		out := make([][]byte, len(tiles))
		for i, t := range tiles {
			out[i] = anybody.want(200, "GET", "/log/"+ledger.TilePath(t), nil).body
		}
		return out, nil
	}
	hashes := ledger.Tiles(head.Tree, read)
	commitments := map[[sha256.Size]byte]bool{}
	for n := int64(0); n*ledger.TileWidth < head.N; n++ {
		width := int(min(ledger.TileWidth, head.N-n*ledger.TileWidth))
		tiles, err := read([]tlog.Tile{{H: ledger.Height, L: ledger.EntryLevel, N: n, W: width}})
		in.must(err)
		lines, err := ledger.SplitEntries(tiles[0], width)
		in.must(err)
		for i, line := range lines {
			entry, err := ledger.ParseEntry(line)
			in.must(err)
			index := n*ledger.TileWidth + int64(i)
			got, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			in.must(err)
			if got[0] != tlog.RecordHash(line) || (entry.Key != "") != (index == 0) || commitments[entry.Commitment] {
				in.t.Errorf("entry %d is %q", index, line)
			}
			commitments[entry.Commitment] = true
		}
	}
	anybody.want(404, "GET", "/log/tile/0/999", nil)
	anybody.want(404, "GET", "/log/tile/entries/000.p/0", nil)
}
