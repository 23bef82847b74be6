package config

import (
	"strings"
	"testing"
)

func TestTheLogIsNamedByTheMode(t *testing.T) {
	for text, want := range map[string]string{
		"mode: test": "localhost/log/test",
		"mode: live": "localhost/log/live",
		"{mode: live, public_url: 'https://h.ir:8'}":  "h.ir:8/log/live",
		"{mode: test, ledger: {origin: a.ir/log}}":    "a.ir/log/test",
		"{mode: test, ledger: {origin: a.ir/test}}":   "a.ir/test",
		"{mode: live, ledger: {origin: a.ir/live/}}":  "a.ir/live",
		"{mode: live, ledger: {origin: a.ir/latest}}": "a.ir/latest/live",
	} {
		c, err := load(t, text)
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
