package enrol_test

import (
	"slices"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

func TestStaffIsMadeOrFoundAndRevoked(t *testing.T) {
	w, admin := newWorld(t), in(hub.RoleAdmin, hub.ID{})
	branch := w.organisation(hub.OrganisationBranch, "b")
	n := enrol.NewStaff{NationalID: "0076229645", GivenName: "سارا", FamilyName: "نمونه", Mobile: "09120000001",
		Role: hub.RoleCourtClerk, Organisation: branch.ID}
	grant, err := w.AddStaff(t.Context(), admin, n)
	if err != nil {
		t.Fatal(err)
	}
	_, code := w.newestCode(grant.Person, hub.PurposeActivation)
	if err := w.Activate(t.Context(), n.NationalID, code, saraCode, here); err != nil {
		t.Fatal(err)
	}
	_, err = w.AddStaff(t.Context(), admin, n)
	wantCode(t, "the same grant twice", err, hub.CodeWrongState)
	lawyer, err := w.AddStaff(t.Context(), admin, enrol.NewStaff{NationalID: n.NationalID, Role: hub.RoleLawyer})
	if err != nil || lawyer.Person != grant.Person {
		t.Fatalf("a second role for a known person: %+v, %v", lawyer, err)
	}
	want := []access.Grant{{Role: hub.RoleCourtClerk, Organisation: branch.ID}, {Role: hub.RoleLawyer}}
	if got := w.self(grant.Person).Grants; !slices.Equal(got, want) {
		t.Errorf("grants %v, want %v", got, want)
	}
	for range 2 {
		if revoked, err := w.RevokeStaff(t.Context(), admin, grant.ID); err != nil || revoked.RevokedAt.IsZero() {
			t.Errorf("revoke: %+v, %v", revoked, err)
		}
	}
	if got := w.self(grant.Person).Grants; !slices.Equal(got, want[1:]) {
		t.Errorf("grants after revoking %v, want %v", got, want[1:])
	}
	if _, err := w.AddStaff(t.Context(), admin, n); err != nil {
		t.Errorf("granting again what was revoked: %v", err)
	}
	got, err := w.Staff(t.Context(), admin, lawyer.ID)
	if err != nil || got != lawyer {
		t.Errorf("Staff = %+v, %v, want %+v", got, err, lawyer)
	}
	_, err = w.Staff(t.Context(), admin, branch.ID)
	wantCode(t, "a grant that is not there", err, hub.CodeNotFound)
	_, err = w.Staff(t.Context(), in(hub.RoleCourtClerk, branch.ID), grant.ID)
	wantCode(t, "a clerk asks", err, hub.CodeForbidden)
}

func TestAddStaffNamesEveryFieldAtOnce(t *testing.T) {
	w, admin := newWorld(t), in(hub.RoleAdmin, hub.ID{})
	branch, office := w.organisation(hub.OrganisationBranch, "b"), w.organisation(hub.OrganisationOffice, "o")
	for name, c := range map[string]struct {
		in   enrol.NewStaff
		want []string
	}{
		"nothing":             {enrol.NewStaff{}, []string{"/national_id", "/role"}},
		"all wrong":           {enrol.NewStaff{NationalID: "1", GivenName: "\x07", Mobile: "1", Role: "king"}, []string{"/given_name", "/mobile", "/national_id", "/role"}},
		"stranger, no name":   {enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleLawyer}, []string{"/family_name", "/given_name", "/mobile"}},
		"clerk of no branch":  {enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleCourtClerk}, []string{"/organisation_id"}},
		"clerk of an office":  {enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleCourtClerk, Organisation: office.ID}, []string{"/organisation_id"}},
		"auditor of a branch": {enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleAuditor, Organisation: branch.ID}, []string{"/organisation_id"}},
		"branch not there":    {enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleCourtClerk, Organisation: hub.ID{1}}, []string{"/organisation_id"}},
		"a company as staff":  {enrol.NewStaff{NationalID: "10380284790", Role: hub.RoleLawyer}, []string{"/national_id"}},
		"citizen is no role":  {enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleCitizen}, []string{"/role"}},
	} {
		_, err := w.AddStaff(t.Context(), admin, c.in)
		if got := pointers(err); !slices.Equal(got, c.want) {
			t.Errorf("%s: named %v (%v), want %v", name, got, err, c.want)
		}
	}
	_, err := w.AddStaff(t.Context(), in(hub.RoleOfficeClerk, office.ID), enrol.NewStaff{})
	wantCode(t, "an office clerk adds staff", err, hub.CodeForbidden)
}
