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

// named are the defaults with what no live instance can do without.
func named() Config {
	c := Defaults()
	c.Ledger.Origin = "court.example/log"
	return c
}

func load(t *testing.T, text string, environ ...string) (Config, error) {
	t.Helper()
	return loadOver(t, named(), text, environ...)
}

func loadOver(t *testing.T, base Config, text string, environ ...string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "eblagh.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(base, path, environ)
}

func TestFileThenEnvironmentOverDefaults(t *testing.T) {
	got, err := load(t, `
mode: test
listen: 127.0.0.1:1
database: {url: "postgres://a"}
redis: {addrs: ["127.0.0.1:6379"]}
delivery:
  lease: 2s
  quiet_hours: {from: "23:30", until: "06:00", override: []}
  retries: {sms: {bulk: [5m, 1h], code: []}}
sms:
  sender: DADGOSTARI
  providers: [{name: a, kind: sandbox, weight: 2, rate_per_second: 50, urgent_share: 0.4}]
`, "EBLAGH_LISTEN=127.0.0.1:2", "EBLAGH_REDIS_ADDRS=a:1,b:2", "EBLAGH_DELIVERY_POLL=250ms",
		"EBLAGH_LIVE_MAX_PER_PERSON=3", "EBLAGH_DELIVERY_RETRIES_SMS_URGENT=[1s, 2s]",
		"EBLAGH_DELIVERY_QUIET_HOURS_SPREAD=1m", "EBLAGH_TEST_DATABASE_URL=x", "PATH=/bin")
	if err != nil {
		t.Fatal(err)
	}
	want := named()
	want.Mode, want.Listen = "test", "127.0.0.1:2"
	want.Database.URL = "postgres://a"
	want.Redis.Addrs = []string{"a:1", "b:2"}
	want.Delivery.Lease, want.Delivery.Poll = 2*time.Second, 250*time.Millisecond
	want.Delivery.QuietHours = QuietHours{From: "23:30", Until: "06:00", Override: []string{}, Spread: time.Minute}
	want.Delivery.Retries.SMS = RetryPlans{Code: []time.Duration{}, Bulk: []time.Duration{5 * time.Minute, time.Hour},
		Urgent: []time.Duration{time.Second, 2 * time.Second}}
	want.Live.MaxPerPerson = 3
	want.SMS = SMS{"DADGOSTARI", []Provider{{Name: "a", Kind: "sandbox", Weight: 2, RatePerSecond: 50, UrgentShare: 0.4}}}
	want.Vault.KeyFile = filepath.Join("var", "vault.key")
	want.Ledger.KeyFile, want.Ledger.CheckpointFile = filepath.Join("var", "log.key"), filepath.Join("var", "log.checkpoint")
	want.Certificate.KeyFile, want.Certificate.CertFile = filepath.Join("var", "certificate.key"), filepath.Join("var", "certificate.pem")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAllProblemsAtOnceWithoutSecrets(t *testing.T) {
	_, err := load(t, `
mode: production
listn: x
database: {url: [1, 2], pasword: hunter2}
delivery:
  lease: soon
  poll: -1s
  quiet_hours: {from: 10pm, until: "24:00", override: [pressing], spread: 7h}
  retries: {sms: {normal: [0s, 200h], bulk: [1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s], sooner: [1s]}}
redis: {mode: sentinel, addrs: [nowhere]}
sms: {providers: [{name: a, kind: pigeon, wings: 2}, {name: a, kind: sandbox, weight: -1}]}
log: loud
`, "EBLAGH_LISTEN=nowhere", "EBLAGH_DATABSE_URL=postgres://hunter2", "EBLAGH_LIVE_MAX_CONNECTIONS=many")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`mode: "production": must be one of live, test`, "listn: ?: there is no such setting", "database.url: <secret>",
		"database.pasword: ?", `delivery.lease: "soon"`, "delivery.poll: -1s", "redis.master", `redis.addrs[0]: "nowhere"`,
		`sms.providers[0].kind: "pigeon"`, "sms.providers[0].wings", `sms.providers[1].name: "a"`, "sms.providers[1].weight: -1",
		"log: ?", `listen: "nowhere"`, `delivery.quiet_hours.from: "10pm"`, `delivery.quiet_hours.until: "24:00"`,
		`delivery.quiet_hours.override[0]: "pressing"`, "delivery.quiet_hours.spread: 7h", "delivery.retries.sms.normal[0]: 0s",
		"delivery.retries.sms.normal[1]: 200h", "delivery.retries.sms.bulk: 11", "delivery.retries.sms.sooner: ?",
		"EBLAGH_DATABSE_URL: ?", `EBLAGH_LIVE_MAX_CONNECTIONS: "many"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told", want)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a value of an unknown key is shown: %v", err)
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestSecretsComeFromFilesAndDoNotPrint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := load(t, "redis: {password_file: "+file+"}")
	if err != nil || got.Redis.Password.Reveal() != "hunter2" {
		t.Fatalf("%v, %q", err, got.Redis.Password.Reveal())
	}
	if shown := fmt.Sprintf("%v %+v %#v", got, got, got); strings.Contains(shown, "hunter2") {
		t.Error("the secret prints")
	}
}

func TestALiveInstanceHasNoSandbox(t *testing.T) {
	_, err := load(t, "sms: {providers: [{name: a, kind: sandbox}]}")
	if err == nil || !strings.Contains(err.Error(), "a live instance cannot use it") {
		t.Error(err)
	}
}

func TestAProvidersNameCanNameAFile(t *testing.T) {
	for name, ok := range map[string]bool{"sandbox": true, "op-2_b": true, "": false, "../up": false, "a/b": false, "a.b": false} {
		_, err := load(t, fmt.Sprintf("{mode: test, sms: {providers: [{name: %q, kind: sandbox}]}}", name))
		if (err == nil) != ok {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

func TestBrokenYAMLAndMissingFile(t *testing.T) {
	if _, err := load(t, "mode: [test"); err == nil || !strings.Contains(err.Error(), "YAML") {
		t.Error(err)
	}
	if _, err := Load(Defaults(), filepath.Join(t.TempDir(), "none.yaml"), nil); err == nil {
		t.Error("a missing file is no error")
	}
}

// What an addressee is told, and when an officer goes, is counted in real days where it counts.
func TestALiveInstanceCountsWholeDays(t *testing.T) {
	if _, err := load(t, "delivery: {ladder_day: 1m}"); err == nil || !strings.Contains(err.Error(), "delivery.ladder_day: 1m0s") {
		t.Error(err)
	}
	if c, err := load(t, "mode: test\ndelivery: {ladder_day: 1m}"); err != nil || c.Delivery.LadderDay != time.Minute {
		t.Error(c.Delivery.LadderDay, err)
	}
}
