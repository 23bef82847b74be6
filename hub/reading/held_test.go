package reading_test

import (
	"fmt"
	"slices"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// A power of attorney that ended says what stands on it, and shows nothing of what came in the case, before or after.
func TestHeldEndsWithItsPower(t *testing.T) {
	w := newWorld(t)
	branch, client, lawyer, colleague := w.organisation("branch"), w.person(), w.lawyer(), w.lawyer()
	paperOf := func(number string) (hub.ID, hub.ID) {
		notice, _ := w.submit(paper{submitter: branch, recipient: client.ID, number: number})
		w.arrive(notice)
		return notice, w.matter(paper{branch: branch, number: number})
	}
	older, open := paperOf("1")
	newest, _ := paperOf("1")
	_, over := paperOf("2")
	_, served := paperOf("3")
	w.open(older)
	own, _ := w.submit(paper{submitter: branch, recipient: lawyer.ID, number: "3"})
	w.arrive(own)
	ended := w.counsel(lawyer.ID, client.ID, over, branch, "full", "-2 hours", "-1 hour")
	reads := w.counsel(lawyer.ID, client.ID, open, branch, "full", "-1 hour", "")
	serves := w.counsel(lawyer.ID, client.ID, served, branch, "service", "-1 hour", "")
	w.counsel(colleague.ID, client.ID, served, branch, "full", "-1 hour", "")

	page, err := w.reader.Held(t.Context(), lawyer, reading.HeldQuery{})
	if err != nil || len(page.Items) != 3 || page.Next != "" {
		t.Fatalf("%+v, %v", page, err)
	}
	for i, want := range []struct {
		id      hub.ID
		number  string
		inForce bool
		newest  hub.ID
		waiting int
	}{{serves, "3", true, own, 1}, {reads, "1", true, newest, 1}, {ended, "2", false, hub.ID{}, 0}} {
		h := page.Items[i]
		shown := hub.ID{}
		if h.Newest != nil {
			shown = h.Newest.ID
		}
		if h.Attorney.ID != want.id || h.Case.Number != want.number || h.InForce != want.inForce || shown != want.newest ||
			h.Waiting != want.waiting || h.Client != "Given Family" || h.Branch.ID != branch || h.Case.Subject != "" {
			t.Errorf("%d: %+v, want %+v", i, h, want)
		}
	}
	for state, want := range map[reading.HeldState]int{reading.HeldInForce: 2, reading.HeldOver: 1, reading.HeldAll: 3} {
		if page, err := w.reader.Held(t.Context(), lawyer, reading.HeldQuery{State: state}); err != nil || len(page.Items) != want {
			t.Errorf("%s: %d, %v; want %d", state, len(page.Items), err, want)
		}
	}
	if got := w.looks(lawyer); len(got) != 4 || got[0] != "attorney.hold - lawyer/addressee 3" {
		t.Errorf("looks %v", got)
	}
	for name, p := range map[string]access.Principal{"no lawyer": client, "a key": key(hub.RoleLawyer),
		"acting": acting(lawyer, w.legalPerson(lawyer, w.person(), w.person()), hub.RoleOwner)} {
		_, err := w.reader.Held(t.Context(), p, reading.HeldQuery{})
		code(t, name, err, hub.CodeForbidden)
	}
	_, err = w.reader.Held(t.Context(), lawyer, reading.HeldQuery{State: "some", After: "x", Limit: 1000, Find: "\x00"})
	code(t, "nonsense", err, hub.CodeValidation)
}

// However it is written, a part of a number, a name or one's own reference finds it, and nothing of anybody else's does.
func TestHeldIsFoundByParts(t *testing.T) {
	w := newWorld(t)
	branch, client, lawyer, other := w.organisation("branch"), w.person(), w.lawyer(), w.lawyer()
	note := func(attorney hub.ID, reference string) {
		w.exec(`INSERT INTO attorney_references (attorney, reference_ct) VALUES ($1, $2)`, attorney,
			w.vault.SealText(reference, "attorney_references.reference:"+attorney.String()))
	}
	var all []hub.ID
	for i, reference := range []string{"باغ كوچك ۱۲", "Villa ABC", ""} {
		matter := w.matter(paper{branch: branch, number: fmt.Sprintf("14031234567890%04d", i)})
		id := w.counsel(lawyer.ID, client.ID, matter, branch, "full", "-1 hour", "")
		all = append(all, id)
		if reference != "" {
			note(id, reference)
		}
		note(w.counsel(other.ID, client.ID, matter, branch, "full", "-1 hour", ""), "zzz")
	}
	for find, want := range map[string][]hub.ID{
		"": {all[2], all[1], all[0]}, "باغ کوچک": {all[0]}, "12": {all[2], all[1], all[0]}, "کوچک 12": {all[0]}, "villa": {all[1]}, "given  FAM": {all[2], all[1], all[0]},
		"۱۴۰۳-۱۲۳۴۵۶۷۸۹۰۰۰۰۱": {all[1]}, "0002": {all[2]}, "zzz": nil,
	} {
		for limit := 1; limit <= 3; limit++ {
			var got []hub.ID
			for q := (reading.HeldQuery{Find: find, Limit: limit}); ; {
				page, err := w.reader.Held(t.Context(), lawyer, q)
				if err != nil {
					t.Fatalf("%q: %v", find, err)
				}
				for _, h := range page.Items {
					got = append(got, h.Attorney.ID)
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q by %d: %v, want %v", find, limit, got, want)
			}
		}
	}
}

// A lawyer with hundreds of cases among tens of thousands of everybody's reads their own alone; so does a company.
func TestCounselsListsGoByIndex(t *testing.T) {
	w := newWorld(t)
	branch, client, lawyer, company := w.organisation("branch"), w.person(), w.lawyer(), w.person()
	w.exec(`INSERT INTO cases (id, branch, number, number_typed)
		SELECT gen_random_uuid(), $1, 'c' || i, 'c' || i FROM generate_series(1, 2000) i`, branch)
	for range 10 {
		w.exec(`INSERT INTO attorneys (id, case_id, lawyer, client, scope, since, organisation, registered_by)
			SELECT gen_random_uuid(), id, $1, $2, 'full', hub_now(), $3, $3 FROM cases`, w.lawyer().ID, client.ID, branch)
	}
	w.exec(`INSERT INTO attorneys (id, case_id, lawyer, client, scope, since, organisation, registered_by)
		SELECT gen_random_uuid(), id, $1, $2, 'full', hub_now(), $3, $3 FROM cases LIMIT 600`, lawyer.ID, client.ID, branch)
	w.exec(`INSERT INTO parties (party, case_id) SELECT p, id FROM cases, generate_series(1, 10), gen_random_uuid() p ON CONFLICT DO NOTHING`)
	w.exec(`INSERT INTO parties (party, case_id) SELECT $1, id FROM cases LIMIT 600`, company.ID)
	w.exec(`ANALYZE`)
	before := w.fetched()
	for _, q := range []reading.HeldQuery{{}, {State: reading.HeldInForce, Limit: 25}, {State: reading.HeldOver}, {Find: "c17"}} {
		w.timed(q, func() error { _, err := w.reader.Held(t.Context(), lawyer, q); return err })
	}
	calls := 8 // timed calls twice
	for table, n := range w.fetched() {
		if got := n - before[table]; (table == "attorneys" || table == "parties") && got > calls*2*600 {
			t.Errorf("%d rows of %s were fetched for %d pages of 600 powers of attorney", got, table, calls)
		}
	}
	before = w.fetched()
	for _, q := range []reading.CaseQuery{{Limit: 25}, {Number: "c17"}} {
		w.timed(q, func() error { _, err := w.reader.Cases(t.Context(), company, q); return err })
	}
	for table, n := range w.fetched() {
		if got := n - before[table]; (table == "cases" || table == "parties") && got > 1000 {
			t.Errorf("%d rows of %s were fetched for two pages of a company's cases", got, table)
		}
	}
}

// fetched tells, per table, how many rows were read in any way.
func (w *world) fetched() map[string]int {
	w.Helper()
	read := w.rowsGoneThrough()
	rows, _ := w.sql.Query(w.Context(), `SELECT relname, coalesce(idx_tup_fetch, 0)::int FROM pg_stat_user_tables`)
	for rows.Next() {
		var table string
		var n int
		if err := rows.Scan(&table, &n); err != nil {
			w.Fatal(err)
		}
		read[table] += n
	}
	return read
}
