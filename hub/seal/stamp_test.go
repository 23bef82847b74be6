package seal_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/seal"
)

// tsa is a timestamping authority of the test's own: openssl, which knows nothing of our code.
type tsa struct {
	t     *testing.T
	dir   string
	url   string
	turn  sync.Mutex // openssl counts serial numbers in a file
	down  atomic.Bool
	twist func([]byte) []byte // changes what it answers
}

const tsaConfig = `
[tsa]
default_tsa = tsa_config
[tsa_config]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
certs = ./root.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[stamping]
basicConstraints = CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[serving]
basicConstraints = CA:false
extendedKeyUsage = serverAuth
`

func newTSA(t *testing.T, usage string) *tsa {
	t.Helper()
	a := &tsa{t: t, dir: t.TempDir(), twist: func(b []byte) []byte { return b }}
	for name, text := range map[string]string{"conf": tsaConfig, "serial": "01\n"} {
		if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Demo root",
		"-days", "30", "-config", "conf", "-extensions", "root")
	a.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Demo timestamps",
		"-config", "conf")
	a.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out", "tsa.pem",
		"-days", "30", "-extfile", "conf", "-extensions", usage)
	server := httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

func (a *tsa) openssl(args ...string) {
	a.t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Dir = a.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
	}
}

// serve answers per RFC 3161 §3.4.
func (a *tsa) serve(w http.ResponseWriter, r *http.Request) {
	a.turn.Lock()
	defer a.turn.Unlock()
	query, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" || a.down.Load() {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	if err := os.WriteFile(filepath.Join(a.dir, "query"), query, 0o600); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	cmd := exec.Command("openssl", "ts", "-reply", "-config", "conf", "-section", "tsa_config", "-queryfile", "query", "-out", "reply")
	cmd.Dir = a.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		http.Error(w, string(out), http.StatusInternalServerError)
		return
	}
	reply, _ := os.ReadFile(filepath.Join(a.dir, "reply"))
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(a.twist(reply))
}

func (a *tsa) authorities() *seal.Authorities {
	a.t.Helper()
	pem, err := os.ReadFile(filepath.Join(a.dir, "root.pem"))
	if err != nil {
		a.t.Fatal(err)
	}
	trusted, err := seal.NewAuthorities(pem)
	if err != nil {
		a.t.Fatal(err)
	}
	return trusted
}

// stamper runs until the test ends; failures are told to the channel.
func (w *world) stamper(a *tsa, trusted *seal.Authorities) (failures chan string) {
	failures = make(chan string, 100)
	s := seal.NewStamper(seal.StamperOptions{Store: w.db, URLs: []string{a.url}, Authorities: trusted, Every: time.Millisecond,
		Look: 10 * time.Millisecond, Clock: hub.SystemClock, Logger: slog.New(slog.NewTextHandler(told{failures}, nil))})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = s.Run(ctx); close(done) }()
	w.Cleanup(func() { cancel(); <-done })
	return failures
}

type told struct{ ch chan string }

func (l told) Write(line []byte) (int, error) {
	select {
	case l.ch <- string(line):
	default:
	}
	return len(line), nil
}

// The newest checkpoint is stamped when it changed; openssl and our verifier both accept what is stored, and refuse it
// for anything else.
func TestCheckpointsAreStamped(t *testing.T) {
	w, a := newWorld(t), newTSA(t, "stamping")
	a.down.Store(true)
	w.receipts(3)
	w.sealed(w.options())
	failures := w.stamper(a, a.authorities())
	if line := <-failures; !strings.Contains(line, "could not be stamped") {
		t.Error(line)
	}
	a.down.Store(false)
	w.eventually(func() bool { return w.count(`SELECT count(*) FROM log_timestamps`) == 1 })
	w.receipts(1)
	w.sealed(w.options())
	w.eventually(func() bool { return w.count(`SELECT count(*) FROM log_timestamps`) >= 2 })
	var token []byte
	var note string
	err := w.sql.QueryRow(t.Context(), `SELECT t.token, c.note FROM log_timestamps t JOIN log_checkpoints c ON c.size = t.size
		ORDER BY t.size DESC LIMIT 1`).Scan(&token, &note)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(note))
	at, by, err := a.authorities().VerifyTimestamp(token, digest)
	if err != nil || !strings.Contains(by, "Demo timestamps") || time.Since(at).Abs() > time.Hour {
		t.Errorf("%s by %q: %v", at, by, err)
	}
	a.verifies(token, note, true)
	a.verifies(token, note+"x", false)
	digest[0] ^= 1
	if _, _, err := a.authorities().VerifyTimestamp(token, digest); err == nil {
		t.Error("a token over something else holds")
	}
	if _, _, err := newTSA(t, "stamping").authorities().VerifyTimestamp(token, sha256.Sum256([]byte(note))); err == nil {
		t.Error("a token of an authority that is not trusted holds")
	}
	var _ ledger.TimestampVerifier = a.authorities()
}

// verifies asks openssl.
func (a *tsa) verifies(token []byte, note string, want bool) {
	a.t.Helper()
	for name, content := range map[string][]byte{"token": token, "data": []byte(note)} {
		if err := os.WriteFile(filepath.Join(a.dir, name), content, 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	cmd := exec.Command("openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "data", "-CAfile", "root.pem")
	cmd.Dir = a.dir
	if out, err := cmd.CombinedOutput(); (err == nil) != want {
		a.t.Errorf("openssl ts -verify: %v\n%s", err, out)
	}
}

// What an authority answers is verified before it is stored.
func TestWrongAnswersOfAnAuthorityAreNotStored(t *testing.T) {
	stranger := newTSA(t, "stamping").authorities()
	for name, c := range map[string]struct {
		usage   string
		twist   func([]byte) []byte
		trusted *seal.Authorities
		says    string
	}{
		"a byte of its signature":        {"stamping", func(b []byte) []byte { b[len(b)-5] ^= 1; return b }, nil, "answer"},
		"rubbish":                        {"stamping", func([]byte) []byte { return []byte("rubbish") }, nil, "answer"},
		"too long":                       {"stamping", func([]byte) []byte { return make([]byte, 1<<20) }, nil, "too long"},
		"an authority that is not ours":  {"stamping", nil, stranger, "not trusted"},
		"a certificate for another use":  {"serving", nil, nil, ""},
		"an answer from an earlier time": {"stamping", replay(), nil, "another question"},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := newWorld(t), newTSA(t, c.usage)
			if c.twist != nil {
				a.twist = c.twist
			}
			w.receipts(1)
			w.sealed(w.options())
			failures := w.stamper(a, c.trusted)
			if name == "an answer from an earlier time" { // the first is right
				w.eventually(func() bool { return w.count(`SELECT count(*) FROM log_timestamps`) == 1 })
				w.receipts(1)
				w.sealed(w.options())
			}
			line := <-failures
			if !strings.Contains(line, c.says) {
				t.Error(line)
			}
			if n := w.count(`SELECT count(*) FROM log_timestamps`); n > 1 || n == 1 && name != "an answer from an earlier time" {
				t.Errorf("%d are stored", n)
			}
		})
	}
}

// replay answers everything as it answered first.
func replay() func([]byte) []byte {
	var first []byte
	return func(b []byte) []byte {
		if first == nil {
			first = b
		}
		return first
	}
}

// Keys: created with safe permissions, refused with others; rotation and retirement keep what was.
func TestKeyFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.key")
	var wg sync.WaitGroup
	got := make([]string, 8)
	for i := range got { // processes that start at once
		wg.Go(func() {
			keys, err := seal.OpenOrCreateKeys(path)
			if err != nil {
				t.Error(err)
				return
			}
			got[i] = fmt.Sprint(keys.Private)
		})
	}
	wg.Wait()
	for _, g := range got {
		if g != got[0] {
			t.Fatal("two processes have two keys")
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := seal.Retire(path); err == nil {
		t.Error("the only key was retired")
	}
	old := first(t, path)
	if err := seal.Rotate(path); err != nil {
		t.Fatal(err)
	}
	next := first(t, path)
	if next == old {
		t.Error("the newest key does not come first")
	}
	if err := seal.Retire(path); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	signers, retired, err := keys.Signers(origin)
	if err != nil || len(signers) != 1 || signers[0].VerifierKey() != next || len(retired) != 1 || retired[0] != old {
		t.Errorf("%v, %v, %v", signers, retired, err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.OpenKeys(path); err == nil {
			t.Errorf("%o is accepted", mode)
		}
	}
	for _, text := range []string{"", "rubbish", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.OpenOrCreateKeys(bad); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func first(t *testing.T, path string) string {
	t.Helper()
	keys, err := seal.OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	signers, _, err := keys.Signers(origin)
	if err != nil {
		t.Fatal(err)
	}
	return signers[0].VerifierKey()
}
