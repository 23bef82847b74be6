package reading_test

import (
	"slices"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
	"eblagh/hub/trail"
)

// people see who looked at their papers: by role and place, and nothing of papers that have not arrived.
func TestLooksAreTheAddressees(t *testing.T) {
	w := newWorld(t)
	branch, person, stranger := w.organisation("branch"), w.person(), w.person()
	clerk := at(w.person(), hub.RoleCourtClerk, branch)
	arrived, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	waiting, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(arrived)
	for _, notice := range []hub.ID{arrived, waiting} {
		if _, _, err := w.reader.Notice(t.Context(), clerk, notice); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.reader.Notices(t.Context(), clerk, reading.NoticeQuery{}); err != nil { // both are on the list
		t.Fatal(err)
	}
	if _, err := w.reader.Item(t.Context(), person, arrived); err != nil { // one's own look is left out
		t.Fatal(err)
	}
	for name, q := range map[string]reading.LooksQuery{"all papers": {}, "the paper": {Notice: arrived}} {
		page, err := w.reader.Looks(t.Context(), person, q)
		if err != nil || len(page.Items) != 2 || page.Next != "" {
			t.Fatalf("%s: %+v, %v", name, page, err)
		}
		for _, l := range page.Items {
			if l.Role != hub.RoleCourtClerk || l.Organisation == "" || l.Action != access.NoticeRead || !slices.Equal(l.Notices, []hub.ID{arrived}) {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
	first, err := w.reader.Looks(t.Context(), person, reading.LooksQuery{Limit: 1})
	if err != nil || len(first.Items) != 1 || first.Next == "" {
		t.Fatal(first, err)
	}
	second, err := w.reader.Looks(t.Context(), person, reading.LooksQuery{Limit: 1, After: first.Next})
	if err != nil || len(second.Items) != 1 || second.Items[0].ID == first.Items[0].ID {
		t.Error(second, err)
	}
	for name, c := range map[string]struct {
		p      access.Principal
		notice hub.ID
		want   hub.Code
	}{
		"a paper that has not arrived": {person, waiting, hub.CodeNotFound}, "somebody else's": {stranger, arrived, hub.CodeNotFound},
		"a system": {key(hub.RoleCourtClerk, branch), arrived, hub.CodeForbidden},
	} {
		_, err := w.reader.Looks(t.Context(), c.p, reading.LooksQuery{Notice: c.notice})
		code(t, name, err, c.want)
	}
	if page, err := w.reader.Looks(t.Context(), stranger, reading.LooksQuery{}); err != nil || len(page.Items) != 0 {
		t.Errorf("a stranger sees %+v, %v", page.Items, err)
	}
}

// Auditors find entries by thing, by whose it is, by principal and by time, and leave one of their own; nobody else does,
// also past the policy.
func TestAuditorsSearchTheTrail(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	clerk, auditor := at(w.person(), hub.RoleCourtClerk, branch), key(hub.RoleAuditor)
	notice, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(notice)
	if _, _, err := w.reader.Notice(t.Context(), clerk, notice); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for name, c := range map[string]struct {
		q    reading.TrailQuery
		want int
	}{
		"by the paper":   {reading.TrailQuery{Object: notice, Principal: clerk.ID}, 1},
		"by whose it is": {reading.TrailQuery{Object: person.ID, Principal: clerk.ID}, 1},
		"by who did it":  {reading.TrailQuery{Principal: clerk.ID}, 1},
		"by the time":    {reading.TrailQuery{Principal: clerk.ID, Since: now.Add(-time.Hour), Until: now.Add(time.Hour)}, 1},
		"before that":    {reading.TrailQuery{Principal: clerk.ID, Until: now.Add(-time.Hour)}, 0},
		"after that":     {reading.TrailQuery{Principal: clerk.ID, Since: now.Add(time.Hour)}, 0},
		"another thing":  {reading.TrailQuery{Object: branch, Principal: clerk.ID}, 0},
	} {
		page, err := w.reader.Trail(t.Context(), auditor, c.q)
		if err != nil || len(page.Items) != c.want {
			t.Errorf("%s: %+v, %v", name, page.Items, err)
		}
	}
	if looks := w.looks(auditor); len(looks) == 0 {
		t.Error("the auditor's own search left no entry")
	}
	page, err := w.reader.Trail(t.Context(), auditor, reading.TrailQuery{Principal: auditor.ID, Limit: 2})
	if err != nil || len(page.Items) != 2 || page.Next == "" {
		t.Fatal(page, err)
	}
	next, err := w.reader.Trail(t.Context(), auditor, reading.TrailQuery{Principal: auditor.ID, Limit: 2, After: page.Next})
	if err != nil || len(next.Items) == 0 || next.Items[0].ID == page.Items[1].ID || next.Items[0].ID == page.Items[0].ID {
		t.Error(next, err)
	}
	_, err = w.reader.Trail(t.Context(), clerk, reading.TrailQuery{})
	code(t, "a clerk", err, hub.CodeForbidden)
	_, err = w.reader.Trail(t.Context(), auditor, reading.TrailQuery{Since: now, Until: now, After: "x"})
	if got := pointers(err); !slices.Equal(got, []string{"/after", "/until"}) {
		t.Errorf("%v", got)
	}
	for _, p := range []access.Principal{clerk, person, key(hub.RoleAdmin)} { // the row-level guard by itself
		var n int
		if n = w.visible(p, "hub_trail_search(NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, 10)"); n != 0 {
			t.Errorf("%d entries show to %v", n, p.Grants)
		}
	}
}

// Auditors find the entries of a call, and what was begun and has no end.
func TestAuditorsFindCallsAndWhatHasNoEnd(t *testing.T) {
	w := newWorld(t)
	auditor := key(hub.RoleAuditor)
	lone := trail.EntryOf(access.Look{ID: newID(), Kind: access.Key, Principal: newID(), Action: access.InboxOpen})
	lone.Outcome = trail.Begun
	whole := lone
	whole.ID, whole.Call = newID(), newID()
	end := whole
	end.ID, end.Outcome = hub.NewID(time.Now().Add(time.Millisecond)), trail.Done // ids of one moment stand in no order
	if err := w.db.AddTrail(t.Context(), []trail.Entry{lone, whole, end}); err != nil {
		t.Fatal(err)
	}
	if noted, err := w.db.NoteUnended(t.Context(), 0, 10); err != nil || noted != 1 {
		t.Fatal(noted, err)
	}
	for name, c := range map[string]struct {
		q    reading.TrailQuery
		want []hub.ID
	}{
		"of a call":               {reading.TrailQuery{Call: whole.Call}, []hub.ID{end.ID, whole.ID}},
		"without an end":          {reading.TrailQuery{Unended: true}, []hub.ID{lone.ID}},
		"of a call, without one":  {reading.TrailQuery{Unended: true, Call: whole.Call}, nil},
		"of a principal, without": {reading.TrailQuery{Unended: true, Principal: lone.Principal}, []hub.ID{lone.ID}},
	} {
		page, err := w.reader.Trail(t.Context(), auditor, c.q)
		var got []hub.ID
		for _, e := range page.Items {
			got = append(got, e.ID)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
}
