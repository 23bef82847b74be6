package reading_test

import (
	"fmt"
	"strings"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

const secretAddress = "secret address"

// task hands an arrived paper to the officers of a branch, as hub/ladder does.
func (w *world) task(notice, organisation hub.ID) hub.ID {
	w.Helper()
	id, contact := newID(), newID()
	var recipient string
	if err := w.sql.QueryRow(w.Context(), `SELECT recipient::text FROM notices WHERE id = $1`, notice.String()).Scan(&recipient); err != nil {
		w.Fatal(err)
	}
	w.exec(`UPDATE persons SET given_name_ct = $2, family_name_ct = $3 WHERE id = $1`, recipient,
		w.vault.SealText("demo", "persons.given_name:"+recipient), w.vault.SealText("person", "persons.family_name:"+recipient))
	w.exec(`INSERT INTO contacts (id, person, address_ct, changed_by) VALUES ($1, $2, $3, $2) ON CONFLICT DO NOTHING`, contact,
		recipient, w.vault.SealText(secretAddress, "contacts.address:"+recipient))
	w.exec(`INSERT INTO officer_tasks (id, notice, organisation, submitter, recipient, contact, created_at, due_at)
		SELECT $2, n.id, $3, n.submitter, n.recipient, c.id, hub_now(), hub_now() + interval '2 days'
		FROM notices n JOIN contacts c ON c.person = n.recipient WHERE n.id = $1`, notice, id, organisation)
	return id
}

func (w *world) take(task, officer hub.ID) {
	w.exec(`UPDATE officer_tasks SET state = 'taken', taken_by = $2, taken_at = hub_now() WHERE id = $1`, task, officer)
}

// officerAt is a service officer who has a row of their own.
func (w *world) officerAt(organisation hub.ID) access.Principal {
	return at(w.person(), hub.RoleServiceOfficer, organisation)
}

// An officer sees whom to go to with what, and no word of what it says until they carry it themselves.
func TestOfficerSeesCovers(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation("branch")
	officer, colleague := w.officerAt(branch), w.officerAt(branch)
	notice, document := w.submit(paper{submitter: branch, recipient: w.person().ID, kind: "summons"})
	w.arrive(notice)
	task := w.task(notice, branch)
	w.take(task, colleague.ID)
	page, err := w.reader.Tasks(t.Context(), officer, reading.TaskQuery{})
	if err != nil || len(page.Items) != 1 || page.Next != "" {
		t.Fatalf("%+v, %v", page, err)
	}
	one, err := w.reader.Task(t.Context(), officer, task)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []hub.Carried{page.Items[0], one} {
		if c.Task.ID != task || c.Task.TakenBy != colleague.ID || c.Cover.ID != notice || c.Cover.Kind != "summons" || c.Name != "demo person" ||
			c.Address != secretAddress || c.Documents != 1 || c.RecipientKind != hub.PersonNatural || c.Cover.Branch.ID != branch {
			t.Errorf("task %+v", c)
		}
		for _, secret := range []string{secretSubject, secretBody, secretMatter, secretName} {
			if strings.Contains(fmt.Sprintf("%+v", c), secret) {
				t.Errorf("shows %q", secret)
			}
		}
	}
	for _, p := range []access.Principal{officer, w.officerAt(w.organisation("branch"))} {
		if _, err := w.reader.TaskPaper(t.Context(), p, task); hub.CodeOf(err) != hub.CodeNotFound {
			t.Errorf("the paper of who does not carry it: %v", err)
		}
		if _, _, err := w.reader.TaskDocument(t.Context(), p, task, document); hub.CodeOf(err) != hub.CodeNotFound {
			t.Errorf("a document of who does not carry it: %v", err)
		}
	}
	n, err := w.reader.TaskPaper(t.Context(), colleague, task)
	if err != nil || n.Subject != secretSubject || n.Body != secretBody || n.Case.Subject != "" || len(n.Documents) != 1 || n.Documents[0].FileName != secretName {
		t.Errorf("the paper of who carries it: %+v, %v", n, err)
	}
	d, bytes, err := w.reader.TaskDocument(t.Context(), colleague, task, document)
	if err != nil || d.ID != document || string(bytes) != secretBytes {
		t.Errorf("its document: %+v, %v", d, err)
	}
	if _, _, err := w.reader.TaskDocument(t.Context(), colleague, task, newID()); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("a document of another paper: %v", err)
	}
	w.wantLooks(t, officer, access.TaskWork, 2)
	w.wantLooks(t, colleague, access.TaskWork, 2)
}

func (w *world) wantLooks(t *testing.T, p access.Principal, action access.Action, want int) {
	t.Helper()
	var got int
	err := w.sql.QueryRow(w.Context(), `SELECT count(*) FROM trail WHERE principal = $1 AND action = $2 AND role = 'service_officer'`,
		p.ID.String(), string(action)).Scan(&got)
	if err != nil || got != want {
		t.Errorf("%d looks, %v; want %d", got, err, want)
	}
}

// Once a task is over, nobody is told any more where its addressee lives, nor what the paper says.
func TestTaskThatIsOver(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation("branch")
	officer := w.officerAt(branch)
	notice, document := w.submit(paper{submitter: branch, recipient: w.person().ID})
	w.arrive(notice)
	task := w.task(notice, branch)
	w.take(task, officer.ID)
	w.exec(`UPDATE officer_tasks SET state = 'withdrawn', withdrawn_at = hub_now(), reason = 'opened' WHERE id = $1`, task)
	c, err := w.reader.Task(t.Context(), officer, task)
	if err != nil || c.Name != "" || c.Address != "" || c.Task.Reason != hub.ReasonOpened {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := w.reader.TaskPaper(t.Context(), officer, task); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("its paper: %v", err)
	}
	if _, _, err := w.reader.TaskDocument(t.Context(), officer, task, document); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("its document: %v", err)
	}
	page, err := w.reader.Tasks(t.Context(), officer, reading.TaskQuery{State: hub.TaskWithdrawn})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%+v, %v", page, err)
	}
	if page, err = w.reader.Tasks(t.Context(), officer, reading.TaskQuery{}); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}

// Others' tasks answer like none at all; so does a paper to the officer themselves.
func TestWhoSeesTasks(t *testing.T) {
	w := newWorld(t)
	branch, elsewhere := w.organisation("branch"), w.organisation("branch")
	addressee := w.officerAt(branch)
	notice, _ := w.submit(paper{submitter: branch, recipient: addressee.ID})
	w.arrive(notice)
	task := w.task(notice, branch)
	for name, c := range map[string]struct {
		p    access.Principal
		want hub.Code
	}{
		"nobody":           {access.Principal{}, hub.CodeUnauthorized},
		"the addressee":    {addressee, hub.CodeNotFound},
		"another branch's": {w.officerAt(elsewhere), hub.CodeNotFound},
		"its clerk":        {at(w.person(), hub.RoleCourtClerk, branch), hub.CodeForbidden},
		"a clerk here, officer elsewhere": {at(at(w.person(), hub.RoleCourtClerk, branch), hub.RoleServiceOfficer, elsewhere),
			hub.CodeNotFound},
		"a key of an officer": {at(access.Principal{Kind: access.Key, ID: newID(), Scopes: access.Scopes}, hub.RoleServiceOfficer, branch),
			hub.CodeForbidden},
		"an officer of it": {w.officerAt(branch), ""},
	} {
		if _, err := w.reader.Task(t.Context(), c.p, task); hub.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		page, err := w.reader.Tasks(t.Context(), c.p, reading.TaskQuery{})
		if c.want == hub.CodeNotFound {
			c.want = ""
			if len(page.Items) != 0 {
				t.Errorf("%s lists %d tasks", name, len(page.Items))
			}
		}
		if hub.CodeOf(err) != c.want {
			t.Errorf("%s lists: %v", name, err)
		}
	}
}

// Pages of what is to do run from the oldest on, pages of what is over from the newest; none is shown twice or left out.
func TestPagesOfTasks(t *testing.T) {
	w := newWorld(t)
	branches := []hub.ID{w.organisation("branch"), w.organisation("branch")}
	officer := at(w.person(), hub.RoleServiceOfficer, branches...)
	var tasks []hub.ID
	for i := range 7 {
		notice, _ := w.submit(paper{submitter: branches[i%2], recipient: w.person().ID})
		w.arrive(notice)
		tasks = append(tasks, w.task(notice, branches[i%2]))
		if i%3 == 0 {
			w.take(tasks[i], officer.ID)
		}
	}
	walk := func(state hub.TaskState) (seen []hub.ID) {
		for after := ""; ; {
			page, err := w.reader.Tasks(t.Context(), officer, reading.TaskQuery{State: state, Limit: 2, After: after})
			if err != nil || len(page.Items) > 2 {
				t.Fatal(page, err)
			}
			for _, c := range page.Items {
				seen = append(seen, c.Task.ID)
			}
			if after = page.Next; after == "" {
				return seen
			}
		}
	}
	if got := walk(""); fmt.Sprint(got) != fmt.Sprint(tasks) {
		t.Errorf("to do: %v, want %v", got, tasks)
	}
	w.exec(`UPDATE officer_tasks SET state = 'withdrawn', withdrawn_at = hub_now(), reason = 'opened'`)
	var newest []hub.ID
	for _, id := range tasks {
		newest = append([]hub.ID{id}, newest...)
	}
	if got := walk(hub.TaskWithdrawn); fmt.Sprint(got) != fmt.Sprint(newest) {
		t.Errorf("over: %v, want %v", got, newest)
	}
	for _, q := range []reading.TaskQuery{{State: "lost"}, {Limit: 1000}, {After: "x"}} {
		if _, err := w.reader.Tasks(t.Context(), officer, q); hub.CodeOf(err) != hub.CodeValidation {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// The court sees how far the informing of its notice has come, and the officer's return in full.
func TestClimbOfANotice(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation("branch")
	officer := w.officerAt(branch)
	notice, _ := w.submit(paper{submitter: branch, recipient: w.person().ID})
	w.arrive(notice)
	w.exec(`INSERT INTO timers (id, kind, notice, ladder, rung, due_at) VALUES ($1, 'ladder', $2, 'ir.1', 'paper', hub_now())`, newID(), notice)
	w.exec(`INSERT INTO rungs (notice, name, ladder, at, delivery) VALUES ($1, 'second_sms', 'ir.1', hub_now(), $1)`, notice)
	clerk := key(hub.RoleCourtClerk, branch)
	n, _, err := w.reader.Notice(t.Context(), clerk, notice)
	if err != nil || len(n.Climb.Done) != 1 || n.Climb.Done[0].Name != "second_sms" || n.Climb.Next != "paper" || n.Climb.NextAt.IsZero() ||
		!n.Climb.Task.ID.IsZero() {
		t.Errorf("%+v, %v", n.Climb, err)
	}
	task, back := w.task(notice, branch), newID()
	w.take(task, officer.ID)
	w.exec(`UPDATE persons SET given_name_ct = $2, family_name_ct = $3 WHERE id = $1`, officer.ID,
		w.vault.SealText("demo", "persons.given_name:"+officer.ID.String()), w.vault.SealText("officer", "persons.family_name:"+officer.ID.String()))
	w.exec(`INSERT INTO officer_returns (id, task, officer, outcome, relation, receiver_ct, place_ct, served_at, date_words, created_at)
		VALUES ($1, $2, $3, 'to_household', 'spouse', $4, $5, hub_now(), 'words', hub_now() + interval '1 s')`, back, task, officer.ID,
		w.vault.SealText("receiver", "officer_returns.receiver:"+back.String()), w.vault.SealText("place", "officer_returns.place:"+back.String()))
	n, _, err = w.reader.Notice(t.Context(), clerk, notice)
	if err != nil || n.Climb.Task.ID != task || len(n.Climb.Task.Returns) != 1 {
		t.Fatalf("%+v, %v", n.Climb, err)
	}
	if r := n.Climb.Task.Returns[0]; r.Receiver != "receiver" || r.Place != "place" || r.Note != "" || r.Name != "demo officer" ||
		r.Outcome != hub.PaperToHousehold || r.Relation != "spouse" || r.DateWords != "words" {
		t.Errorf("return %+v", r)
	}
}
