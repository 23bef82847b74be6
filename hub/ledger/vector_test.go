package ledger_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

var update = flag.Bool("update", false, "write the golden files anew")

func id(n byte) hub.ID {
	return hub.ID{0x01, 0x94, 0xa1, 0xb2, 0xc3, 0xd4, 0x70, n, 0x80, n, n, n, n, n, n, n}
}

func vectors() map[string]ledger.Receipt {
	at := time.Date(2026, 3, 21, 6, 30, 0, 120_000_000, time.UTC)
	salt := [ledger.SaltSize]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	return map[string]ledger.Receipt{
		"the least that a receipt can be": {Form: 1, Salt: salt, Receipt: hub.Receipt{ID: id(1),
			Event: hub.EventExpired, At: at, RecordedAt: at, Actor: hub.Actor{Kind: hub.ActorSystem}}},
		"arrival, D.1": {Form: 1, Salt: salt, Submitter: id(9), Receipt: hub.Receipt{ID: id(2),
			Event: hub.EventContentConsignment, At: at, RecordedAt: at.Add(1500 * time.Microsecond), Notice: id(3), Case: id(4),
			Recipient: id(5), Capacity: "defendant", Actor: hub.Actor{Kind: hub.ActorSystem}, Channel: "inbox",
			Details: map[string]any{"parts": map[string]any{"subject": strings.Repeat("0a", 32), "body": strings.Repeat("0b", 32),
				"documents": []any{strings.Repeat("0c", 32), strings.Repeat("0d", 32)}}}}},
		"a text that failed, with everything": {Form: 1, Salt: salt, Submitter: id(9), Receipt: hub.Receipt{ID: id(6),
			Event: hub.EventConsignmentNotifyFail, At: at, RecordedAt: at, Notice: id(3), Case: id(4), Recipient: id(5),
			Capacity: "witness", Actor: hub.Actor{Kind: hub.ActorClerk, ID: id(7), Auth: "session"}, Channel: "sms", Provider: "main",
			ProviderMessageID: "0x1F", ProviderStatus: "UNDELIV", Reason: "rejected", Rule: "ir.on_arrival", RuleVersion: "1",
			Details: map[string]any{"odd \"\\\u0001\n\u001f": "ابلاغ\u200cنامه <&> \u2028", "number": json.Number("1.50"),
				"none": nil, "yes": true, "deep": map[string]any{"b": []any{}, "a": map[string]any{}}, "parts": "not an object"}}},
	}
}

// What was sealed once must verify for ever: the bytes of form 1 never change.
func TestCanonicalFormOne(t *testing.T) {
	got := map[string]map[string]any{}
	for name, r := range vectors() {
		canonical, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		commitment, err := r.Commitment()
		if err != nil {
			t.Fatal(err)
		}
		entry, err := ledger.NewEntry(r)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = map[string]any{"canonical": string(canonical), "salt": fmt.Sprintf("%x", r.Salt),
			"commitment": fmt.Sprintf("%x", commitment), "entry": string(entry.Marshal())}
		again, err := ledger.ParseCanonical(canonical)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again.Salt = r.Salt
		if diff := cmp.Diff(r, again); diff != "" {
			t.Errorf("%s does not come back: %s", name, diff)
		}
	}
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/form-1.json"
	if *update {
		if err := os.WriteFile(golden, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)+"\n"); diff != "" {
		t.Error(diff)
	}
}

// The commitment of a vector, computed as the package comment says it and with nothing of the package.
func TestCommitmentIsAsDocumented(t *testing.T) {
	r := vectors()["the least that a receipt can be"]
	fields := [][2]string{
		{"actor/kind", `"system"`}, {"at", `"2026-03-21T06:30:00.120000Z"`}, {"event", `"eblagh:Expired"`},
		{"id", `"` + id(1).String() + `"`}, {"recorded_at", `"2026-03-21T06:30:00.120000Z"`},
	}
	all := "eblagh receipt form 1\x00"
	for _, f := range fields {
		nonce := sum(string(r.Salt[:]) + f[0])[:16]
		all += f[0] + "\x00" + sum(nonce+f[0]+"\x00"+f[1])
	}
	got, err := r.Commitment()
	if err != nil {
		t.Fatal(err)
	}
	if string(got[:]) != sum(all) {
		t.Errorf("got %x, want %x", got, sum(all))
	}
}

func TestAnUnknownFormIsRefused(t *testing.T) {
	r := vectors()["arrival, D.1"]
	r.Form = 2
	if _, err := r.Commitment(); err == nil {
		t.Error("no error")
	}
}
