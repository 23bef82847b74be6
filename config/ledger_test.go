package config

import (
	"strings"
	"testing"
)

func TestTheLogIsNamedByTheMode(t *testing.T) {
	for text, want := range map[string]string{
		"mode: test": "localhost/log/test",
		"{mode: live, public_url: 'https://h.ir:8'}":  "h.ir:8/log/live",
		"{mode: test, ledger: {origin: a.ir/log}}":    "a.ir/log/test",
		"{mode: test, ledger: {origin: a.ir/test}}":   "a.ir/test",
		"{mode: live, ledger: {origin: a.ir/live/}}":  "a.ir/live",
		"{mode: live, ledger: {origin: a.ir/latest}}": "a.ir/latest/live",
	} {
		c, err := loadOver(t, Defaults(), text)
		if err != nil || c.LogOrigin() != want {
			t.Errorf("%s: %q, %v; want %q", text, c.LogOrigin(), err, want)
		}
	}
}

func TestLedgerSettingsAreChecked(t *testing.T) {
	_, err := load(t, `{mode: live, ledger: {origin: "https://a b/test", timestamp_urls: [nowhere], within: 0s, timestamp_every: 1ms}}`)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"without a scheme", "names the other mode", "timestamp_urls[0]", "ledger.within", "ledger.timestamp_every"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
}

// The name of a log is for ever: a live one is never called after the machine that somebody happened to start it on.
func TestALiveInstanceNamesItsLog(t *testing.T) {
	for text, key := range map[string]string{
		"mode: live":                                      "ledger.origin",
		"{mode: live, ledger: {key_file: k}}":             "ledger.origin",
		"{mode: live, public_url: 'http://h.example'}":    "public_url",
		"{mode: live, public_url: 'http://localhost:80'}": "public_url",
		"mode: test": "",
		"{mode: test, public_url: 'http://localhost:80'}": "",
		"{mode: live, public_url: 'https://h.example'}":   "",
		"{mode: live, ledger: {origin: h.example/log}}":   "",
	} {
		_, err := loadOver(t, Defaults(), text)
		if (key == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), "\n  "+key+": ") {
			t.Errorf("%s: %v, want a word on %q", text, err, key)
		}
	}
}

// Cookies of a live instance never go over plain HTTP, wherever TLS ends.
func TestCookiesAreSecureWherePeopleComeOverTLS(t *testing.T) {
	for text, want := range map[string]bool{
		"mode: test": false, "{mode: test, public_url: 'http://localhost'}": false,
		"{mode: test, public_url: 'https://h.example'}": true, "{mode: live, public_url: 'https://h.example'}": true,
		"{mode: live, ledger: {origin: h.example/log}}": true,
	} {
		if c, err := loadOver(t, Defaults(), text); err != nil || c.Secure() != want {
			t.Errorf("%s: %v, %v; want %v", text, c.Secure(), err, want)
		}
	}
}
