package postgres_test

import (
	"context"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// A paper of a restricted case asks for a fresh proof of whatever kind it is, even where nothing else does.
func TestRestrictedPapersAlwaysAskForAFreshProof(t *testing.T) {
	w := newWorld(t, withKinds(t))
	to := w.someone()
	plain, family := paper("plain", to), paper("family", to)
	family.Case = dispatch.PaperCase{Number: "140012345678900009", Kind: "family"}
	notices := w.submit(plain, family)
	w.deliver()
	stale, fresh := citizen(to), citizen(to)
	stale.SignedInAt, fresh.SignedInAt = time.Now().Add(-6*time.Minute), time.Now()
	if _, err := w.Open(t.Context(), stale, notices[0].ID); err != nil {
		t.Errorf("nothing is asked here of other papers: %v", err)
	}
	if _, err := w.Open(t.Context(), stale, notices[1].ID); hub.CodeOf(err) != hub.CodeConfirmation {
		t.Errorf("opened with an old proof: %v", err)
	}
	w.wantCount(1, `SELECT count(*) FROM opens`)
	if _, err := w.Open(t.Context(), fresh, notices[1].ID); err != nil {
		t.Errorf("with a fresh one: %v", err)
	}
}

// Who brings a restricted case into being works on it. Adding a paper to one is no way into it.
func TestWhoMakesARestrictedCaseWorksOnIt(t *testing.T) {
	k := newKept(t, 90)
	first, second := k.clerk(), k.clerk()
	for _, p := range []access.Principal{first, second, k.court()} {
		paper := paper(newID().String(), k.someone())
		paper.Case = dispatch.PaperCase{Number: "140012345678900010", Kind: "minors"}
		if results, err := k.Submit(t.Context(), p, []dispatch.Paper{paper}, nil); err != nil || results[0].Err != nil {
			t.Fatal(err, results)
		}
	}
	k.wantCount(1, `SELECT count(*) FROM case_assignees WHERE person = $1`, first.ID.String())
	k.wantCount(1, `SELECT count(*) FROM case_assignees`)
	matter := k.caseThat(`restricted`)
	if err := k.keeper.Assign(t.Context(), second, matter, second.ID); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("a clerk let themselves in: %v", err)
	}
	if err := k.keeper.Assign(t.Context(), first, matter, k.someone()); hub.CodeOf(err) != hub.CodeValidation {
		t.Errorf("somebody of no branch was let in: %v", err)
	}
	for range 2 {
		if err := k.keeper.Assign(t.Context(), first, matter, second.ID); err != nil {
			t.Errorf("the one who works on it: %v", err)
		}
	}
	if list, err := k.keeper.Assignees(t.Context(), k.judge, matter); err != nil || len(list) != 2 || list[1].AssignedBy != first.ID {
		t.Errorf("%+v, %v", list, err)
	}
	if err := k.keeper.Unassign(t.Context(), k.judge, matter, second.ID); err != nil {
		t.Errorf("the judge: %v", err)
	}
	if err := k.keeper.Unassign(t.Context(), k.judge, matter, second.ID); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("twice: %v", err)
	}
}

// Whoever works at the branch says of which kind a case is where nobody has, and works on it if that restricts it. Only a
// judge says otherwise, and the restriction goes with the kind.
func TestTheKindOfACaseIsSaidLater(t *testing.T) {
	k := newKept(t, 90)
	general := paper("general", k.someone())
	general.Case = dispatch.PaperCase{Number: "140012345678900011"}
	k.submit(general)
	first, second, matter := k.clerk(), k.clerk(), k.caseThat(`kind = 'general'`)
	for _, c := range []struct {
		name string
		p    access.Principal
		kind string
		want hub.Code
	}{
		{"a clerk, no kind", first, "nonsense", hub.CodeValidation},
		{"a clerk, none", first, "", hub.CodeValidation},
		{"a citizen", citizen(k.someone()), "family", hub.CodeForbidden},
		{"a clerk", first, "family", ""},
		{"the clerk again", first, "family", ""},
		{"the clerk, another", first, "civil", hub.CodeWrongState},
		{"another clerk, who sees it no more", second, "family", hub.CodeNotFound},
		{"a judge", k.judge, "minors", ""},
	} {
		if err := k.keeper.Classify(t.Context(), c.p, matter, c.kind); hub.CodeOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	k.wantCount(1, `SELECT count(*) FROM cases WHERE kind = 'minors' AND restricted`)
	k.wantCount(1, `SELECT count(*) FROM case_assignees WHERE person = $1`, first.ID.String())
	k.wantCount(1, `SELECT count(*) FROM case_assignees`)
	if err := k.keeper.Classify(t.Context(), k.judge, matter, "civil"); err != nil {
		t.Errorf("the judge: %v", err)
	}
	k.wantCount(1, `SELECT count(*) FROM cases WHERE id = $1 AND kind = 'civil' AND NOT restricted`, matter.String())
}

// clerk is somebody who works at the branch.
func (k *kept) clerk() access.Principal {
	k.Helper()
	id := k.someone()
	k.exec(`INSERT INTO grants (id, person, role, organisation) VALUES ($1, $2, 'court_clerk', $3)`, newID().String(), id.String(), k.branch.String())
	return access.Principal{Kind: access.Person, ID: id, Grants: []access.Grant{{Role: hub.RoleCourtClerk, Organisation: k.branch}}}
}

// caseThat is the one case of which something is true.
func (k *kept) caseThat(condition string) hub.ID {
	k.Helper()
	var text string
	if err := k.sql.QueryRow(context.Background(), `SELECT id::text FROM cases WHERE `+condition).Scan(&text); err != nil {
		k.Fatal(err)
	}
	id, err := hub.ParseID(text)
	if err != nil {
		k.Fatal(err)
	}
	return id
}
