package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

func (h *fakeHub) BeginSignIn(context.Context, string, string, enrol.Origin) (hub.ID, error) {
	return fakeID(77), h.fault
}

func (h *fakeHub) FinishSignIn(_ context.Context, challenge hub.ID, code string, _ enrol.Origin) (enrol.SignedIn, error) {
	switch {
	case challenge == fakeID(77) && code == "123456":
		return enrol.SignedIn{Person: citizen, Proof: challenge}, nil
	case challenge == fakeID(77) && code == "654321":
		return enrol.SignedIn{Factor: hub.FactorTOTP, Challenge: fakeID(78)}, nil
	case challenge == fakeID(78) && code == "246802":
		return enrol.SignedIn{Factor: hub.FactorTOTP, Person: clerk, Proof: challenge}, nil
	}
	return enrol.SignedIn{}, hub.Refuse(hub.CodeUnauthorized, "")
}

// SignInOutside knows the clerk by one subject.
func (h *fakeHub) SignInOutside(_ context.Context, issuer, subject string, _ enrol.Origin) (enrol.SignedIn, error) {
	if issuer == "https://id.example" && subject == "clerk" {
		return enrol.SignedIn{Factor: hub.FactorTOTP, Challenge: fakeID(78)}, nil
	}
	return enrol.SignedIn{}, hub.Refuse(hub.CodeUnauthorized, "")
}

func (h *fakeHub) BeginConfirm(_ context.Context, p access.Principal) (hub.ID, hub.Factor, error) {
	if p.ID == clerk {
		return fakeID(79), hub.FactorTOTP, nil
	}
	return fakeID(79), hub.FactorNone, nil
}

func (h *fakeHub) FinishConfirm(_ context.Context, _ access.Principal, challenge hub.ID, code string) error {
	if challenge == fakeID(79) && code == "123456" {
		return nil
	}
	return hub.Refuse(hub.CodeUnauthorized, "")
}

func (h *fakeHub) ProvePersonalCode(_ context.Context, _ access.Principal, code string) error {
	if code == "9081726354" {
		return nil
	}
	return hub.Refuse(hub.CodeUnauthorized, "")
}

func (h *fakeHub) HasFactor(_ context.Context, p access.Principal) (bool, error) {
	return p.ID != citizen, nil
}

// AskExport asks for a fresh proof of whoever signed in more than five minutes ago.
func (h *fakeHub) AskExport(_ context.Context, p access.Principal) (enrol.Export, error) {
	if noon.Sub(p.SignedInAt) > 5*time.Minute {
		return enrol.Export{}, hub.Refuse(hub.CodeConfirmation, "")
	}
	h.copies = append(h.copies, enrol.Export{ID: fakeID(90), AskedAt: noon, ExpiresAt: noon.Add(24 * time.Hour)},
		enrol.Export{ID: fakeID(91), AskedAt: noon, ExpiresAt: noon.Add(24 * time.Hour), TakenAt: noon},
		enrol.Export{ID: fakeID(92), AskedAt: noon.Add(-25 * time.Hour), ExpiresAt: noon.Add(-time.Hour)})
	return h.copies[0], nil
}

func (h *fakeHub) Exports(context.Context, access.Principal) ([]enrol.Export, error) {
	return append([]enrol.Export(nil), h.copies...), nil
}

func (h *fakeHub) BeginFactor(context.Context, access.Principal) (enrol.NewFactor, error) {
	return h.PendingFactor(nil, access.Principal{})
}

func (h *fakeHub) PendingFactor(context.Context, access.Principal) (enrol.NewFactor, error) {
	return enrol.NewFactor{Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", URI: "otpauth://totp/Eblagh:test?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}, nil
}

func (h *fakeHub) ConfirmFactor(_ context.Context, _ access.Principal, code string) ([]string, error) {
	if code != "123456" && code != "۱۲۳۴۵۶" {
		return nil, hub.Refuse(hub.CodeValidation, "")
	}
	return []string{"abcd-efgh-ijkl-mnop", "qrst-uvwx-yz23-4567"}, nil
}

func (h *fakeHub) RemoveFactor(_ context.Context, p access.Principal) error {
	if noon.Sub(p.SignedInAt) > time.Minute {
		return hub.Refuse(hub.CodeConfirmation, "")
	}
	return nil
}

func (h *fakeHub) Activate(_ context.Context, nationalID, code, personal string, _ enrol.Origin) error {
	var wrong hub.Problems
	if personal == "1234567890" {
		wrong.Add("/personal_code", "weak", "")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if code != "12345678" {
		return hub.Refuse(hub.CodeUnauthorized, "")
	}
	h.activated = append(h.activated, nationalID+" "+personal)
	return nil
}

func (h *fakeHub) Enrol(_ context.Context, p access.Principal, n enrol.NewRecipient) (hub.Recipient, error) {
	if _, err := access.May(p, access.RecipientEnrol); err != nil {
		return hub.Recipient{}, err
	}
	var wrong hub.Problems
	if _, _, err := hub.ParsePersonID(n.NationalID); err != nil {
		wrong.Add("/national_id", "national-id", "")
	}
	if _, err := hub.ParseMobile(n.Mobile); err != nil {
		wrong.Add("/mobile", "mobile", "")
	}
	if err := wrong.Err(); err != nil {
		return hub.Recipient{}, err
	}
	if n.NationalID == strangerID {
		return hub.Recipient{}, hub.Refuse(hub.CodeAlreadyEnrolled, "")
	}
	h.enrolled = append(h.enrolled, n)
	return hub.Recipient{ID: fakeID(50)}, nil
}

func (h *fakeHub) SendActivation(context.Context, access.Principal, hub.ID) error {
	h.codesSent++
	return h.fault
}

func (h *fakeHub) Recover(_ context.Context, _ access.Principal, _ hub.ID, n enrol.NewRecovery) error {
	var wrong hub.Problems
	if !slices.Contains(hub.Proofs, n.Proof) {
		wrong.Add("/proof", "unknown", "")
	}
	if _, err := hub.ParseMobile(n.Mobile); n.Mobile != "" && err != nil {
		wrong.Add("/mobile", "mobile", "")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	h.codesSent++
	return nil
}

func (h *fakeHub) Lookup(_ context.Context, p access.Principal, nationalID string) (hub.Recipient, error) {
	var wrong hub.Problems
	if _, _, err := hub.ParsePersonID(nationalID); err != nil {
		wrong.Add("/national_id", "national-id", "")
		return hub.Recipient{}, wrong.Err()
	}
	if nationalID != goodID {
		return hub.Recipient{}, hub.ErrNotFound
	}
	return hub.Recipient{ID: fakeID(50)}, nil
}

func (h *fakeHub) Recipient(_ context.Context, p access.Principal, id hub.ID) (hub.Recipient, error) {
	if h.fault != nil {
		return hub.Recipient{}, h.fault
	}
	if _, err := access.Decide(p, access.RecipientRead, access.Object{Person: id}); err != nil {
		return hub.Recipient{}, err
	}
	r := hub.Recipient{ID: id, Kind: hub.PersonNatural, NationalID: goodID, GivenName: "مریم", FamilyName: "نمونه‌زاده",
		Residence: hub.ResidenceDomestic, Contact: hub.Contact{Mobile: "+989120000007"}}
	if id == fakeID(51) {
		r.ActivatedAt = noon
	}
	if id == company {
		r.Kind, r.Name, r.GivenName, r.FamilyName, r.ActivatedAt = hub.PersonLegal, "شرکت نمونه‌سازان", "", "", noon
	}
	return r, nil
}

// fakeSessions keep the person in the cookie itself.
type fakeSessions struct{}

func (fakeSessions) Principal(r *http.Request) (access.Principal, error) {
	c, err := r.Cookie("fake_session")
	if err != nil || c.Value == "" {
		return access.Principal{}, nil
	}
	id, err := hub.ParseID(c.Value)
	if err != nil {
		return access.Principal{}, err
	}
	p := access.Principal{Kind: access.Person, ID: id, SignedInAt: noon}
	role := map[hub.ID]access.Grant{
		clerk: {Role: hub.RoleCourtClerk, Organisation: branch}, officer: {Role: hub.RoleOfficeClerk, Organisation: fakeID(8)},
		operator: {Role: hub.RoleOperator}, counsel: {Role: hub.RoleLawyer}, carrier: {Role: hub.RoleServiceOfficer, Organisation: branch},
		judge:   {Role: hub.RoleJudge, Organisation: branch},
		auditor: {Role: hub.RoleAuditor}, head: {Role: hub.RoleJudge, Organisation: branch},
	}
	if id == novice {
		p.Grants, p.Unready = []access.Grant{{Role: hub.RoleCourtClerk, Organisation: branch}}, true
	}
	if id == director {
		p.Mandates = []access.Mandate{{LegalPerson: company, Role: hub.RoleOwner}}
		p, _ = p.ActFor(company) // their browser says so
	}
	if g, ok := role[id]; ok {
		p.Grants = []access.Grant{g}
	}
	if _, err := r.Cookie("fake_stale"); err == nil {
		p.SignedInAt = noon.Add(-time.Hour)
	}
	return p, nil
}

func (fakeSessions) Rise(r *http.Request, gained signin.Rise) (*http.Cookie, error) {
	c, err := r.Cookie("fake_session")
	if err != nil {
		return nil, hub.Refuse(hub.CodeUnauthorized, "")
	}
	return &http.Cookie{Name: "fake_session", Value: c.Value, Path: "/", HttpOnly: true}, nil
}

func (fakeSessions) List(context.Context, hub.ID) ([]hub.Session, error) {
	return []hub.Session{{CreatedAt: noon, SeenAt: noon, Device: "android chrome"},
		{ID: fakeID(70), CreatedAt: noon.Add(-time.Hour), SeenAt: noon.Add(-time.Minute), Device: "windows firefox"}}, nil
}

func (fakeSessions) Revoke(_ context.Context, _, session hub.ID) error {
	if session != fakeID(70) {
		return hub.ErrNotFound
	}
	return nil
}

func (fakeSessions) RevokeOthers(context.Context, access.Principal) (int, error) { return 1, nil }

func (fakeSessions) Start(_ *http.Request, person hub.ID, _ hub.Factor, proof hub.ID) (*http.Cookie, error) {
	if proof.IsZero() {
		return nil, hub.Refuse(hub.CodeUnauthorized, "")
	}
	return &http.Cookie{Name: "fake_session", Value: person.String(), Path: "/", HttpOnly: true}, nil
}

func (fakeSessions) End(*http.Request) (*http.Cookie, error) {
	return &http.Cookie{Name: "fake_session", Path: "/", MaxAge: -1}, nil
}
