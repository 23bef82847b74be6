package reading_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"eblagh/hub"
	"eblagh/hub/reading"
)

func TestOpeningMeans(t *testing.T) {
	o, err := reading.LoadOpenings(os.DirFS("../../config/messages"))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range hub.Kinds {
		fa, en := o.Means(kind, "fa"), o.Means(kind, "en")
		if fa == en || o.Means(kind, "") != fa || o.Means(kind, "de") != fa {
			t.Errorf("%s: fa %q, en %q", kind, fa, en)
		}
		// Bylaw 13 and its note 2, said of every paper: it is served, and leaving it closed does not change that.
		if !strings.Contains(en, "has been served") || !strings.Contains(en, "actual service") ||
			!strings.Contains(en, "unopened does not stop service") || !strings.Contains(fa, "ابلاغ شده است") ||
			!strings.Contains(fa, "ابلاغ واقعی") || !strings.Contains(fa, "نگشودن آن مانع ابلاغ") {
			t.Errorf("%s does not say what opening means: %q, %q", kind, fa, en)
		}
	}
	for _, kind := range []hub.Kind{"judgment", "default_judgment", "summons"} {
		if o.Means(kind, "en") == o.Means("other", "en") || o.Means(kind, "fa") == o.Means("other", "fa") {
			t.Errorf("%s has no words of its own", kind)
		}
	}
}

func TestLoadOpeningsTellsAllProblemsAtOnce(t *testing.T) {
	_, err := reading.LoadOpenings(fstest.MapFS{
		"opening.fa.json": {Data: []byte(`{"default":"","kinds":{"gossip":"x","judgment":""}}`)},
		"opening.en.json": {Data: []byte(`{"default":"x","kinds":{"judgment":"x"}} {}`)},
	})
	if err == nil {
		t.Fatal("was loaded")
	}
	for _, want := range []string{"fa.json: /default", "/kinds/gossip: no such kind", "/kinds/judgment: must say", "en.json: more than one"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("does not tell %q: %v", want, err)
		}
	}
	_, err = reading.LoadOpenings(fstest.MapFS{
		"opening.fa.json": {Data: []byte(`{"default":"x","kinds":{"judgment":"x"}}`)},
		"opening.en.json": {Data: []byte(`{"default":"x","kinds":{"order":"x"},"colour":"red"}`)},
	})
	if err == nil || !strings.Contains(err.Error(), `unknown field "colour"`) {
		t.Errorf("got %v", err)
	}
	_, err = reading.LoadOpenings(fstest.MapFS{
		"opening.fa.json": {Data: []byte(`{"default":"x","kinds":{"judgment":"x"}}`)},
		"opening.en.json": {Data: []byte(`{"default":"x","kinds":{"order":"x"}}`)},
	})
	if err == nil || !strings.Contains(err.Error(), "not the same kinds") {
		t.Errorf("got %v", err)
	}
}
