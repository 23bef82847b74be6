package enrol_test

import (
	"slices"
	"sync"
	"testing"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

func TestOwnNumberChangesOnceTheNewOneIsProved(t *testing.T) {
	w := newWorld(t)
	r := w.enrolled(sara(), saraCode)
	p := w.self(r.ID)
	mobile, email := "0912 000 0009", ""
	got, challenge, err := w.ChangeContact(t.Context(), p, r.ID, enrol.ContactChange{Mobile: &mobile, Email: &email})
	if err != nil || challenge.IsZero() {
		t.Fatalf("ChangeContact: %v, %v", challenge, err)
	}
	if got.Contact.Mobile != "+989120000001" || got.Contact.Email != "" || got.Contact.Address != "خیابان نمونه" {
		t.Errorf("contact before the proof: %+v", got.Contact)
	}
	sealed := []byte(nil)
	if err := w.sql.QueryRow(`SELECT mobile_ct FROM challenges WHERE id = $1`, challenge.String()).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if to, err := w.vault.OpenText(sealed, "challenges.mobile:"+challenge.String()); err != nil || to != "+989120000009" {
		t.Errorf("the code goes to %q, %v: want the new number", to, err)
	}
	other := w.enrolled(enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: "1583250689", GivenName: "رضا",
		FamilyName: "نمونه", Mobile: "09120000003"}, "2718281828")
	code := w.vault.Code(challenge, 6)
	_, err = w.ConfirmContact(t.Context(), w.self(other.ID), challenge, code)
	wantCode(t, "another person's proof", err, hub.CodeUnauthorized)
	_, err = w.ConfirmContact(t.Context(), p, challenge, "00000")
	wantCode(t, "wrong code", err, hub.CodeUnauthorized)
	_, err = w.FinishSignIn(t.Context(), challenge, code, here)
	wantCode(t, "the code as a sign-in", err, hub.CodeUnauthorized)
	got, err = w.ConfirmContact(t.Context(), p, challenge, code)
	if err != nil || got.Contact.Mobile != "+989120000009" || got.Contact.Email != "" {
		t.Errorf("after the proof: %+v, %v", got.Contact, err)
	}
	_, err = w.ConfirmContact(t.Context(), p, challenge, code)
	wantCode(t, "the same code again", err, hub.CodeUnauthorized)
	history, err := w.ContactHistory(t.Context(), p, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []hub.Mobile
	for _, h := range history {
		numbers = append(numbers, h.Mobile)
	}
	if !slices.Equal(numbers, []hub.Mobile{"+989120000009", "+989120000001", "+989120000001"}) {
		t.Errorf("history %v", numbers)
	}
	if !history[0].Until.IsZero() || history[1].Until != history[0].Since || history[2].Until != history[1].Since {
		t.Errorf("the history has gaps: %+v", history)
	}
	if history[0].ChangedBy != r.ID {
		t.Errorf("changed by %v, want the person", history[0].ChangedBy)
	}
}

func TestClerkChangesContactAtOnce(t *testing.T) {
	w := newWorld(t)
	office := w.organisation(hub.OrganisationOffice, "o")
	r := w.enrolled(sara(), saraCode)
	clerk := in(hub.RoleOfficeClerk, office.ID)
	mobile, address := "09120000009", "خیابان دوم\nپلاک ۳"
	got, challenge, err := w.ChangeContact(t.Context(), clerk, r.ID, enrol.ContactChange{Mobile: &mobile, Address: &address})
	if err != nil || !challenge.IsZero() {
		t.Fatalf("ChangeContact: %v, %v", challenge, err)
	}
	if got.Contact.Mobile != "+989120000009" || got.Contact.Address != "خیابان دوم، پلاک ۳" || got.Contact.Email != "sara@example.test" {
		t.Errorf("contact %+v", got.Contact)
	}
	bad, none := "12", ""
	_, _, err = w.ChangeContact(t.Context(), clerk, r.ID, enrol.ContactChange{Mobile: &none, Email: &bad})
	if got := pointers(err); !slices.Equal(got, []string{"/email", "/mobile"}) {
		t.Errorf("named %v, %v", got, err)
	}
	_, _, err = w.ChangeContact(t.Context(), clerk, office.ID, enrol.ContactChange{Address: &address})
	wantCode(t, "nobody there", err, hub.CodeNotFound)
	branch := w.organisation(hub.OrganisationBranch, "b")
	_, _, err = w.ChangeContact(t.Context(), in(hub.RoleCourtClerk, branch.ID), r.ID, enrol.ContactChange{Mobile: &mobile})
	wantCode(t, "court clerk", err, hub.CodeForbidden)
}

// A clerk is a citizen towards themselves: their own number needs the proof too.
func TestClerksOwnNumberNeedsTheProof(t *testing.T) {
	w := newWorld(t)
	office := w.organisation(hub.OrganisationOffice, "o")
	r := w.enrolled(sara(), saraCode)
	if _, err := w.AddStaff(t.Context(), in(hub.RoleAdmin, hub.ID{}), enrol.NewStaff{NationalID: "0076229645",
		Role: hub.RoleOfficeClerk, Organisation: office.ID}); err != nil {
		t.Fatal(err)
	}
	mobile := "09120000009"
	got, challenge, err := w.ChangeContact(t.Context(), w.self(r.ID), r.ID, enrol.ContactChange{Mobile: &mobile})
	if err != nil || challenge.IsZero() || got.Contact.Mobile != "+989120000001" {
		t.Errorf("%+v, %v, %v", got.Contact, challenge, err)
	}
}

func TestRacedChangesLeaveOneContactInForce(t *testing.T) {
	w := newWorld(t)
	office := w.organisation(hub.OrganisationOffice, "o")
	r := w.enrolled(sara(), saraCode)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			address := "خیابان " + string(rune('A'+i))
			if _, _, err := w.ChangeContact(t.Context(), in(hub.RoleOfficeClerk, office.ID), r.ID, enrol.ContactChange{Address: &address}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.count(`SELECT count(*) FROM contacts WHERE person = $1`, r.ID.String()); n != 9 {
		t.Errorf("%d contacts, want 9", n)
	}
	if n := w.count(`SELECT count(*) FROM contacts WHERE person = $1 AND until IS NULL`, r.ID.String()); n != 1 {
		t.Errorf("%d contacts in force, want 1", n)
	}
}

// A new request ends the former one: two numbers cannot both wait for the proof.
func TestSecondNumberEndsTheFirstProof(t *testing.T) {
	w := newWorld(t)
	r := w.enrolled(sara(), saraCode)
	p := w.self(r.ID)
	first, second := "09120000007", "09120000008"
	_, one, err := w.ChangeContact(t.Context(), p, r.ID, enrol.ContactChange{Mobile: &first})
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := w.ChangeContact(t.Context(), p, r.ID, enrol.ContactChange{Mobile: &second})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.ConfirmContact(t.Context(), p, one, w.vault.Code(one, 6))
	wantCode(t, "the first proof", err, hub.CodeUnauthorized)
	got, err := w.ConfirmContact(t.Context(), p, two, w.vault.Code(two, 6))
	if err != nil || got.Contact.Mobile != "+989120000008" {
		t.Errorf("the second proof: %+v, %v", got.Contact, err)
	}
}
