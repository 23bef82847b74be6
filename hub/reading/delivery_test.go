package reading_test

import (
	"slices"
	"testing"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// Each list shows what it is of, page by page, once.
func TestListsOfDeliveriesAstray(t *testing.T) {
	w := newWorld(t)
	branch, other, person := w.organisation("branch"), w.organisation("branch"), w.person()
	want := map[reading.Astray]int{reading.Dead: 7, reading.Doubtful: 5, reading.Late: 9}
	make := func(submitter hub.ID, change string) {
		notice, _ := w.submit(paper{submitter: submitter, recipient: person.ID})
		w.exec(`UPDATE deliveries SET `+change+` WHERE notice = $1 AND channel = 'sms'`, notice)
		w.exec(`UPDATE deliveries SET status = 'delivered', due_at = NULL WHERE notice = $1 AND channel = 'inbox'`, notice)
	}
	for i := range 4 {
		make(branch, "status = 'failed', due_at = NULL")
		make(other, "due_at = hub_now() - interval '5 minutes'")
		make(branch, "due_at = hub_now() - interval '2 minutes', priority = 'urgent'")
		if i < 3 {
			make(other, "status = 'expired', due_at = NULL")
		}
	}
	for range 5 {
		make(branch, "status = 'sending', attempts = 1")
	}
	w.exec(`UPDATE deliveries SET status = 'unknown' WHERE status = 'sending' AND $1::uuid IS NOT NULL`, branch)
	make(other, "due_at = hub_now() - interval '61 seconds'")
	make(branch, "due_at = hub_now() + interval '1 hour'") // not late
	// A replay takes its place, and the dead one leaves the list.
	make(branch, "status = 'failed', due_at = NULL")
	w.exec(`INSERT INTO deliveries (id, notice, recipient, submitter, channel, priority, due_at, replays)
		SELECT $1, notice, recipient, submitter, channel, priority, hub_now() + interval '1 hour', id FROM deliveries
		WHERE status = 'failed' ORDER BY id DESC LIMIT 1`, newID())
	for list, n := range want {
		var seen []hub.ID
		for after, pages := "", 0; ; pages++ {
			page, err := w.reader.Astray(t.Context(), key(hub.RoleOperator), reading.AstrayQuery{List: list, After: after, Limit: 2})
			if err != nil || pages > n {
				t.Fatal(list, pages, err)
			}
			for _, d := range page.Items {
				seen = append(seen, d.ID)
				if d.Why.Cause == "" {
					t.Errorf("%s: %s is not explained", list, d.ID)
				}
			}
			if after = page.Next; after == "" {
				break
			}
		}
		slices.SortFunc(seen, func(a, b hub.ID) int { return slices.Compare(a[:], b[:]) })
		if len(seen) != n || len(slices.Compact(seen)) != n {
			t.Errorf("%s shows %d deliveries, %d of them once, want %d", list, len(seen), len(slices.Compact(seen)), n)
		}
	}
	_, err := w.reader.Astray(t.Context(), at(w.person(), hub.RoleCourtClerk, branch), reading.AstrayQuery{List: reading.Dead})
	code(t, "a court's list", err, hub.CodeForbidden)
	_, err = w.reader.Astray(t.Context(), key(hub.RoleOperator), reading.AstrayQuery{List: "all"})
	code(t, "no list", err, hub.CodeValidation)
}

// A clerk does not learn by a side door that a paper is on its way to themselves.
func TestAClerkDoesNotSeeTheirOwnPaperOnItsWay(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	notice, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	list, err := w.reader.Deliveries(t.Context(), at(w.person(), hub.RoleCourtClerk, branch), notice)
	if err != nil || len(list) != 2 {
		t.Errorf("a colleague sees %d, %v", len(list), err)
	}
	_, err = w.reader.Deliveries(t.Context(), at(person, hub.RoleCourtClerk, branch), notice)
	code(t, "the addressee", err, hub.CodeNotFound)
	_, err = w.reader.Deliveries(t.Context(), at(w.person(), hub.RoleCourtClerk, w.organisation("branch")), notice)
	code(t, "another court", err, hub.CodeNotFound)
}
