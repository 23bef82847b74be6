package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnHTTPProvider(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := load(t, fmt.Sprintf(`
sms:
  providers:
  - name: kav
    kind: http
    http:
      url: https://gateway.example/send
      headers: {X-Line: "1000"}
      header_files: {X-Api-Key: %q}
      body: {receptor: mobile, message: text}
      mobile: local
      id: /entries/0/messageid
      words: {"1": accepted, "14": rejected blocked}
      timeout: 3s
      poll: {url: https://gateway.example/status, ids: ids, items: /entries, id: /messageid, status: /status, every: 1m}
      callback: {header: X-Secret, secret_file: %q, id: /id, status: /status}
`, key, key))
	if err != nil {
		t.Fatal(err)
	}
	want := HTTP{URL: "https://gateway.example/send", Headers: map[string]string{"X-Line": "1000"},
		HeaderFiles: map[string]string{"X-Api-Key": key}, Body: map[string]string{"receptor": "mobile", "message": "text"},
		Mobile: "local", ID: "/entries/0/messageid", Words: map[string]string{"1": "accepted", "14": "rejected blocked"},
		Timeout: 3 * time.Second,
		Poll: HTTPPoll{URL: "https://gateway.example/status", IDs: "ids", Items: "/entries", ID: "/messageid", Status: "/status",
			Every: time.Minute},
		Callback: HTTPCallback{Header: "X-Secret", SecretFile: key, ID: "/id", Status: "/status"}}
	if diff := cmp.Diff(want, got.SMS.Providers[0].HTTP); diff != "" {
		t.Error(diff)
	}
	headers, callback, err := want.Secrets()
	if err != nil || headers["X-Api-Key"].Reveal() != "s3cret" || callback.Reveal() != "s3cret" {
		t.Errorf("%v, %v", headers, err)
	}
}

func TestAnHTTPProviderIsChecked(t *testing.T) {
	_, err := load(t, `
sms:
  providers:
  - name: a
    kind: http
    http: {url: "http://gateway.example/send?key=hunter2", headers: {idempotency-key: x}, status: word, window: -1, poll: {url: nowhere}}
  - {name: b, kind: http, http: {url: "http://gateway.example/", id: /id, header_files: {X-Api-Key: /nowhere/key}}}
  - {name: c, kind: http, http: {url: "https://u:hunter2@gateway.example/", id: /id, wings: 2}}
`)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"providers[0].http.url", "providers[0].http.headers.idempotency-key", "providers[0].http.status",
		"providers[0].http.window", "providers[0].http.poll.url", "providers[0].http.id", "providers[1].http.url: ?: a live instance",
		"providers[1].http: ?: header_files.X-Api-Key", "providers[2].http.url", "providers[2].http.wings"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told", want)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("a secret is shown")
	}
}

func TestTheExampleIsRight(t *testing.T) {
	text, err := os.ReadFile("../docs/example/sms-gateway.yaml")
	if err != nil {
		t.Fatal(err)
	}
	secrets := t.TempDir() + "/"
	for _, name := range []string{"gateway", "callback"} {
		if err := os.WriteFile(secrets+name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := load(t, strings.ReplaceAll(string(text), "/etc/eblagh/secrets/", secrets))
	if err != nil {
		t.Fatal(err)
	}
	if h := got.SMS.Providers[0].HTTP; len(h.Words) != 7 || h.Poll.Every != time.Minute || h.Callback.ID == "" {
		t.Errorf("%+v", h)
	}
}
