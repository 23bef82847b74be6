package reading_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// Of a restricted case (family, minors) the addressee, their counsel, who is assigned to it, the judges of the branch and
// the branch's own system see what they saw; the other people of the branch, and who only reads for a legal person, see
// nothing, and are told what they are told of a case that is not there.
func TestRestrictedCaseIsForFew(t *testing.T) {
	w := newWorld(t)
	branch, owner, reader := w.organisation("branch"), w.person(), w.person()
	company := w.legalPerson(owner, w.person(), reader)
	citizen, lawyer := w.person(), w.lawyer()
	mine, _ := w.submit(paper{submitter: branch, recipient: citizen.ID})
	theirs, _ := w.submit(paper{submitter: branch, recipient: company})
	w.arrive(mine, theirs)
	w.open(mine, theirs)
	matter := w.matter(paper{branch: branch, number: "140312345678901234"})
	w.counsel(lawyer.ID, citizen.ID, matter, branch, "read", "-1 hour", "")
	w.exec(`UPDATE cases SET kind = 'family', restricted = true`)
	assigned, clerk := at(w.person(), hub.RoleCourtClerk, branch), at(w.person(), hub.RoleCourtClerk, branch)
	w.exec(`INSERT INTO case_assignees (case_id, person, assigned_by) VALUES ($1, $2, $2)`, matter, assigned.ID)
	for name, c := range map[string]struct {
		p       access.Principal
		sees    bool
		notices bool // through the submitter's or counsel's way
	}{
		"the addressee":        {citizen, true, false},
		"counsel":              {lawyer, true, true},
		"the assigned clerk":   {assigned, true, true},
		"a judge":              {at(w.person(), hub.RoleJudge, branch), true, true},
		"the branch's system":  {key(hub.RoleCourtClerk, branch), true, true},
		"another clerk":        {clerk, false, false},
		"a judge elsewhere":    {at(w.person(), hub.RoleJudge, w.organisation("branch")), false, false},
		"the company's owner":  {acting(owner, company, hub.RoleOwner), true, false},
		"the company's reader": {acting(reader, company, hub.RoleReader), false, false},
	} {
		item, err := w.reader.Case(t.Context(), c.p, matter, reading.CaseQuery{})
		if c.sees != (err == nil) || err != nil && hub.CodeOf(err) != hub.CodeNotFound {
			t.Errorf("%s: %v, want to see it: %v", name, err, c.sees)
		}
		if c.sees && (!item.Case.Restricted || item.Case.Subject != secretMatter) {
			t.Errorf("%s: the case itself says what it is about, and that it is restricted: %+v", name, item.Case)
		}
		page, err := w.reader.Cases(t.Context(), c.p, reading.CaseQuery{})
		if err != nil || len(page.Items) == 1 != c.sees {
			t.Errorf("%s: lists %d cases, %v", name, len(page.Items), err)
		}
		wantLittle(t, name+"'s list of cases", page)
		if c.p.For.LegalPerson.IsZero() && len(c.p.Grants) > 0 {
			if _, _, err := w.reader.Notice(t.Context(), c.p, mine); (err == nil) != c.notices {
				t.Errorf("%s reads the notice: %v, want %v", name, err, c.notices)
			}
		}
		if c.p.Holds(hub.RoleCourtClerk) {
			list, err := w.reader.Notices(t.Context(), c.p, reading.NoticeQuery{})
			if err != nil || len(list.Items) > 0 != c.sees {
				t.Errorf("%s: lists %d notices, %v", name, len(list.Items), err)
			}
			wantLittle(t, name+"'s list of notices", list)
		}
	}
	inbox, err := w.reader.Inbox(t.Context(), citizen, reading.InboxQuery{})
	if err != nil || len(inbox.Items) != 1 {
		t.Fatal(inbox, err)
	}
	wantLittle(t, "the inbox", inbox)
	if item, err := w.reader.Item(t.Context(), citizen, mine); err != nil || item.Notice.Subject != secretSubject {
		t.Errorf("the paper itself, opened: %+v, %v", item, err)
	}
	shut, err := w.reader.Inbox(t.Context(), acting(reader, company, hub.RoleReader), reading.InboxQuery{})
	if err != nil || len(shut.Items) != 0 {
		t.Errorf("the company's reader has %d papers of a restricted case in the inbox, %v", len(shut.Items), err)
	}
}

// wantLittle finds nothing of what papers are about, and nobody's name, in a list.
func wantLittle(t *testing.T, what string, list any) {
	t.Helper()
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{secretSubject, secretMatter, secretBody, "Given", "Family", "Company"} {
		if strings.Contains(string(text), hidden) {
			t.Errorf("%s shows %q", what, hidden)
		}
	}
}

// Who says who works on a case is told by name who could, and who did something there. Nobody else is told a name.
func TestStaffOfACase(t *testing.T) {
	w := newWorld(t)
	branch, office := w.organisation("branch"), w.organisation("office")
	mine, _ := w.submit(paper{submitter: branch, recipient: w.person().ID})
	w.arrive(mine)
	matter := w.matter(paper{branch: branch, number: "140312345678901234"})
	staff := func(role hub.Role, place hub.ID) access.Principal {
		p := at(w.person(), role, place)
		w.exec(`INSERT INTO grants (id, person, role, organisation) VALUES ($1, $2, $3, $4)`, hub.NewID(time.Now()), p.ID, string(role), place)
		return p
	}
	clerk, judge, elsewhere := staff(hub.RoleCourtClerk, branch), staff(hub.RoleJudge, branch), staff(hub.RoleOfficeClerk, office)
	placer := w.person()
	w.exec(`INSERT INTO legal_holds (id, case_id, reason, placed_by) VALUES ($1, $2, 'demo', $3)`, hub.NewID(time.Now()), matter, placer.ID)
	for name, p := range map[string]access.Principal{"the clerk": clerk, "the judge": judge} {
		list, err := w.reader.Staff(t.Context(), p, matter)
		found := map[hub.ID]bool{}
		for _, somebody := range list {
			found[somebody.ID] = somebody.Works
			if somebody.Name == "" {
				t.Errorf("%s: somebody has no name", name)
			}
		}
		if works, there := found[placer.ID]; err != nil || len(list) != 2 || !found[clerk.ID] || works || !there {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
	for name, p := range map[string]access.Principal{"an office": elsewhere, "a citizen": w.person(), "a judge elsewhere": staff(hub.RoleJudge, w.organisation("branch"))} {
		if list, err := w.reader.Staff(t.Context(), p, matter); err == nil || len(list) > 0 {
			t.Errorf("%s is told %+v", name, list)
		}
	}
	w.exec(`UPDATE cases SET kind = 'family', restricted = true`)
	if list, err := w.reader.Staff(t.Context(), clerk, matter); hub.CodeOf(err) != hub.CodeNotFound || len(list) > 0 {
		t.Errorf("a clerk who does not work on it: %+v, %v", list, err)
	}
}
