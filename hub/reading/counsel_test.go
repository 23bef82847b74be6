package reading_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// lawyer is somebody with a lawyer's grant.
func (w *world) lawyer() access.Principal {
	w.Helper()
	p := at(w.person(), hub.RoleLawyer)
	w.exec(`INSERT INTO grants (id, person, role) VALUES ($1, $2, 'lawyer')`, newID(), p.ID)
	return p
}

// counsel registers a power of attorney; since and until are SQL over hub_now().
func (w *world) counsel(lawyer, client, matter, office hub.ID, scope, since, until string) hub.ID {
	w.Helper()
	id := newID()
	w.exec(`INSERT INTO attorneys (id, case_id, lawyer, client, scope, since, until, organisation, registered_by)
		VALUES ($1, $2, $3, $4, $5, hub_now() + $6::interval, hub_now() + $7::interval, $8, $8)`, id, matter, lawyer, client,
		scope, since, orNil(until), office)
	return id
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// legalPerson is a company with its representatives.
func (w *world) legalPerson(owner, manager, reader access.Principal) hub.ID {
	w.Helper()
	id := newID()
	w.exec(`INSERT INTO persons (id, kind, national_id_ct, national_id_index, name_ct, language)
		VALUES ($1, 'legal', 'x', $2, $3, 'en')`, id, id[:], w.vault.SealText("Company", "persons.name:"+id.String()))
	for role, p := range map[string]access.Principal{"owner": owner, "manager": manager, "reader": reader} {
		w.exec(`INSERT INTO representatives (id, legal_person, person, role) VALUES ($1, $2, $3, $4)`, newID(), id, p.ID, role)
	}
	return id
}

// acting is a person who acts for a legal person.
func acting(p access.Principal, legal hub.ID, role hub.Role) access.Principal {
	p.Mandates = []access.Mandate{{LegalPerson: legal, Role: role}}
	p, _ = p.ActFor(legal)
	return p
}

// DESIGN promise 8: counsel sees the cover until the client opens, and the notice from then on, as long as the power of
// attorney is in force and covers it. What counsel reads is D.6, once (EN 319 522-1).
func TestCounselReadsAfterTheClientOpened(t *testing.T) {
	w := newWorld(t)
	branch, client, lawyer := w.organisation("branch"), w.person(), w.lawyer()
	notice, document := w.submit(paper{submitter: branch, recipient: client.ID})
	pending, _ := w.submit(paper{submitter: branch, recipient: client.ID})
	opponents, _ := w.submit(paper{submitter: branch, recipient: w.person().ID})
	w.arrive(notice, opponents)
	w.open(opponents)
	matter := w.matter(paper{branch: branch, number: "140312345678901234"})
	attorney := w.counsel(lawyer.ID, client.ID, matter, branch, "read", "-1 hour", "")

	item, err := w.reader.Case(t.Context(), lawyer, matter, reading.CaseQuery{})
	if err != nil || len(item.Notices) != 1 || item.Notices[0].Cover.ID != notice || item.Notices[0].Notice != nil {
		t.Fatalf("before E.1: %+v, %v", item, err)
	}
	if len(item.Attorneys) != 1 || item.Attorneys[0].ID != attorney || item.Notices[0].Client != "Given Family" {
		t.Errorf("attorneys %+v, client %q", item.Attorneys, item.Notices[0].Client)
	}
	text, _ := json.Marshal(item)
	for _, hidden := range []string{"secret", "accused", document.String(), "ref-", pending.String(), opponents.String()} {
		if strings.Contains(string(text), hidden) {
			t.Errorf("before E.1 counsel is shown %q", hidden)
		}
	}
	closed := func(when string) {
		t.Helper()
		_, _, err := w.reader.Notice(t.Context(), lawyer, notice)
		code(t, "notice "+when, err, hub.CodeNotFound)
		_, _, err = w.reader.Document(t.Context(), lawyer, notice, document)
		code(t, "document "+when, err, hub.CodeNotFound)
		_, err = w.reader.Receipts(t.Context(), lawyer, notice)
		code(t, "receipts "+when, err, hub.CodeNotFound)
	}
	closed("before E.1")
	w.open(notice)
	for range 2 { // D.6 is issued once
		n, _, err := w.reader.Notice(t.Context(), lawyer, notice)
		if err != nil || n.Subject != secretSubject || len(n.Deliveries) != 0 {
			t.Fatalf("after E.1: %+v, %v", n, err)
		}
		if _, bytes, err := w.reader.Document(t.Context(), lawyer, notice, document); err != nil || string(bytes) != secretBytes {
			t.Errorf("document after E.1: %v", err)
		}
		page, err := w.reader.Cases(t.Context(), lawyer, reading.CaseQuery{})
		if err != nil || len(page.Items) != 1 || page.Items[0].Notices[0].Notice.Subject != secretSubject || page.Items[0].Case.Subject != secretMatter {
			t.Errorf("cases after E.1: %+v, %v", page, err)
		}
	}
	receipts, err := w.reader.Receipts(t.Context(), lawyer, notice)
	if err != nil {
		t.Fatal(err)
	}
	var accesses []string
	for _, r := range receipts {
		if r.Event == hub.EventContentAccess {
			accesses = append(accesses, fmt.Sprint(r.Actor.Kind, r.Actor.ID == lawyer.ID, r.Details["ground"]))
		}
	}
	if want := "lawyertruelawyer/counsel-reads"; !slices.Equal(accesses, []string{want, want}) { // the texts, and the document
		t.Errorf("D.6: %v", accesses)
	}
	w.exec(`UPDATE attorneys SET ended_at = hub_now(), end_reason = 'dismissed' WHERE id = $1`, attorney)
	closed("after dismissal")
	_, err = w.reader.Case(t.Context(), lawyer, matter, reading.CaseQuery{})
	code(t, "case after dismissal", err, hub.CodeNotFound)
	if n, err := w.reader.Opened(t.Context(), client, notice); err != nil || n.Subject != secretSubject {
		t.Errorf("what the client opened stays theirs: %v", err)
	}
}

// Whatever is wrong with a power of attorney, it opens nothing; and no other case or client is opened by it.
func TestCounselBeyondScopeAndTerm(t *testing.T) {
	w := newWorld(t)
	branch, client := w.organisation("branch"), w.person()
	notice, document := w.submit(paper{submitter: branch, recipient: client.ID, number: "1"})
	w.arrive(notice)
	w.open(notice)
	matter := w.matter(paper{branch: branch, number: "1"})
	other := w.matter(paper{branch: branch, number: "2"})
	for _, c := range []struct {
		name      string
		attorney  func(lawyer hub.ID)
		cases     int
		withoutIt func(p access.Principal) access.Principal
	}{
		{"service only", func(l hub.ID) { w.counsel(l, client.ID, matter, branch, "service", "-1 hour", "") }, 1, nil},
		{"not begun", func(l hub.ID) { w.counsel(l, client.ID, matter, branch, "full", "1 hour", "") }, 0, nil},
		{"over", func(l hub.ID) { w.counsel(l, client.ID, matter, branch, "full", "-2 hours", "-1 hour") }, 0, nil},
		{"another client", func(l hub.ID) { w.counsel(l, w.person().ID, matter, branch, "full", "-1 hour", "") }, 1, nil},
		{"another case", func(l hub.ID) { w.counsel(l, client.ID, other, branch, "full", "-1 hour", "") }, 1, nil},
		{"none", func(hub.ID) {}, 0, nil},
		{"no lawyer any more", func(l hub.ID) { w.counsel(l, client.ID, matter, branch, "full", "-1 hour", "") }, 0,
			func(p access.Principal) access.Principal { p.Grants = nil; return p }},
		{"acting for a company", func(l hub.ID) { w.counsel(l, client.ID, matter, branch, "full", "-1 hour", "") }, 0,
			func(p access.Principal) access.Principal {
				return acting(p, w.legalPerson(p, w.person(), w.person()), hub.RoleOwner)
			}},
	} {
		lawyer := w.lawyer()
		c.attorney(lawyer.ID)
		if c.withoutIt != nil {
			lawyer = c.withoutIt(lawyer)
		}
		page, err := w.reader.Cases(t.Context(), lawyer, reading.CaseQuery{})
		shown := 0
		for _, item := range page.Items {
			shown += len(item.Notices)
		}
		if err != nil || len(page.Items) != c.cases || shown != 0 {
			t.Errorf("%s: %d cases, %d papers, %v", c.name, len(page.Items), shown, err)
		}
		_, _, read := w.reader.Notice(t.Context(), lawyer, notice)
		_, _, bytes := w.reader.Document(t.Context(), lawyer, notice, document)
		_, receipts := w.reader.Receipts(t.Context(), lawyer, notice)
		for what, err := range map[string]error{"notice": read, "document": bytes, "receipts": receipts} {
			if got := hub.CodeOf(err); got != hub.CodeNotFound && got != hub.CodeForbidden {
				t.Errorf("%s: %s: %v", c.name, what, err)
			}
		}
	}
}

// CPC 76: a manager opens for the company; a reader sees what was opened, which is D.6; nobody else sees anything.
func TestRepresentativesReadForTheirCompany(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation("branch")
	owner, manager, reader, former := w.person(), w.person(), w.person(), w.person()
	company := w.legalPerson(owner, manager, reader)
	w.exec(`INSERT INTO representatives (id, legal_person, person, role, ended_at) VALUES ($1, $2, $3, 'owner', hub_now())`,
		newID(), company, former.ID)
	opened, document := w.submit(paper{submitter: branch, recipient: company, number: "1"})
	unopened, _ := w.submit(paper{submitter: branch, recipient: company, number: "2"})
	private, _ := w.submit(paper{submitter: branch, recipient: reader.ID, number: "3"})
	w.arrive(opened, unopened, private)
	w.open(opened)

	for role, p := range map[hub.Role]access.Principal{hub.RoleOwner: owner, hub.RoleManager: manager, hub.RoleReader: reader} {
		p = acting(p, company, role)
		page, err := w.reader.Inbox(t.Context(), p, reading.InboxQuery{})
		if err != nil || len(page.Items) != 2 || page.Items[0].Notice != nil || page.Items[1].Notice.Subject != secretSubject {
			t.Errorf("%s: inbox %+v, %v", role, page, err)
		}
		if _, bytes, err := w.reader.Document(t.Context(), p, opened, document); err != nil || string(bytes) != secretBytes {
			t.Errorf("%s: document: %v", role, err)
		}
		cases, err := w.reader.Cases(t.Context(), p, reading.CaseQuery{})
		if err != nil || len(cases.Items) != 2 {
			t.Errorf("%s: cases %+v, %v", role, cases, err)
		}
		_, err = w.reader.Item(t.Context(), p, private)
		code(t, string(role)+": a paper of the reader's own", err, hub.CodeNotFound)
	}
	var tracked int
	err := w.sql.QueryRow(t.Context(), `SELECT count(*) FROM receipts WHERE event = 'ContentAccessTracking' AND notice = $1
		AND actor = $2 AND actor_kind = 'delegate' AND details->>'ground' = 'reader/represented'`, opened.String(), reader.ID.String()).Scan(&tracked)
	if err != nil || tracked != 2 { // the texts and the document, by the reader alone
		t.Errorf("D.6: %d, %v", tracked, err)
	}
	if n := w.count(`SELECT count(*) FROM receipts WHERE event = 'ContentAccessTracking'`); n != 2 {
		t.Errorf("%d D.6 in all", n)
	}
	for name, p := range map[string]access.Principal{
		"not acting": reader, "a former owner": acting(former, company, hub.RoleOwner), "a stranger": acting(w.person(), company, hub.RoleOwner),
	} {
		page, err := w.reader.Inbox(t.Context(), p, reading.InboxQuery{})
		if err != nil || len(page.Items) != 0 && page.Items[0].Cover.ID != private {
			t.Errorf("%s: inbox %+v, %v", name, page, err)
		}
		_, err = w.reader.Item(t.Context(), p, opened)
		code(t, name+": item", err, hub.CodeNotFound)
		_, _, err = w.reader.Document(t.Context(), p, opened, document)
		code(t, name+": document", err, hub.CodeNotFound)
		_, err = w.reader.Receipts(t.Context(), p, opened)
		code(t, name+": receipts", err, hub.CodeNotFound)
	}
}

// Whose cases are whose, by pages of any size, the newest first.
func TestCasesOfEverySide(t *testing.T) {
	w := newWorld(t)
	branch, office, elsewhere, person, lawyer := w.organisation("branch"), w.organisation("office"), w.organisation("branch"), w.person(), w.lawyer()
	var all []hub.ID
	for i := range 5 {
		number := fmt.Sprint(i + 1)
		submitter := branch
		if i == 3 {
			submitter = office
		}
		notice, _ := w.submit(paper{submitter: submitter, branch: branch, recipient: person.ID, number: number})
		if i != 0 {
			w.arrive(notice)
		}
		all = append(all, w.matter(paper{branch: branch, number: number}))
	}
	w.counsel(lawyer.ID, person.ID, all[2], office, "full", "-1 hour", "")
	slices.Reverse(all)
	for _, c := range []struct {
		name   string
		p      access.Principal
		number string
		want   []hub.ID
	}{
		{"the branch", at(w.person(), hub.RoleCourtClerk, branch), "", all},
		{"its judge", at(w.person(), hub.RoleJudge, branch), "", all},
		{"its system", key(hub.RoleCourtClerk, branch), "", all},
		{"by number", at(w.person(), hub.RoleCourtClerk, branch), "۳", []hub.ID{all[2]}},
		{"the office", key(hub.RoleOfficeClerk, office), "", []hub.ID{all[1]}},
		{"the party, from arrival on", person, "", all[:4]},
		{"the party, by number", person, "2", []hub.ID{all[3]}},
		{"the party, before arrival", person, "1", nil},
		{"counsel", lawyer, "", []hub.ID{all[2]}},
		{"counsel, of another case", lawyer, "4", nil},
		{"elsewhere", key(hub.RoleCourtClerk, elsewhere), "", nil},
		{"an officer of the branch", at(w.person(), hub.RoleServiceOfficer, branch), "", nil},
		{"a stranger", w.person(), "3", nil},
	} {
		for limit := 1; limit <= 6; limit++ {
			var got []hub.ID
			for q := (reading.CaseQuery{Limit: limit, Number: c.number}); ; {
				page, err := w.reader.Cases(t.Context(), c.p, q)
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				for _, item := range page.Items {
					got = append(got, item.Case.ID)
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s by %d: got %v, want %v", c.name, limit, got, c.want)
			}
		}
		for _, id := range append(all, newID()) {
			_, err := w.reader.Case(t.Context(), c.p, id, reading.CaseQuery{})
			if want := slices.Contains(c.want, id); c.number == "" && (err == nil) != want || err != nil && hub.CodeOf(err) != hub.CodeNotFound {
				t.Errorf("%s: case: %v, want it %v", c.name, err, want)
			}
		}
	}
}

func (w *world) count(query string) (n int) {
	w.Helper()
	if err := w.sql.QueryRow(w.Context(), query).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}
