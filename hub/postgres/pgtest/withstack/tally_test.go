package main

import (
	"strings"
	"testing"
)

func TestTally(t *testing.T) {
	for _, c := range []struct {
		name, events, count string
		shows, hides        []string
	}{
		{"a passing package shows one line", `
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}`, "1 passed, 0 failed", []string{"ok  \tp"}, []string{"chatter", "PASS"}},
		{"a failing test shows what it said", `
{"Action":"output","Package":"p","Test":"TestA","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}`, "0 passed, 1 failed", []string{"got 1, want 2", "FAIL\tp"}, nil},
		{"a package that does not build counts as failed", `
{"Action":"build-output","ImportPath":"p","Output":"p.go:1: broken\n"}
{"Action":"build-fail","ImportPath":"p"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}`, "0 passed, 1 failed", []string{"broken", "[build failed]"}, nil},
		{"a test cut short shows what it said", `
{"Action":"output","Package":"p","Test":"TestA","Output":"panic: test timed out\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t600s\n"}
{"Action":"fail","Package":"p"}`, "0 passed, 1 failed", []string{"timed out"}, nil},
		{"a skipped test is counted apart", `
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}`, "0 passed, 0 failed, 1 skipped", nil, nil},
		{"other lines pass through", "go: downloading\n", "0 passed, 0 failed", []string{"go: downloading"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var counts tally
			var out strings.Builder
			if err := counts.read(strings.NewReader(strings.TrimPrefix(c.events, "\n")), &out); err != nil {
				t.Fatal(err)
			}
			if got := counts.String(); got != c.count {
				t.Errorf("got %q, want %q", got, c.count)
			}
			for _, want := range c.shows {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not in %q", want, out.String())
				}
			}
			for _, no := range c.hides {
				if strings.Contains(out.String(), no) {
					t.Errorf("%q is in %q", no, out.String())
				}
			}
		})
	}
}
