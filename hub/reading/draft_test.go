package reading_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// draft is a draft of a branch, made as dispatch makes them.
func (w *world) draft(branch hub.ID, author access.Principal, to hub.ID, priority hub.Priority) (id, document hub.ID) {
	w.Helper()
	id, document = newID(), newID()
	w.exec(`INSERT INTO documents (id, submitter, sha256, size, media_type, file_name_ct) VALUES ($1, $2, sha256($3), 12, 'application/pdf', $4)`,
		document, branch, []byte(document.String()), w.vault.SealText(secretName, "documents.file_name:"+document.String()))
	paper, err := json.Marshal(hub.DraftPaper{Case: hub.DraftCase{Number: "1", Subject: secretMatter}, Capacity: "accused",
		Addressee: hub.DraftAddressee{Recipient: to}, Subject: secretSubject, Body: secretBody, Documents: []hub.ID{document}})
	if err != nil {
		w.Fatal(err)
	}
	w.exec(`INSERT INTO drafts (id, submitter, author, author_kind, paper_ct, expires_at, reference, kind, priority, case_number, branch,
		recipient, documents, case_key, restricted) VALUES ($1, $2, $3, $4, $5, hub_now() + interval '1 day', $9, 'judgment', $6, '1', $2, $7, ARRAY[$8]::uuid[], '1', false)`,
		id, branch, author.ID, string(author.Kind), w.vault.SealText(string(paper), "drafts.paper:"+id.String()), string(priority), to, document, "r-"+id.String())
	return id, document
}

func TestDraftIsReadByItsOrganisation(t *testing.T) {
	w := newWorld(t)
	branch, elsewhere, to := w.organisation("branch"), w.organisation("branch"), w.person()
	author, judge := at(w.person(), hub.RoleCourtClerk, branch), at(w.person(), hub.RoleJudge, branch)
	w.exec(`UPDATE persons SET national_id_ct = $2 WHERE id = $1`, to.ID, w.vault.SealText("0076229645", "persons.national_id:"+to.ID.String()))
	id, document := w.draft(branch, author, to.ID, hub.PriorityNormal)
	for name, p := range map[string]access.Principal{"a judge": judge, "the author": author, "a system": key(hub.RoleCourtClerk, branch)} {
		d, err := w.reader.Draft(t.Context(), p, id)
		if err != nil || d.Paper.Subject != secretSubject || d.Paper.Body != secretBody || len(d.Documents) != 1 ||
			d.Documents[0].FileName != secretName || d.Addressee.Name != "Given Family" || d.Addressee.NationalID != "0076229645" ||
			d.Author.Name != "Given Family" || d.Author.NationalID != "" {
			t.Errorf("%s reads %+v, %v", name, d, err)
		}
		if _, bytes, err := w.reader.DraftDocument(t.Context(), p, id, document); err != nil || string(bytes) != secretBytes {
			t.Errorf("%s reads the document: %v", name, err)
		}
	}
	if got, want := w.looks(judge), []string{fmt.Sprintf("draft.read %s judge/same 1", id), fmt.Sprintf("draft.read %s judge/same 1", document)}; !slices.Equal(got, want) {
		t.Errorf("looks %q", got)
	}
	_, others := w.draft(branch, author, to.ID, hub.PriorityNormal)
	_, _, err := w.reader.DraftDocument(t.Context(), judge, id, others)
	code(t, "a document of another draft", err, hub.CodeNotFound)
	for name, c := range map[string]struct {
		p    access.Principal
		want hub.Code
	}{
		"nobody": {access.Principal{}, hub.CodeUnauthorized}, "the addressee": {to, hub.CodeForbidden},
		"a clerk elsewhere":             {at(w.person(), hub.RoleCourtClerk, elsewhere), hub.CodeNotFound},
		"an officer":                    {at(w.person(), hub.RoleServiceOfficer, branch), hub.CodeForbidden},
		"the addressee, who works here": {at(to, hub.RoleCourtClerk, branch), hub.CodeNotFound},
	} {
		_, err := w.reader.Draft(t.Context(), c.p, id)
		code(t, name, err, c.want)
		_, _, err = w.reader.DraftDocument(t.Context(), c.p, id, document)
		code(t, name+", its document", err, c.want)
		page, err := w.reader.Drafts(t.Context(), c.p, reading.DraftQuery{})
		if len(page.Items) > 0 || (c.want == hub.CodeNotFound) != (err == nil) {
			t.Errorf("%s lists %d drafts, %v", name, len(page.Items), err)
		}
	}
	// Nobody reads it as the paper of a notice, either.
	_, _, err = w.reader.Document(t.Context(), to, id, document)
	code(t, "the addressee by the inbox", err, hub.CodeNotFound)
	// Once it is over, there is nothing to read.
	w.exec(`UPDATE drafts SET state = 'withdrawn', paper_ct = NULL WHERE id = $1`, id)
	d, err := w.reader.Draft(t.Context(), judge, id)
	if err != nil || d.Paper.Subject != "" || len(d.Documents) != 0 || d.Addressee.Name != "" {
		t.Errorf("what was withdrawn: %+v, %v", d, err)
	}
	_, _, err = w.reader.DraftDocument(t.Context(), judge, id, document)
	code(t, "a document of what was withdrawn", err, hub.CodeNotFound)
}

// Every draft is on exactly one page: urgent ones first, then by age.
func TestDraftsAreListedByUrgency(t *testing.T) {
	w := newWorld(t)
	branch, other, to := w.organisation("branch"), w.organisation("branch"), w.person()
	author := at(w.person(), hub.RoleCourtClerk, branch, other)
	var want [3][]hub.ID
	for i, priority := range []hub.Priority{"bulk", "urgent", "normal", "urgent", "bulk", "normal", "normal"} {
		id, _ := w.draft([]hub.ID{branch, other}[i%2], author, to.ID, priority)
		rank := slices.Index([]hub.Priority{"urgent", "normal", "bulk"}, priority)
		want[rank] = append(want[rank], id)
	}
	var got []hub.ID
	for q := (reading.DraftQuery{Limit: 2}); ; {
		page, err := w.reader.Drafts(t.Context(), author, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Items {
			got = append(got, d.ID)
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if !slices.Equal(got, slices.Concat(want[0], want[1], want[2])) {
		t.Errorf("listed %v, want %v", got, want)
	}
	_, err := w.reader.Drafts(t.Context(), author, reading.DraftQuery{State: "lost", After: "no mark", Limit: 1000})
	if got := pointers(err); !slices.Equal(got, []string{"/state", "/after", "/limit"}) {
		t.Errorf("named %q", got)
	}
	page, err := w.reader.Drafts(t.Context(), at(w.person(), hub.RoleCourtClerk, branch), reading.DraftQuery{Mine: true})
	if err != nil || len(page.Items) != 0 {
		t.Errorf("a colleague's own: %d, %v", len(page.Items), err)
	}
}

// A forgotten check in a handler leaks nothing of a draft: row-level security holds it back by itself.
func TestRowSecurityOfDrafts(t *testing.T) {
	w := newWorld(t)
	branch, elsewhere, to := w.organisation("branch"), w.organisation("branch"), w.person()
	author := at(w.person(), hub.RoleCourtClerk, branch)
	id, _ := w.draft(branch, author, to.ID, hub.PriorityNormal)
	w.draft(branch, at(to, hub.RoleCourtClerk, branch), to.ID, hub.PriorityNormal) // by its own addressee
	w.exec(`INSERT INTO four_eyes_changes (id, organisation, people, keys, asked_by) VALUES ($1, $2, true, false, $1)`, newID(), branch)
	for name, c := range map[string]struct {
		p                     access.Principal
		drafts, people, asked int
	}{
		"nobody": {}, "a stranger": {p: w.person()}, "the addressee": {p: to},
		"a clerk":                       {at(w.person(), hub.RoleCourtClerk, branch), 2, 2, 0},
		"a judge":                       {at(w.person(), hub.RoleJudge, branch), 2, 2, 1},
		"the addressee, who works here": {at(to, hub.RoleCourtClerk, branch), 1, 0, 0},
		"an officer":                    {at(w.person(), hub.RoleServiceOfficer, branch), 0, 0, 0},
		"a judge elsewhere":             {at(w.person(), hub.RoleJudge, elsewhere), 0, 0, 0},
		"an operator":                   {at(w.person(), hub.RoleOperator, hub.ID{}), 0, 0, 1},
		"an operator's system":          {key(hub.RoleOperator), 0, 0, 0},
		"an auditor":                    {key(hub.RoleAuditor), 0, 0, 0},
		"a lawyer":                      {key(hub.RoleLawyer), 0, 0, 0},
	} {
		got := [3]int{w.visible(c.p, "drafts"), w.visible(c.p, "hub_draft_people('"+id.String()+"')"), w.visible(c.p, "four_eyes_changes")}
		if want := [3]int{c.drafts, c.people, c.asked}; got != want {
			t.Errorf("%s sees %v, want %v", name, got, want)
		}
	}
}
