package enrol_test

import (
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// somebody is a person in a role, nobody else's.
func (w *world) somebody(role hub.Role, at hub.ID) access.Principal {
	w.t.Helper()
	p := in(role, at)
	p.Kind, p.ID = access.Person, hub.NewID(hub.SystemClock())
	return p
}

func TestFourEyesEaseByTwo(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation(hub.OrganisationBranch, "b").ID
	judge, operator := w.somebody(hub.RoleJudge, branch), w.somebody(hub.RoleOperator, hub.ID{})
	change := func(by access.Principal, people, keys bool, want hub.Code) hub.FourEyes {
		t.Helper()
		f, err := w.ChangeFourEyes(t.Context(), by, hub.FourEyesChange{Organisation: branch, People: people, Keys: keys})
		if hub.CodeOf(err) != want {
			t.Errorf("people %v keys %v: %v, want %q", people, keys, err, want)
		}
		return f
	}
	holds := func(what string, f hub.FourEyes, people, keys, asked bool) {
		t.Helper()
		if f.People != people || f.Keys != keys || f.Asked.ID.IsZero() == asked {
			t.Errorf("%s: %+v", what, f)
		}
	}
	change(judge, false, true, hub.CodeValidation)
	holds("one switches on", change(judge, true, true, ""), true, true, false)
	holds("one asks to ease", change(judge, true, false, ""), true, true, true)
	holds("the same one again", change(judge, true, false, ""), true, true, true)
	holds("another asks for something else", change(operator, false, false, ""), true, true, true)
	holds("the first agrees", change(judge, false, false, ""), false, false, false)
	holds("on again", change(operator, true, false, ""), true, false, false)
	holds("asked", change(judge, false, false, ""), true, false, true)
	holds("outvoted", change(operator, true, false, ""), true, false, false)
	holds("asked anew", change(operator, false, false, ""), true, false, true)
	w.later(25 * time.Hour)
	holds("asked too long ago", change(judge, false, false, ""), true, false, true)
	holds("tightened meanwhile", change(judge, true, true, ""), true, true, false)
	w.exec(`INSERT INTO persons (id, kind, national_id_ct, national_id_index, name_ct) VALUES ($1, 'legal', 'x', 'x', 'x')`, branch.String())
	w.exec(`INSERT INTO drafts (id, submitter, author, author_kind, paper_ct, expires_at, reference, kind, priority, case_number,
		branch, recipient, documents, case_key, restricted) VALUES ($1, $1, $1, 'person', 'x', now() + interval '3 days', 'r', 'order', 'normal', '1', $1, $1, '{}', '1', false)`,
		branch.String())
	change(judge, false, false, hub.CodeWrongState)
	change(operator, false, false, hub.CodeWrongState)
	var history int
	if err := w.sql.QueryRow(`SELECT count(*) FROM four_eyes_changes WHERE in_force_at IS NOT NULL AND (agreed_by IS NOT NULL) =
		NOT people`).Scan(&history); err != nil || history != 4 {
		t.Errorf("%d changes are on record, %v", history, err)
	}
}

func TestWhoChangesFourEyes(t *testing.T) {
	w := newWorld(t)
	branch, office := w.organisation(hub.OrganisationBranch, "b").ID, w.organisation(hub.OrganisationOffice, "o").ID
	key := in(hub.RoleOperator, hub.ID{})
	key.Kind, key.ID, key.Scopes = access.Key, hub.NewID(hub.SystemClock()), access.Scopes
	for name, c := range map[string]struct {
		by   access.Principal
		at   hub.ID
		want hub.Code
	}{
		"nobody":                    {access.Principal{}, branch, hub.CodeUnauthorized},
		"a clerk":                   {w.somebody(hub.RoleCourtClerk, branch), branch, hub.CodeForbidden},
		"a system":                  {key, branch, hub.CodeForbidden},
		"a judge":                   {w.somebody(hub.RoleJudge, branch), branch, ""},
		"a judge elsewhere":         {w.somebody(hub.RoleJudge, office), branch, hub.CodeNotFound},
		"a manager":                 {w.somebody(hub.RoleOfficeManager, office), office, ""},
		"an admin":                  {w.somebody(hub.RoleAdmin, hub.ID{}), office, ""},
		"for nothing that is there": {w.somebody(hub.RoleAdmin, hub.ID{}), hub.NewID(hub.SystemClock()), hub.CodeNotFound},
	} {
		_, err := w.ChangeFourEyes(t.Context(), c.by, hub.FourEyesChange{Organisation: c.at, People: true})
		wantCode(t, name, err, c.want)
		_, err = w.FourEyes(t.Context(), c.by, c.at)
		wantCode(t, name+" looks", err, c.want)
	}
}

// Two who ask at once are asking and agreeing, in whatever order.
func TestFourEyesAskedAtOnce(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation(hub.OrganisationBranch, "b").ID
	judge := w.somebody(hub.RoleJudge, branch)
	if _, err := w.ChangeFourEyes(t.Context(), judge, hub.FourEyesChange{Organisation: branch, People: true}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, by := range []access.Principal{judge, judge, w.somebody(hub.RoleOperator, hub.ID{})} {
		wg.Go(func() {
			if _, err := w.ChangeFourEyes(t.Context(), by, hub.FourEyesChange{Organisation: branch}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f, err := w.FourEyes(t.Context(), judge, branch)
	if err != nil || f.People || !f.Asked.ID.IsZero() {
		t.Errorf("in the end: %+v, %v", f, err)
	}
}
