package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBadInputIsNamed(t *testing.T) {
	program := filepath.Join(t.TempDir(), "eblagh")
	if err := os.WriteFile(program, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ program, only, want string }{
		"no such measure": {program, "submit,speed", `-only: there is no measure "speed": there are submit, `},
		"no program":      {"nowhere/eblagh", "submit", "-program: stat nowhere/eblagh"},
	} {
		out := filepath.Join(t.TempDir(), "bench.json")
		if err := run(t.Context(), &bench{program: c.program}, c.only, out); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRowsSayWhetherTheyReachTheirGoal(t *testing.T) {
	for want, rows := range map[bool][]row{
		true:  {atLeast("", "", 5, 10, 0.5), atMost("", "", 3, 1, 3), below("", "", 60, 60)},
		false: {atLeast("", "", 4.9, 10, 0.5), atMost("", "", 3.1, 1, 3), below("", "", 60.1, 60)},
	} {
		for _, r := range rows {
			if r.OK != want {
				t.Errorf("%+v", r)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "bench.json")
	if err := writeRows(path, []row{atLeast("x", "notices/s", 5, 10, 0.5), below("y", "MB", 3, 60)}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(b, &rows); err != nil || len(rows) != 2 || rows[0]["ratio"] != 0.5 || rows[0]["ok"] != true || rows[1]["baseline"] != nil {
		t.Errorf("%s: %v", b, err)
	}
}

// A stall counts for everybody who should have been served during it, not only for the one who was.
func TestAStallIsNotHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := newLatencies()
		err := pace(context.Background(), 100, 200, 1, func(i int, due time.Time) error {
			if i == 50 {
				<-time.After(time.Second) // the stall
			}
			times.add(time.Since(due))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if p50, p75 := times.at(50), times.at(75); times.count() != 200 || p50 > 500 || p75 < 400 {
			t.Errorf("%d times, p50 %v ms, p75 %v ms", times.count(), p50, p75)
		}
	})
}
