package enrol_test

import (
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

const (
	companyID   = "10380284790"
	companyCode = "7316402958"
)

// demoCompany is a legal person that nobody represents yet.
func demoCompany() enrol.NewRecipient {
	return enrol.NewRecipient{Kind: hub.PersonLegal, NationalID: companyID, Name: "شرکت نمونه", Mobile: "09120000009"}
}

// signInAs goes as far as a personal code and the text lead.
func (w *world) signInAs(nationalID, code string, id hub.ID) (enrol.SignedIn, error) {
	w.t.Helper()
	challenge, err := w.BeginSignIn(w.t.Context(), nationalID, code, here)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.FinishSignIn(w.t.Context(), challenge, w.vault.Code(challenge, hub.PurposeSignIn.Digits()), here)
}

// CPC 76: a legal person is served through people. From the first of them who can sign in and open its papers on, it has
// no sign-in of its own: what was asked before is void as well, and so is every session. Until then, and when none is
// left, it signs in as the office arranged, and is never locked out.
func TestALegalPersonSignsInThroughItsRepresentatives(t *testing.T) {
	w := newWorld(t)
	var ended []hub.ID
	w.options.Ended = func(people ...hub.ID) { ended = append(ended, people...) }
	w.restart(w.options)
	ctx, office := t.Context(), in(hub.RoleOfficeClerk, hub.ID{})
	company := w.enrolled(demoCompany(), companyCode)
	sara := w.enrolled(sara(), saraCode)
	colleague, err := w.Enrol(ctx, in(hub.RoleAdmin, hub.ID{}), enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: "1583250689",
		GivenName: "علی", FamilyName: "نمونه", Mobile: "09120000002"})
	if err != nil {
		t.Fatal(err)
	}
	own := func(when string, want bool) {
		t.Helper()
		in, err := w.signInAs(companyID, companyCode, company.ID)
		_, known := w.PersonPrincipal(ctx, company.ID)
		if got := err == nil && in.Person == company.ID; got != want || (known == nil) != want {
			t.Errorf("%s: signing in %+v, %v; recognised: %v; want %v", when, in, err, known, want)
		}
	}
	own("nobody represents it", true)
	w.exec(`INSERT INTO representatives (id, legal_person, person, role) VALUES ($1, $2, $3, 'owner')`,
		hub.NewID(time.Now()).String(), company.ID.String(), colleague.ID.String())
	own("its owner has no account", true)
	if _, err := w.Appoint(ctx, office, enrol.NewRepresentative{LegalPerson: company.ID, NationalID: string(sara.NationalID), Role: hub.RoleReader}); err != nil {
		t.Fatal(err)
	}
	own("its reader may not open", true)
	w.exec(`UPDATE representatives SET ended_at = hub_now()`)

	asked, err := w.BeginSignIn(ctx, companyID, companyCode, here)
	if err != nil {
		t.Fatal(err)
	}
	session := hub.NewID(time.Now())
	w.exec(`INSERT INTO sessions (token_hash, id, person, data, expires_at) VALUES ($1, $2, $3, '', hub_now() + interval '1 hour')`,
		session[:], session.String(), company.ID.String())
	ended = nil
	_, err = w.Appoint(ctx, office, enrol.NewRepresentative{LegalPerson: company.ID, NationalID: string(sara.NationalID),
		Role: hub.RoleManager, Until: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if len(ended) != 1 || ended[0] != company.ID || w.count(`SELECT count(*) FROM sessions WHERE person = $1`, company.ID.String()) != 0 {
		t.Errorf("its sessions go on; told: %v", ended)
	}
	_, err = w.FinishSignIn(ctx, asked, w.vault.Code(asked, hub.PurposeSignIn.Digits()), here)
	wantCode(t, "a code that was asked for before", err, hub.CodeUnauthorized)
	own("a manager signs in for it", false)
	if p := w.self(sara.ID); len(p.Mandates) != 1 || p.Mandates[0] != (access.Mandate{LegalPerson: company.ID, Role: hub.RoleManager}) {
		t.Errorf("mandates %+v", p.Mandates)
	}
	w.later(2 * time.Hour)
	own("the manager's term is over", true)
	if p := w.self(sara.ID); len(p.Mandates) != 0 {
		t.Errorf("after the term: %+v", p.Mandates)
	}
}

// A term is over by itself, makes room for the next, and an owner with one does not stay for ever: the last who does,
// stays.
func TestRepresentativesHaveTerms(t *testing.T) {
	w := newWorld(t)
	ctx, office := t.Context(), in(hub.RoleOfficeClerk, hub.ID{})
	company := w.enrolled(demoCompany(), companyCode)
	sara := w.enrolled(sara(), saraCode)
	other := w.enrolled(enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: "1583250689", GivenName: "علی", FamilyName: "نمونه",
		Mobile: "09120000002"}, "6293017485")
	appoint := func(of hub.Recipient, role hub.Role, until time.Time) (hub.Representative, error) {
		return w.Appoint(ctx, office, enrol.NewRepresentative{LegalPerson: company.ID, NationalID: string(of.NationalID), Role: role, Until: until})
	}
	_, err := appoint(sara, hub.RoleOwner, time.Now().Add(-time.Minute))
	wantCode(t, "a term in the past", err, hub.CodeValidation)
	if got := pointers(err); len(got) != 1 || got[0] != "/until" {
		t.Errorf("it names %v", got)
	}
	passing, err := appoint(other, hub.RoleOwner, time.Now().Add(time.Hour))
	if err != nil || passing.Until.IsZero() {
		t.Fatalf("%+v, %v", passing, err)
	}
	lasting, err := appoint(sara, hub.RoleOwner, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, "the last owner who stays", w.Dismiss(ctx, office, company.ID, lasting.ID), hub.CodeWrongState)
	_, err = appoint(other, hub.RoleManager, time.Time{})
	wantCode(t, "twice at once", err, hub.CodeWrongState)
	w.later(2 * time.Hour)
	wantCode(t, "ending what is over", w.Dismiss(ctx, office, company.ID, passing.ID), hub.CodeNotFound)
	if _, err = appoint(other, hub.RoleManager, time.Time{}); err != nil {
		t.Errorf("after the term: %v", err)
	}
	list, err := w.Representatives(ctx, office, company.ID)
	if err != nil || len(list) != 3 || list[2].ID != passing.ID || list[2].InForce(time.Now().Add(2*time.Hour)) {
		t.Errorf("%+v, %v", list, err)
	}
}
