package ladder

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"eblagh/hub"
)

// plain is an edition that holds; its verbs are version and first day.
const plain = `{"id":"xx","version":%q,"valid_from":%q,"zone":"Asia/Tehran","sources":{"norm 1":"somewhere"},"ladders":[{"rungs":[
	{"name":"live","by":"live","after_days":0,"cites":["norm 1"]},{"name":"sms","by":"sms","after_days":0,"cites":["norm 1"]},
	{"name":"again","by":"sms","after_days":2,"cites":["norm 1"]}]}]}`

func files(texts ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i, text := range texts {
		out[fmt.Sprintf("%d.json", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// iran is the data that the hub runs on.
func iran(t interface {
	Helper()
	Fatal(...any)
}) edition {
	t.Helper()
	book, err := Load(os.DirFS("../../config/ladders"))
	if err != nil {
		t.Fatal(err)
	}
	e, ok := book.named("ir.1")
	if !ok {
		t.Fatal("no ir.1")
	}
	return e
}

func TestEditionInForce(t *testing.T) {
	book, err := Load(files(fmt.Sprintf(plain, "2", "2025-09-23"), fmt.Sprintf(plain, "1", "2024-03-20")))
	if err != nil {
		t.Fatal(err)
	}
	second := time.Date(2025, 9, 22, 20, 30, 0, 0, time.UTC) // 1404/07/01 00:00 in Tehran
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{second, "2"}, {second.Add(-time.Microsecond), "1"}, {second.AddDate(-3, 0, 0), ""},
	} {
		if e, ok := book.inForce("xx", c.at); e.Version != c.want || ok != (c.want != "") {
			t.Errorf("at %v: version %q, want %q", c.at, e.Version, c.want)
		}
	}
	if _, ok := book.inForce("yy", second); ok {
		t.Error("a ladder that nobody wrote is in force")
	}
	if got := fmt.Sprint(book.names()); got != "[xx.1 xx.2]" {
		t.Errorf("names %s", got)
	}
}

func TestLoadTellsAllProblemsAtOnce(t *testing.T) {
	bad := `{"id":"XX","version":"","valid_from":"1404/07/01","zone":"Nowhere","sources":{"norm 2":"x"},"ladders":[
		{"kinds":["summons","letter"],"rungs":[{"name":"a","by":"sms","after_days":0,"cites":["norm 1"]}]},
		{"rungs":[{"name":"live","by":"live","after_days":1,"cites":[]},{"name":"live","by":"sms","after_days":0,"cites":["norm 1"]}]},
		{"kinds":["summons"],"rungs":[{"name":"live","by":"live","after_days":0,"cites":["norm 1"]},{"name":"sms","by":"sms","after_days":0,"cites":["norm 1"]},
			{"name":"b","by":"officer","after_days":9,"cites":["norm 1"]},{"name":"c","by":"sms","after_days":8,"return_days":2,"cites":["norm 1"]},
			{"name":"d","by":"pigeon","after_days":-3,"cites":["norm 1"]},{"name":"e","by":"live","after_days":5000,"cites":["norm 1"]}]}]}`
	good := fmt.Sprintf(plain, "1", "2024-03-20")
	_, err := Load(files(bad, `{"id":"x","colour":"red"}`, good+good, "null"))
	if err == nil {
		t.Fatal("was loaded")
	}
	for _, want := range []string{
		"0.json: /id", "0.json: /version", "0.json: /valid_from", "0.json: /zone", "0.json: /ladders: the last one",
		"/ladders/0/kinds/1: no such kind", "/ladders/1/kinds: must be there", "/ladders/2/kinds/0: summons has a ladder already",
		"/ladders/0/rungs: must begin with", "/ladders/1/rungs/0/after_days: must be 0", "/ladders/1/rungs/0/cites",
		"/ladders/1/rungs/1/name", `/ladders/2/rungs/0/cites: "norm 1" has no entry`, "/ladders/2/rungs/2/by: an officer is the last",
		"/ladders/2/rungs/2/return_days: must be 1", "/ladders/2/rungs/3/after_days: must be later",
		"/ladders/2/rungs/3/return_days: only an officer", "/ladders/2/rungs/4/by: must be live", "/ladders/2/rungs/4/after_days: must be 1",
		"/ladders/2/rungs/5/by: live comes", "/ladders/2/rungs/5/after_days: must be 1", `/sources: no rung cites "norm 2"`,
		`1.json: json: unknown field "colour"`, "2.json: more than one JSON value", "3.json: /id",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("does not tell %q", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
	for _, twice := range [][]string{{good, good}, {good, fmt.Sprintf(plain, "2", "2024-03-20")}} {
		if _, err := Load(files(twice...)); err == nil {
			t.Errorf("contradicting editions were loaded")
		}
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("no file at all was loaded")
	}
}

// Of Iran's papers, those for which actual service matters come to an officer (CPC 303, 306); all get a second text.
func TestIranianLadder(t *testing.T) {
	e, day := iran(t), 24*time.Hour
	paper := map[hub.Kind]bool{"summons": true, "judgment": true, "default_judgment": true, "execution_writ": true,
		"witness_summons": true, "interim_order": true}
	texts := []hub.Channel{hub.ChannelInbox, hub.ChannelSMS}
	for _, kind := range hub.Kinds {
		second, ok := e.first(kind, texts, day)
		if !ok || second != (hub.Rung{Ladder: "ir.1", Name: "second_sms", After: 3 * day}) {
			t.Errorf("%s: first %+v", kind, second)
		}
		got := e.step(Due{Rung: "second_sms", Kind: kind, Channels: texts}, day)
		if got.Effect != Text || (got.Next == hub.Rung{Ladder: "ir.1", Name: "paper", After: 10 * day}) != paper[kind] || (got.Next == hub.Rung{}) == paper[kind] {
			t.Errorf("%s: second text: %+v", kind, got)
		}
		silent, ok := e.first(kind, []hub.Channel{hub.ChannelInbox}, day)
		if ok != paper[kind] || ok && silent.Name != "paper" {
			t.Errorf("%s without sms: %+v", kind, silent)
		}
	}
}
