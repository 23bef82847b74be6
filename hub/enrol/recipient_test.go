package enrol_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

func TestEnrolKeepsEverythingPersonalAsCiphertext(t *testing.T) {
	w := newWorld(t)
	office := w.organisation(hub.OrganisationOffice, "o-1")
	n := sara()
	n.NationalID, n.Mobile = "۷۶۲۲۹۶۴۵", "+98 912 000 0001" // Persian digits, zeros left out
	r, err := w.Enrol(t.Context(), in(hub.RoleOfficeClerk, office.ID), n)
	if err != nil {
		t.Fatal(err)
	}
	want := hub.Recipient{Kind: hub.PersonNatural, NationalID: "0076229645", GivenName: "سارا", FamilyName: "نمونه",
		Contact:   hub.Contact{Mobile: "+989120000001", Email: "sara@example.test", Address: "خیابان نمونه"},
		Residence: hub.ResidenceDomestic, Language: "fa", TimeZone: "Asia/Tehran"}
	ignore := cmpopts.IgnoreFields(hub.Recipient{}, "ID", "CreatedAt", "Contact.Since")
	if diff := cmp.Diff(want, r, ignore); diff != "" {
		t.Errorf("recipient (-want +got):\n%s", diff)
	}
	row := w.text(`SELECT p::text || c::text || h::text FROM persons p JOIN contacts c ON c.person = p.id
		JOIN challenges h ON h.person = p.id WHERE p.id = $1`, r.ID.String())
	for _, plain := range []string{"0076229645", "سارا", "نمونه", "9120000001", "example.test"} {
		if strings.Contains(row, plain) || strings.Contains(row, hexOf(plain)) {
			t.Errorf("%q stands in the database", plain)
		}
	}
	if got := w.text(`SELECT enrolled_by::text FROM persons WHERE id = $1`, r.ID.String()); got != office.ID.String() {
		t.Errorf("enrolled by %s, want %s", got, office.ID)
	}
	if n := w.count(`SELECT count(*) FROM deliveries d JOIN challenges h ON h.id = d.challenge
		WHERE h.person = $1 AND d.priority = 'code' AND d.status = 'pending' AND d.due_at <= hub_now()
		AND d.expires_at = h.expires_at AND h.expires_at = h.created_at + interval '72 hours'`, r.ID.String()); n != 1 {
		t.Errorf("%d activation codes are due, want 1", n)
	}
	if w.woken.Load() != 1 {
		t.Errorf("woken %d times, want 1", w.woken.Load())
	}
}

func hexOf(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}

// CPC 76: a company is served through who manages it.
func TestLegalPersonNamesARepresentative(t *testing.T) {
	w := newWorld(t)
	manager := w.enrolled(sara(), saraCode)
	company := enrol.NewRecipient{Kind: hub.PersonLegal, NationalID: "10380284790", Name: "شرکت نمونه", Mobile: "09120000002",
		Representative: "1583250689"}
	_, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), company)
	wantCode(t, "representative who is not there", err, hub.CodeValidation)
	company.Representative = "0076229645"
	r, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), company)
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "شرکت نمونه" || r.FullName() != "شرکت نمونه" || r.NationalID != "10380284790" {
		t.Errorf("recipient %+v", r)
	}
	if n := w.count(`SELECT count(*) FROM representatives WHERE legal_person = $1 AND person = $2 AND ended_at IS NULL`,
		r.ID.String(), manager.ID.String()); n != 1 {
		t.Errorf("%d representatives, want 1", n)
	}
}

func TestEnrolNamesEveryFieldAtOnce(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		in   enrol.NewRecipient
		want []string
	}{
		"nothing":         {enrol.NewRecipient{}, []string{"/kind", "/mobile", "/national_id"}},
		"natural, bad":    {enrol.NewRecipient{Kind: "natural", NationalID: "0076229646", GivenName: "a\nb", FamilyName: strings.Repeat("ن", 101), Mobile: "12", Email: "x", Address: "\x00", Residence: "moon", Language: "fr", Name: "x", Representative: "1"}, []string{"/address", "/email", "/family_name", "/given_name", "/language", "/mobile", "/name", "/national_id", "/representative", "/residence"}},
		"natural, empty":  {enrol.NewRecipient{Kind: "natural"}, []string{"/family_name", "/given_name", "/mobile", "/national_id"}},
		"legal, bad":      {enrol.NewRecipient{Kind: "legal", NationalID: "10380284791", GivenName: "x", FamilyName: "x", Mobile: "09120000001", Representative: "1111111111"}, []string{"/family_name", "/given_name", "/name", "/national_id", "/representative"}},
		"legal as person": {enrol.NewRecipient{Kind: "legal", NationalID: "0076229645", Name: "x", Mobile: "09120000001"}, []string{"/national_id"}},
		"all equal id":    {enrol.NewRecipient{Kind: "natural", NationalID: "1111111111", GivenName: "x", FamilyName: "y", Mobile: "09120000001"}, []string{"/national_id"}},
		"hidden order":    {enrol.NewRecipient{Kind: "natural", NationalID: "0076229645", GivenName: "x\u202e", FamilyName: "y", Mobile: "09120000001"}, []string{"/given_name"}},
	} {
		_, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), c.in)
		if got := pointers(err); !slices.Equal(got, c.want) {
			t.Errorf("%s: named %v, want %v", name, got, c.want)
		}
	}
	if n := w.count(`SELECT count(*) FROM persons`); n != 0 {
		t.Errorf("%d persons were kept", n)
	}
	name := enrol.NewRecipient{Kind: "natural", NationalID: "0076229645", GivenName: strings.Repeat("ن", 100), FamilyName: "می\u200cرود", Mobile: "09120000001"}
	r, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), name)
	if err != nil || r.FamilyName != "می\u200cرود" {
		t.Errorf("a name of 100 characters with a non-joiner: %v", err)
	}
}

func TestSecondEnrolmentIsRefusedAndRacedOnesLeaveOnePerson(t *testing.T) {
	w := newWorld(t)
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), sara()) })
	}
	wg.Wait()
	enrolled := 0
	for _, err := range errs {
		if err == nil {
			enrolled++
			continue
		}
		wantCode(t, "raced enrolment", err, hub.CodeAlreadyEnrolled)
		if !strings.Contains(err.Error(), "send the activation code again") {
			t.Errorf("%v does not say what to do", err)
		}
	}
	if enrolled != 1 || w.count(`SELECT count(*) FROM persons`) != 1 || w.count(`SELECT count(*) FROM deliveries`) != 1 {
		t.Errorf("%d of 8 enrolled, with %d persons", enrolled, w.count(`SELECT count(*) FROM persons`))
	}
}

func TestRecipientsAreSeenByWhoMay(t *testing.T) {
	w := newWorld(t)
	branch, office := w.organisation(hub.OrganisationBranch, "b"), w.organisation(hub.OrganisationOffice, "o")
	r := w.enrolled(sara(), saraCode)
	other := w.enrolled(enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: "1583250689", GivenName: "رضا",
		FamilyName: "نمونه", Mobile: "09120000003"}, "2718281828")
	for name, c := range map[string]struct {
		who     access.Principal
		want    hub.Code
		contact bool
	}{
		"office clerk":   {in(hub.RoleOfficeClerk, office.ID), "", true},
		"court clerk":    {in(hub.RoleCourtClerk, branch.ID), "", false},
		"self":           {w.self(r.ID), "", true},
		"another person": {w.self(other.ID), hub.CodeNotFound, false},
		"operator":       {in(hub.RoleOperator, hub.ID{}), hub.CodeForbidden, false},
		"nobody":         {access.Principal{}, hub.CodeUnauthorized, false},
	} {
		got, err := w.Lookup(t.Context(), c.who, "0076229645")
		wantCode(t, name, err, c.want)
		if err == nil && (got.GivenName != "سارا" || (got.Contact.Mobile != "") != c.contact) {
			t.Errorf("%s sees %+v", name, got)
		}
	}
	_, err := w.Recipient(t.Context(), in(hub.RoleOfficeClerk, office.ID), hub.NewID(hub.SystemClock()))
	wantCode(t, "nobody there", err, hub.CodeNotFound)
	_, err = w.Lookup(t.Context(), in(hub.RoleOfficeClerk, office.ID), "12")
	wantCode(t, "not a number", err, hub.CodeValidation)
	if n := w.count(`SELECT count(*) FROM trail WHERE object = $1 AND action = 'recipient.read'`, r.ID.String()); n != 3 {
		t.Errorf("%d looks at the person are recorded, want 3", n)
	}
	if n := w.count(`SELECT count(*) FROM trail WHERE object IS NULL AND count = 0`); n != 1 {
		t.Errorf("%d looks at nobody are recorded, want 1", n)
	}
}

func TestEnrolIsForOfficesAndAdmins(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation(hub.OrganisationBranch, "b")
	_, err := w.Enrol(t.Context(), in(hub.RoleCourtClerk, branch.ID), sara())
	wantCode(t, "court clerk", err, hub.CodeForbidden)
	key := in(hub.RoleOfficeClerk, branch.ID)
	key.Scopes = []access.Scope{access.ScopeRecipientsRead}
	_, err = w.Enrol(t.Context(), key, sara())
	wantCode(t, "key without the scope", err, hub.CodeForbidden)
	_, err = w.Enrol(t.Context(), access.Principal{}, sara())
	wantCode(t, "nobody", err, hub.CodeUnauthorized)
}
