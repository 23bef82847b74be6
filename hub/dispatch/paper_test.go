package dispatch

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"eblagh/hub"
)

func good() Paper {
	return Paper{Reference: "r", Case: PaperCase{Number: "140012345678901234"}, Kind: "summons",
		Addressee: Addressee{NationalID: "0076229645"}, Subject: "s"}.withDefaults()
}

func TestGoodPaperHasNoProblems(t *testing.T) {
	var problems hub.Problems
	if good().check(&problems); len(problems) > 0 {
		t.Errorf("%+v", problems)
	}
	p := good()
	if len(p.Channels) != 3 || p.Priority != hub.PriorityNormal || p.Capacity != "other" {
		t.Errorf("defaults %+v", p)
	}
}

// Whatever is sent: no panic, each problem has a pointer, a code and a detail, and no detail repeats what was sent.
func TestAnyPaperIsJudgedWithoutEcho(t *testing.T) {
	pointers := []string{"/reference", "/case/number", "/case/archive_number", "/case/subject", "/subject", "/body", "/kind",
		"/capacity", "/priority", "/addressee", "/documents", "/channels", "/expires_at"}
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return rapid.StringN(0, 700, 4000).Draw(t, name) }
		mark := "Ж" + rapid.StringMatching(`[a-z]{12}`).Draw(t, "mark")
		p := Paper{Reference: text("reference"), Subject: text("subject"), Body: text("body"),
			Case: PaperCase{Number: text("number"), ArchiveNumber: text("archive")}, Kind: hub.Kind(mark),
			Capacity: hub.Capacity(mark), Priority: hub.Priority(mark), Channels: []hub.Channel{hub.Channel(mark)},
			Addressee: Addressee{NationalID: mark}}.withDefaults()
		var problems hub.Problems
		p.check(&problems)
		if len(problems) < 5 {
			t.Fatalf("only %+v", problems)
		}
		for _, f := range problems {
			if f.Code == "" || f.Detail == "" || strings.Contains(f.Detail, mark) {
				t.Errorf("problem %+v", f)
			}
			known := false
			for _, pointer := range pointers {
				known = known || strings.HasPrefix(f.Pointer, pointer)
			}
			if !known {
				t.Errorf("pointer %s", f.Pointer)
			}
		}
	})
}

func TestTextLimits(t *testing.T) {
	for _, c := range []struct {
		name, text, code string
	}{
		{"empty", "", "required"},
		{"blank", " \u200c ", ""}, // a joiner is something typed
		{"spaces", "   ", "required"},
		{"at the limit, in characters", strings.Repeat("ش", 200), ""},
		{"over the limit", strings.Repeat("ش", 201), "too_long"},
		{"a line break", "a\nb", "control_character"},
		{"NUL", "a\x00b", "control_character"},
		{"not UTF-8", "a\xff", "invalid"},
		{"joiners and marks", "می\u200cروم\u200f", ""},
	} {
		var problems hub.Problems
		checkText(&problems, "/x", c.text, line{1, 200})
		got := ""
		if len(problems) > 0 {
			got = problems[0].Code
		}
		if got != c.code {
			t.Errorf("%s: %q, want %q", c.name, got, c.code)
		}
	}
	var problems hub.Problems
	checkBody(&problems, "line\r\n\tline")
	if len(problems) > 0 {
		t.Errorf("a body with lines: %+v", problems)
	}
}
