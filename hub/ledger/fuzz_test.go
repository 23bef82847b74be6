package ledger_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// Whatever a store can hold comes back from its canonical form, and any change of it changes the commitment.
func TestCanonicalFormIsTotalAndInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := ledger.Receipt{Form: 1, Receipt: hub.Receipt{
			Event: hub.Event(rapid.String().Draw(t, "event")), Provider: rapid.String().Draw(t, "provider"),
			ProviderStatus: rapid.String().Draw(t, "status"), Details: details(t, 3),
		}}
		text, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ledger.ParseCanonical(text)
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if second, err := again.Canonical(); err != nil || string(second) != string(text) {
			t.Fatalf("%s\n%s\n%v", text, second, err)
		}
		one, err := r.Commitment()
		if err != nil {
			t.Fatal(err)
		}
		again.ProviderStatus += "x"
		if two, err := again.Commitment(); err != nil || one == two {
			t.Fatal("two receipts, one commitment")
		}
	})
}

// Details that were not decoded make the same form.
func FuzzText(f *testing.F) {
	for _, r := range vectors() {
		text, _ := json.MarshalIndent(r.Details, "", " ")
		f.Add(text)
	}
	f.Add([]byte(`{"b": [1.50, -2e9, {"c": null, "a": "\u0061\ud800"}, [], {}], "": true, "parts": {"y": "1", "x": []}, "a": "ابلاغ \u200c\\"} `))
	f.Add([]byte(`{"a": 1, "a": 2}`))
	f.Add([]byte(`{"a": {"b":1,}}`))
	f.Add([]byte("{}\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ledger.Receipt{Form: 1, Text: text}.Canonical()
		if err != nil {
			return
		}
		r := ledger.Receipt{Form: 1}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&r.Details); err != nil || !json.Valid(text) {
			t.Fatalf("%q is no object, and becomes %q", text, got)
		}
		if want, err := r.Canonical(); err != nil || string(want) != string(got) {
			t.Errorf("%q becomes %q, and decoded %q, %v", text, got, want, err)
		}
	})
}

func details(t *rapid.T, depth int) map[string]any {
	out := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "members") {
		name := rapid.OneOf(rapid.Just("parts"), rapid.String()).Draw(t, "name")
		switch kind := rapid.IntRange(0, 4).Draw(t, "kind"); {
		case kind == 0 && depth > 0:
			out[name] = details(t, depth-1)
		case kind == 1:
			out[name] = rapid.Float64Range(-1e9, 1e9).Draw(t, "number")
		case kind == 2:
			out[name] = []any{nil, true, rapid.String().Draw(t, "item")}
		default:
			out[name] = rapid.String().Draw(t, "text")
		}
	}
	return out
}

func FuzzParseCanonical(f *testing.F) {
	for _, r := range vectors() {
		text, _ := r.Canonical()
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ledger.ParseCanonical(text)
		if err != nil {
			return
		}
		if again, err := r.Canonical(); err != nil || string(again) != string(text) {
			t.Errorf("%q becomes %q, %v", text, again, err)
		}
	})
}

func FuzzParseEntry(f *testing.F) {
	for _, r := range vectors() {
		e, _ := ledger.NewEntry(r)
		f.Add(e.Marshal())
	}
	f.Add([]byte("eblagh/key/1 1790000000 retire a+b+c"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if e, err := ledger.ParseEntry(line); err == nil && string(e.Marshal()) != string(line) {
			t.Errorf("%q becomes %q", line, e.Marshal())
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add("ledger.example/test\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\ntime 2026-03-01T08:00:00.000000Z\n")
	f.Fuzz(func(t *testing.T, body string) {
		if c, err := ledger.ParseCheckpoint(body); err == nil && c.Body() != body {
			t.Errorf("%q becomes %q", body, c.Body())
		}
	})
}

func FuzzParseTilePath(f *testing.F) {
	f.Add("tile/1/x001/x234/067")
	f.Add("tile/entries/x123/456.p/255")
	f.Fuzz(func(t *testing.T, path string) {
		if tile, err := ledger.ParseTilePath(path); err == nil && ledger.TilePath(tile) != path {
			t.Errorf("%q becomes %q", path, ledger.TilePath(tile))
		}
	})
}

func FuzzParseBundle(f *testing.F) {
	f.Add([]byte(`{"checkpoint":"","documents":[],"form":1,"keys":[],"notice":"0194a1b2-c3d4-7001-8001-010101010101","receipts":[]}` + "\n"))
	keys, err := ledger.ParseKeys("ledger.example/test+1c2dcb31+AWLOLkEs3zWRxc9qy0n0nuUMh4sVCIuvR0lkwbkKkMQN")
	if err != nil {
		keys = ledger.Keys{}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := ledger.ParseBundle(text)
		if err == nil && ledger.Verify(b, keys, ledger.Options{}).OK() {
			t.Error("a bundle that no key has signed holds")
		}
	})
}
