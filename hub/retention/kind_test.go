package retention_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"eblagh/hub/retention"
)

func TestTheKindsOfCaseThatComeWithTheHub(t *testing.T) {
	book, err := retention.Load(os.DirFS("../../config/cases"))
	if err != nil {
		t.Fatal(err)
	}
	for name, restricted := range map[string]bool{"": false, "general": false, "civil": false, "family": true, "minors": true} {
		if k, known := book.Kind(name); !known || k.Restricted != restricted {
			t.Errorf("%q: %+v, %v", name, k, known)
		}
	}
	if _, known := book.Kind("none"); known {
		t.Error("a kind that is none is known")
	}
}

func TestKindsOfCaseAreReadStrictly(t *testing.T) {
	good := `{"id":"x","version":"1","kinds":[{"name":"general","names":{"fa":"ا","en":"a"}}]}`
	for name, c := range map[string]struct{ from, to, want string }{
		"good":               {"", "", ""},
		"an unknown key":     {`"id"`, `"more":1,"id"`, "unknown field"},
		"no version":         {`"version":"1"`, `"version":""`, "version"},
		"without general":    {`"general"`, `"civil"`, "general is missing"},
		"twice":              {`[`, `[{"name":"general","names":{"fa":"ا","en":"a"}},`, "twice"},
		"no Persian name":    {`"fa":"ا"`, `"fa":" "`, "fa and en"},
		"no word":            {`"general"`, `"General"`, "word"},
		"restricted, no why": {`"names"`, `"restricted":true,"names"`, "why"},
		"why of nothing":     {`"names"`, `"why":"x","names"`, "why"},
		"two values":         {`]}`, `]}{}`, "more than one"},
	} {
		text := strings.Replace(good, c.from, c.to, 1)
		_, err := retention.Load(fstest.MapFS{"a.json": {Data: []byte(text)}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
