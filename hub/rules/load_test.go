package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"eblagh/hub/rules"
)

const plain = `{"id":"xx.plain","version":%q,"valid_from":%q,"zone":"Asia/Tehran","sources":{"norm 1":"somewhere"},"steps":[
	{"when":"arrived","status":"constructive","served_at":"arrival","cites":["norm 1"],"basis":{"fa":"چنین","en":"so"}},
	{"when":"otherwise","status":"pending","cites":["norm 1"],"basis":{"fa":"هنوز","en":"not yet"}}]}`

func files(texts ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i, text := range texts {
		out[fmt.Sprintf("%d.json", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// The version in force on the day of arrival decides, from midnight in the rule's zone, in whatever order files stand.
func TestVersionInForce(t *testing.T) {
	book, err := rules.Load(files(fmt.Sprintf(plain, "2", "2025-09-23"), fmt.Sprintf(plain, "1", "2024-03-20")))
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
		if got := book.Evaluate("xx.plain", rules.Facts{ArrivedAt: c.at, SubmittedAt: second}); got.RuleVersion != c.want {
			t.Errorf("arrived %v: version %q, want %q", c.at, got.RuleVersion, c.want)
		}
	}
	if got := book.Evaluate("xx.plain", rules.Facts{}); got.RuleVersion != "2" {
		t.Errorf("without any fact: version %q, want the newest", got.RuleVersion)
	}
}

func TestLoadTellsAllProblemsAtOnce(t *testing.T) {
	bad := `{"id":"XX","version":"","valid_from":"1404/07/01","zone":"Nowhere","sources":{"norm 2":"x"},"names":{"fa":{}},"steps":[
		{"when":"arrived","status":"served","served_at":"arrival","cites":["norm 1"],"basis":{"fa":"چنین"}},
		{"when":"opened","status":"actual","cites":[],"basis":{"fa":"چنین","en":"so"}},
		{"when":"later","status":"pending","served_at":"open","cites":["norm 1"],"basis":{"fa":"چنین","en":"so"}}]}`
	good := fmt.Sprintf(plain, "1", "2024-03-20")
	_, err := rules.Load(files(bad, good, good, `{"id":"x","colour":"red"}`, good+good, "null"))
	if err == nil {
		t.Fatal("was loaded")
	}
	for _, want := range []string{
		"0.json: /id", "0.json: /version", "0.json: /valid_from", "0.json: /zone", "/steps: the last step",
		"/steps/0/status: no such status", "/steps/0/basis/en", `/steps/0/cites: "norm 1" has no entry`,
		"/steps/1/when: never reached", "/steps/1/served_at", "/steps/1/cites", "/steps/2/when: no such condition",
		"/steps/2/served_at", `/sources: no step cites "norm 2"`, `/names/fa: "norm 2" has no name`,
		`3.json: json: unknown field "colour"`, "4.json: more than one JSON value", "5.json: /id",
		"xx.plain: version 1 is there twice", "xx.plain: two versions hold from 2024-03-20",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("does not tell %q", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestLoadNeedsRules(t *testing.T) {
	if _, err := rules.Load(fstest.MapFS{"readme.txt": {}}); err == nil {
		t.Error("an empty directory was loaded")
	}
}
