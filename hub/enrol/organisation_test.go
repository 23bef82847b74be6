package enrol_test

import (
	"slices"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

func TestOrganisationIsMadeChangedAndListed(t *testing.T) {
	w, admin := newWorld(t), in(hub.RoleAdmin, hub.ID{})
	a := w.organisation(hub.OrganisationBranch, "b-1")
	b := w.organisation(hub.OrganisationBranch, "b-2")
	c := w.organisation(hub.OrganisationOffice, "b-1") // a code is unique per kind
	_, err := w.CreateOrganisation(t.Context(), admin, hub.Organisation{Kind: hub.OrganisationBranch, Code: "b-1", Name: "x"})
	wantCode(t, "code that is taken", err, hub.CodeValidation)
	if got := pointers(err); !slices.Equal(got, []string{"/code"}) {
		t.Errorf("named %v", got)
	}
	_, err = w.CreateOrganisation(t.Context(), admin, hub.Organisation{Kind: "ministry", Name: "a\tb"})
	if got := pointers(err); !slices.Equal(got, []string{"/code", "/kind", "/name"}) {
		t.Errorf("named %v", got)
	}
	name, province := "شعبه نمونه", "تهران"
	changed, err := w.ChangeOrganisation(t.Context(), admin, a.ID, enrol.OrganisationPatch{Name: &name, Province: &province})
	if err != nil || changed.Name != name || changed.Province != province || changed.Code != "b-1" {
		t.Errorf("changed: %+v, %v", changed, err)
	}
	first, next, err := w.Organisations(t.Context(), admin, enrol.OrganisationQuery{Kind: hub.OrganisationBranch, Limit: 1})
	if err != nil || len(first) != 1 || first[0].ID != a.ID || next != a.ID {
		t.Fatalf("first page: %v, %v, %v", first, next, err)
	}
	second, next, err := w.Organisations(t.Context(), admin, enrol.OrganisationQuery{Kind: hub.OrganisationBranch, Limit: 1, After: next})
	if err != nil || len(second) != 1 || second[0].ID != b.ID || !next.IsZero() {
		t.Errorf("second page: %v, %v, %v", second, next, err)
	}
	own, _, err := w.Organisations(t.Context(), in(hub.RoleOfficeClerk, c.ID), enrol.OrganisationQuery{})
	if err != nil || len(own) != 1 || own[0].ID != c.ID {
		t.Errorf("a clerk sees %v, %v", own, err)
	}
	_, err = w.Organisation(t.Context(), in(hub.RoleOfficeClerk, c.ID), a.ID)
	wantCode(t, "a clerk asks for another's", err, hub.CodeNotFound)
	_, err = w.ChangeOrganisation(t.Context(), in(hub.RoleOfficeClerk, c.ID), c.ID, enrol.OrganisationPatch{Name: &name})
	wantCode(t, "a clerk changes their own", err, hub.CodeForbidden)
	_, err = w.ChangeOrganisation(t.Context(), admin, hub.NewID(hub.SystemClock()), enrol.OrganisationPatch{Name: &name})
	wantCode(t, "one that is not there", err, hub.CodeNotFound)
}

func TestDisabledOrganisationMayDoNothing(t *testing.T) {
	w, admin := newWorld(t), in(hub.RoleAdmin, hub.ID{})
	branch := w.organisation(hub.OrganisationBranch, "b")
	r := w.enrolled(sara(), saraCode)
	if _, err := w.AddStaff(t.Context(), admin, enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleCourtClerk, Organisation: branch.ID}); err != nil {
		t.Fatal(err)
	}
	key, _, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "demo court", Role: hub.RoleCourtClerk, Organisation: branch.ID})
	if err != nil {
		t.Fatal(err)
	}
	may := func() (person, system bool) {
		_, err := access.Decide(w.self(r.ID), access.NoticeSubmit, access.Object{Organisation: branch.ID})
		_, keyErr := w.Authenticate(t.Context(), key)
		return err == nil, keyErr == nil
	}
	for _, disabled := range []bool{false, true, false} {
		if _, err := w.ChangeOrganisation(t.Context(), admin, branch.ID, enrol.OrganisationPatch{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
		if person, system := may(); person == disabled || system == disabled {
			t.Errorf("disabled %v: staff may %v, key may %v", disabled, person, system)
		}
	}
	disabled := true
	if _, err := w.ChangeOrganisation(t.Context(), admin, branch.ID, enrol.OrganisationPatch{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	_, err = w.AddStaff(t.Context(), admin, enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleServiceOfficer, Organisation: branch.ID})
	wantCode(t, "staff of a disabled branch", err, hub.CodeValidation)
}
