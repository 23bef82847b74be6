package trail_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/trail"
)

var update = flag.Bool("update", false, "write the vectors anew")

func example(n byte) trail.Entry {
	id := func(b byte) hub.ID {
		return hub.ID{0x01, 0x94, 0xa1, 0xb2, 0xc3, 0xd4, 0x70, b, 0x80, b, b, b, b, b, b, n}
	}
	hour := time.Date(2026, 3, 21, 6, 0, 0, 0, time.UTC)
	return trail.Entry{ID: id(1), Hour: hour, At: hour.Add(1234567 * time.Microsecond), Call: id(2), Outcome: trail.Done, Status: 200,
		Kind: access.Person, Principal: id(3), For: id(4), Role: hub.RoleCourtClerk, Organisation: id(5), Action: access.NoticeRead,
		Route: "getNotice", Ground: "court_clerk/same", Object: trail.Object{Kind: "notice", ID: id(6)}, Objects: []hub.ID{id(6), id(7)},
		Persons: []hub.ID{id(8)}, Count: 2, From: trail.From{Place: trail.Public, Address: [16]byte{0xaa, n}, Device: "windows firefox"}, Form: 1}
}

// The vectors of docs/ledger.md: two entries and the digest of their hour.
func TestCanonicalFormOne(t *testing.T) {
	const path = "testdata/form-1.json"
	least := trail.Entry{ID: example(2).ID, Hour: example(2).Hour, At: example(2).Hour, Call: example(2).Call, Outcome: trail.Refused,
		Kind: trail.Nobody, Count: 1, Form: 1}
	d := trail.NewDigest(example(1).Hour)
	entries := []trail.Entry{example(1), least}
	got := map[string]any{}
	for i, e := range entries {
		h := e.Hash()
		got[fmt.Sprintf("entry %d", i+1)] = map[string]any{"canonical": string(e.Canonical()), "sha256": hex.EncodeToString(h[:])}
		d.Add(e)
	}
	n, sum := d.Sum()
	got["hour"] = map[string]any{"entries": n, "digest": hex.EncodeToString(sum[:])}
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(text)+"\n" {
		t.Errorf("the form is not what was sealed before:\n%s", text)
	}
}

// No two entries that differ in anything have one text: whatever is changed is found.
func TestEveryFieldIsInTheText(t *testing.T) {
	other := hub.ID{9}
	changes := map[string]func(*trail.Entry){
		"id": func(e *trail.Entry) { e.ID = other }, "hour": func(e *trail.Entry) { e.Hour = e.Hour.Add(time.Hour) },
		"at": func(e *trail.Entry) { e.At = e.At.Add(time.Microsecond) }, "call": func(e *trail.Entry) { e.Call = other },
		"outcome": func(e *trail.Entry) { e.Outcome = trail.Refused }, "status": func(e *trail.Entry) { e.Status = 201 },
		"kind": func(e *trail.Entry) { e.Kind = access.Key }, "principal": func(e *trail.Entry) { e.Principal = other },
		"for": func(e *trail.Entry) { e.For = hub.ID{} }, "role": func(e *trail.Entry) { e.Role = hub.RoleJudge },
		"organisation": func(e *trail.Entry) { e.Organisation = other }, "action": func(e *trail.Entry) { e.Action = access.CaseRead },
		"route": func(e *trail.Entry) { e.Route = "x" }, "ground": func(e *trail.Entry) { e.Ground = "x" },
		"object_kind": func(e *trail.Entry) { e.Object.Kind = "x" }, "object": func(e *trail.Entry) { e.Object.ID = other },
		"about": func(e *trail.Entry) { e.Objects = e.Objects[:1] }, "about's order": func(e *trail.Entry) { e.Objects = []hub.ID{e.Objects[1], e.Objects[0]} },
		"of": func(e *trail.Entry) { e.Persons = nil }, "about and of": func(e *trail.Entry) { e.Objects, e.Persons = e.Persons, e.Objects },
		"count": func(e *trail.Entry) { e.Count = 3 }, "place": func(e *trail.Entry) { e.From.Place = trail.Private },
		"address": func(e *trail.Entry) { e.From.Address[15] = 1 }, "device": func(e *trail.Entry) { e.From.Device = "" },
		"form": func(e *trail.Entry) { e.Form = 2 },
	}
	before := example(1)
	for name, change := range changes {
		e := example(1)
		change(&e)
		if e.Hash() == before.Hash() {
			t.Errorf("%s can be changed unseen", name)
		}
	}
}

// A text cannot be made to look like two fields.
func TestTextsCannotForgeFields(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := example(1), example(1)
		a.Route, a.Ground = rapid.String().Draw(t, "route"), rapid.String().Draw(t, "ground")
		b.Route, b.Ground = rapid.String().Draw(t, "other route"), rapid.String().Draw(t, "other ground")
		same := a.Route == b.Route && a.Ground == b.Ground
		if (a.Hash() == b.Hash()) != same {
			t.Fatalf("%q %q and %q %q", a.Route, a.Ground, b.Route, b.Ground)
		}
		if strings.Count(string(a.Canonical()), "\n") > strings.Count(string(before()), "\n") {
			t.Fatal("a value broke its line")
		}
	})
}

func before() []byte { return example(1).Canonical() }

// store keeps entries, and can be told to fail or to hang.
type store struct {
	mu      sync.Mutex
	entries []trail.Entry
	batches int
	err     error
	gate    chan struct{}
}

func (s *store) AddTrail(ctx context.Context, entries []trail.Entry) error {
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.entries, s.batches = append(s.entries, slices.Clone(entries)...), s.batches+1
	return nil
}

// While one batch commits, the others gather and go together; each caller hears of its own.
func TestCallsThatEndTogetherAreOneBatch(t *testing.T) {
	s := &store{gate: make(chan struct{})}
	w := trail.NewWriter(trail.WriterOptions{Store: s})
	const calls = 100
	var wrote sync.WaitGroup
	for range calls {
		wrote.Go(func() {
			if err := w.Write(t.Context(), []trail.Entry{example(1)}); err != nil {
				t.Error(err)
			}
		})
	}
	close(s.gate)
	wrote.Wait()
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.entries) != calls || s.batches > calls {
		t.Errorf("%d entries in %d batches", len(s.entries), s.batches)
	}
	if err := w.Write(t.Context(), []trail.Entry{example(1)}); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("after the end: %v", err)
	}
}

// What cannot be written is said, in time, and what waits is bounded.
func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	failing := trail.NewWriter(trail.WriterOptions{Store: &store{err: errors.New("no disk")}})
	defer failing.Close(t.Context())
	if err := failing.Write(t.Context(), []trail.Entry{example(1)}); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("a store that fails: %v", err)
	}
	hanging := trail.NewWriter(trail.WriterOptions{Store: &store{gate: make(chan struct{})}, Wait: time.Millisecond, Waiting: 3})
	defer hanging.Close(t.Context())
	if err := hanging.Write(t.Context(), []trail.Entry{example(1)}); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("a store that hangs: %v", err)
	}
	if err := hanging.Write(t.Context(), make([]trail.Entry, 4)); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("more than may wait: %v", err)
	}
}

// A flood of nobody's calls fills no disk: one entry stands for those that are alike, and one for all beyond a number.
func TestNobodysFloodIsCounted(t *testing.T) {
	s := &store{}
	w := trail.NewWriter(trail.WriterOptions{Store: s, Batch: 5_000})
	var flood []trail.Entry
	for i := range 4_000 {
		e := example(1)
		e.Kind, e.Outcome, e.Status, e.From = trail.Nobody, trail.Refused, 401, trail.From{Place: trail.Public, Address: [16]byte{byte(i), byte(i >> 8)}}
		flood = append(flood, e)
	}
	flood = append(flood, example(2))
	if err := w.Write(t.Context(), flood); err != nil {
		t.Fatal(err)
	}
	w.Close(t.Context())
	total, known := 0, 0
	for _, e := range s.entries {
		if e.Kind == trail.Nobody {
			total += e.Count
		} else {
			known++
		}
	}
	if len(s.entries) > 40 || total != 8_000 || known != 1 { // each of the example counts two
		t.Errorf("%d entries count %d calls, %d of them known", len(s.entries), total, known)
	}
}

func TestRestOfACall(t *testing.T) {
	person := access.Principal{Kind: access.Person, ID: hub.ID{7}}
	clerk := access.Principal{Kind: access.Person, ID: hub.ID{8}, Grants: []access.Grant{{Role: hub.RoleCourtClerk, Organisation: hub.ID{5}}}}
	look := access.Look{ID: hub.ID{1}, Action: access.NoticeRead, Object: hub.ID{2}, Ground: "court_clerk/same", Role: hub.RoleCourtClerk, Count: 1}
	for _, c := range []struct {
		name    string
		changes bool
		do      func(*trail.Call)
		status  int
		way     bool
		want    string
	}{
		{"a look", false, func(c *trail.Call) { c.Enter("r", access.NoticeRead); c.As(clerk); c.Note(look) }, 200, false, "done notice.read court_clerk/same"},
		{"a look that showed nothing in the end", false, func(c *trail.Call) { c.As(clerk); c.Note(look) }, 500, false, "failed  "},
		{"a read without a look of its own", false, func(c *trail.Call) { c.Enter("me", ""); c.As(person) }, 200, false, "done  "},
		{"a denial", false, func(c *trail.Call) {
			c.Enter("r", access.NoticeRead)
			_, _ = access.May(c.As(person), access.NoticeRead)
		}, 403, false, "refused notice.read "},
		{"a change", true, func(c *trail.Call) {
			c.Enter("r", access.NoticeSubmit)
			_, _ = access.May(c.As(clerk), access.NoticeSubmit)
		}, 201, false, "done notice.submit court_clerk/same"},
		{"a change that was written whole", true, func(c *trail.Call) { c.As(clerk); c.Whole(1); c.Ended() }, 201, false, ""},
		{"one that fell afterwards", true, func(c *trail.Call) { c.As(clerk); c.Whole(1); c.Ended() }, 500, false, "failed  "},
		{"nobody reads what is everybody's", false, func(c *trail.Call) { c.Enter("GET /", "") }, 200, false, ""},
		{"nobody is led to sign in", false, func(c *trail.Call) { c.Enter("GET /inbox", "") }, 303, true, "refused  "},
		{"nobody changes something", true, func(c *trail.Call) { c.Enter("signIn", "") }, 202, false, "done  "},
	} {
		call := trail.NewCall(time.Now, trail.From{}, c.changes)
		c.do(call)
		var got []string
		for _, e := range call.Rest(c.status, c.way) {
			got = append(got, fmt.Sprintf("%s %s %s", e.Outcome, e.Action, e.Ground))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestObjectsOfAddresses(t *testing.T) {
	a, b := hub.ID{1}, hub.ID{2}
	values := map[string]string{"notice_id": a.String(), "document_id": b.String(), "session": "no id"}
	got := trail.Objects("GET /v1/inbox/{notice_id}/documents/{document_id}", func(name string) string { return values[name] })
	if !slices.Equal(got, []trail.Object{{Kind: "notice", ID: a}, {Kind: "document", ID: b}}) {
		t.Error(got)
	}
	if got := trail.Objects("POST /account/sessions/{session}/revoke", func(name string) string { return values[name] }); len(got) != 0 {
		t.Error(got)
	}
	if made, ok := trail.Made("/v1/staff/" + a.String()); !ok || made != (trail.Object{Kind: "grant", ID: a}) {
		t.Error(made, ok)
	}
	if _, ok := trail.Made("/sign-in"); ok {
		t.Error("a page is no thing")
	}
}

func TestDetailsOfAClosedHour(t *testing.T) {
	c := trail.Closed{Hour: example(1).Hour, Entries: 3, Digest: [32]byte{1, 2}}
	text, err := json.Marshal(c.Details())
	if err != nil {
		t.Fatal(err)
	}
	var details map[string]any
	if err := json.Unmarshal(text, &details); err != nil {
		t.Fatal(err)
	}
	if got, err := trail.ReadClosed(details); err != nil || got != c {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []map[string]any{{}, {"hour": "x"}, {"hour": details["hour"]}, {"hour": details["hour"], "entries": 1, "digest": "00"}} {
		if _, err := trail.ReadClosed(bad); err == nil {
			t.Errorf("%v was read", bad)
		}
	}
}
