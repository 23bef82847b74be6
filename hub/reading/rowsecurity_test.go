package reading_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// If every check of hub/access were forgotten, the store would still show a stranger nothing, and an addressee nothing
// of a paper before it is opened.
func TestStoreShowsStrangersNothing(t *testing.T) {
	w := newWorld(t)
	branch, elsewhere, person := w.organisation("branch"), w.organisation("branch"), w.person()
	notice, document := w.submit(paper{submitter: branch, recipient: person.ID})
	opened, openedDocument := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(notice, opened)
	w.open(opened)

	for name, p := range map[string]access.Principal{
		"nobody": {}, "a stranger": w.person(), "the addressee": person,
		"a clerk elsewhere": at(w.person(), hub.RoleCourtClerk, elsewhere), "a system elsewhere": key(hub.RoleOfficeClerk, elsewhere),
		"an operator": at(w.person(), hub.RoleOperator), "an admin": key(hub.RoleAdmin), "a lawyer": at(w.person(), hub.RoleLawyer),
	} {
		own := p.ID == person.ID
		err := w.db.ReadAs(t.Context(), p, func(v reading.View) error {
			inbox, err := v.Inbox(t.Context(), person.ID, reading.InboxFilter{State: reading.StateAll, Limit: 9})
			expect(t, name, "inbox", len(inbox), own, 2, err)
			covers, err := v.Covers(t.Context(), person.ID, 0, 9)
			expect(t, name, "covers", len(covers), own, 2, err)
			for _, paper := range append(inbox, covers...) {
				if s := paper.Sealed; paper.Notice.ID == notice && (s.Subject != nil || s.Body != nil || s.CaseSubject != nil ||
					s.FileNames != nil || paper.Notice.Documents != nil || paper.Notice.Capacity != "") {
					t.Errorf("%s: the store hands out %+v", name, paper)
				}
			}
			standings, err := v.Walk(t.Context(), reading.Walk{Submitters: []hub.ID{branch}, Limit: 9})
			expect(t, name, "walk", len(standings), own, 2, err) // as the addressee of both; it tells no content
			papers, err := v.Submitted(t.Context(), []hub.ID{notice, opened})
			expect(t, name, "submitted", len(papers), false, 0, err)
			evidence, err := v.Evidence(t.Context(), notice)
			expect(t, name, "evidence", len(evidence), own, 2, err)
			for what, id := range map[hub.ID]hub.ID{notice: document, opened: openedDocument} {
				_, err = v.OpenedDocument(t.Context(), what, id)
				if (err == nil) != (own && what == opened) || err != nil && hub.CodeOf(err) != hub.CodeNotFound {
					t.Errorf("%s: document: %v", name, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func expect(t *testing.T, who, what string, got int, own bool, want int, err error) {
	t.Helper()
	if !own {
		want = 0
	}
	if err != nil || got != want {
		t.Errorf("%s: %s: got %d, %v; want %d", who, what, got, err, want)
	}
}

// TestRowSecurity counts the rows of every table that the app role may read, as each principal, without any condition.
func TestRowSecurity(t *testing.T) {
	w := newWorld(t)
	branch, elsewhere, person, other := w.organisation("branch"), w.organisation("branch"), w.person(), w.person()
	carriers := w.organisation("branch")
	for _, recipient := range []access.Principal{person, other} {
		pending, _ := w.submit(paper{submitter: branch, recipient: recipient.ID, number: "1"})
		arrived, _ := w.submit(paper{submitter: branch, recipient: recipient.ID, number: "2"})
		opened, _ := w.submit(paper{submitter: branch, recipient: recipient.ID, number: "3"})
		w.arrive(arrived, opened)
		w.open(opened)
		w.exec(`INSERT INTO corrections (corrects, notice) VALUES ($1, $2), ($2, $3)`, opened, arrived, pending)
		w.exec(`INSERT INTO contacts (id, person, changed_by) VALUES ($1, $2, $2)`, newID(), recipient.ID)
		w.exec(`INSERT INTO inbox_cursors (recipient, last) VALUES ($1, 2)`, recipient.ID)
		w.exec(`INSERT INTO attempts (delivery, n, provider) SELECT id, 1, 'x' FROM deliveries WHERE notice = $1`, pending)
	}
	w.exec(`INSERT INTO timers (id, kind, notice, ladder, rung, due_at) SELECT id, 'ladder', id, 'ir.1', 'paper', now() FROM notices`)
	w.exec(`INSERT INTO rungs (notice, name, ladder, at, reason) SELECT id, 'paper', 'ir.1', now(), 'no_officer' FROM notices`)
	w.exec(`INSERT INTO officer_tasks (id, notice, organisation, submitter, recipient, contact, created_at, due_at, state, taken_by, taken_at)
		SELECT n.id, n.id, $2, $1, n.recipient, c.id, now() - interval '1 day', now(), 'taken', n.recipient, now() FROM notices n
		JOIN contacts c ON c.person = n.recipient JOIN inbox i ON i.notice = n.id`, branch, carriers)
	w.exec(`INSERT INTO officer_returns (id, task, officer, outcome, relation, place_ct, served_at, date_words, created_at)
		SELECT id, id, recipient, 'affixed', '', 'x', now(), 'x', now() FROM officer_tasks`)
	w.exec(`INSERT INTO holds (id, channel, reason, created_by) VALUES ($1, 'sms', 'demo', $1)`, newID())
	w.exec(`INSERT INTO document_bytes (document, bytes_ct) SELECT id, 'x' FROM documents`)
	w.exec(`INSERT INTO grants (id, person, role) VALUES ($1, $2, 'lawyer')`, newID(), person.ID)
	w.exec(`INSERT INTO representatives (id, legal_person, person, role) VALUES ($1, $2, $3, 'owner')`, newID(), other.ID, newPerson(w))

	counsel := w.lawyer()
	for number, term := range map[string][2]string{"3": {"-1 hour", ""}, "2": {"-2 hours", "-1 hour"}, "1": {"1 hour", ""}} {
		client := person
		if number == "1" {
			client = other
		}
		w.counsel(counsel.ID, client.ID, w.matter(paper{branch: branch, number: number}), branch, "read", term[0], term[1])
	}
	w.exec(`INSERT INTO attorney_references (attorney, reference_ct) SELECT id, 'x' FROM attorneys`)
	w.exec(`INSERT INTO accesses (notice, part, actor, ground) SELECT id, id, $1, 'lawyer/counsel-reads' FROM notices`, counsel.ID)

	const tables = "persons contacts representatives grants documents document_bytes cases notices notice_refs deliveries " +
		"attempts inbox inbox_cursors opens receipts corrections holds timers rungs officer_tasks officer_returns officer_papers officer_documents " +
		"attorneys parties hub_held('ffffffff-ffff-ffff-ffff-ffffffffffff',100)"
	for _, c := range []struct {
		name string
		p    access.Principal
		want string
	}{
		{"nobody", access.Principal{}, "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"},
		{"a stranger", access.Principal{Kind: access.Person, ID: newID()}, "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"},
		{"an addressee", person, "2 1 0 1 1 1 2 2 0 6 2 2 1 1 5 1 0 0 0 0 0 0 0 2 2 0"},
		{"their counsel in one case", counsel, "2 0 0 1 1 1 1 1 0 0 0 1 0 1 3 0 0 0 0 0 0 0 0 3 0 3"},
		{"the branch's system", key(hub.RoleCourtClerk, branch), "4 0 0 0 6 6 3 6 6 12 4 4 0 2 12 4 0 6 6 4 4 0 0 3 0 0"},
		{"a system elsewhere", key(hub.RoleCourtClerk, elsewhere), "4 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"},
		{"an office elsewhere", key(hub.RoleOfficeClerk, elsewhere), "4 2 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"},
		{"an operator", key(hub.RoleOperator), "0 0 0 0 0 0 0 0 0 12 4 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0"},
		{"an auditor", key(hub.RoleAuditor), "0 0 0 0 0 0 0 0 0 12 4 0 0 0 12 0 1 0 0 0 0 0 0 0 0 0"},
		{"an admin", key(hub.RoleAdmin), "4 2 1 2 0 0 0 0 0 12 4 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0"},
		{"an officer", at(access.Principal{Kind: access.Person, ID: newID()}, hub.RoleServiceOfficer, carriers), "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 4 4 4 0 0 0 0"},
		{"the addressee as officer", at(person, hub.RoleServiceOfficer, carriers), "2 1 0 1 1 1 2 2 0 6 2 2 1 1 5 1 0 0 0 2 2 2 0 2 2 0"},
		{"a carrier elsewhere", at(access.Principal{Kind: access.Person, ID: newID()}, hub.RoleServiceOfficer, elsewhere), "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"},
		{"a lawyer", key(hub.RoleLawyer), "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"},
	} {
		var got []string
		for table := range strings.FieldsSeq(tables) {
			got = append(got, fmt.Sprint(w.visible(c.p, table)))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s sees\n%s\n got %s\nwant %s", c.name, tables, strings.Join(got, " "), c.want)
		}
	}
	for _, table := range []string{"challenges", "sessions", "idempotency_keys", "incidents", "reports",
		"ledger_queue", "trail", "trail_hours", "trail_parts", "trail_detached", "accesses", "attorney_references"} {
		if n := w.visible(key(hub.RoleAdmin), table); n != -1 {
			t.Errorf("the app role may read %s", table)
		}
	}
}

func newPerson(w *world) hub.ID { return w.person().ID }

// visible counts the rows of a table that the app role sees as a principal, -1 when it may not look at all.
func (w *world) visible(p access.Principal, table string) (count int) {
	w.Helper()
	var roles, organisations, carries, heads []string
	for _, g := range p.Grants {
		roles = append(roles, string(g.Role))
		switch {
		case g.Organisation.IsZero():
		case g.Role == hub.RoleServiceOfficer:
			carries = append(carries, g.Organisation.String())
		default:
			organisations = append(organisations, g.Organisation.String())
		}
		if g.Role == hub.RoleJudge || g.Role == hub.RoleOfficeManager {
			heads = append(heads, g.Organisation.String())
		}
	}
	person := ""
	if !p.PersonID().IsZero() {
		person = p.PersonID().String()
	}
	err := pgx.BeginFunc(w.Context(), w.sql, func(tx pgx.Tx) error {
		_, err := tx.Exec(w.Context(), `SELECT set_config('eblagh.person', $1, true), set_config('role', 'eblagh_app', true),
			set_config('eblagh.organisations', $2::uuid[]::text, true), set_config('eblagh.roles', $3::text[]::text, true),
			set_config('eblagh.carries_for', $4::uuid[]::text, true), set_config('eblagh.heads', $5::uuid[]::text, true)`, person,
			organisations, roles, carries, heads)
		if err != nil {
			w.Fatal(err)
		}
		return tx.QueryRow(context.Background(), "SELECT count(*) FROM "+table).Scan(&count)
	})
	if err != nil && strings.Contains(err.Error(), "permission denied") {
		return -1
	}
	if err != nil {
		w.Fatal(err)
	}
	return count
}
