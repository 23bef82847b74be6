package web

import (
	"context"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

func (h *fakeHub) BeginSignIn(context.Context, string, string) (hub.ID, error) {
	return fakeID(77), h.fault
}

func (h *fakeHub) FinishSignIn(_ context.Context, challenge hub.ID, code string) (hub.ID, error) {
	if challenge == fakeID(77) && code == "123456" {
		return citizen, nil
	}
	return hub.ID{}, hub.Refuse(hub.CodeUnauthorized, "")
}

func (h *fakeHub) Activate(_ context.Context, nationalID, code, personal string) error {
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

func (h *fakeHub) Lookup(_ context.Context, p access.Principal, nationalID string) (hub.Recipient, error) {
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
	return hub.Recipient{ID: id, Kind: hub.PersonNatural, NationalID: goodID, GivenName: "مریم", FamilyName: "نمونه‌زاده",
		Residence: hub.ResidenceDomestic, Contact: hub.Contact{Mobile: "+989120000007"}}, nil
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
		operator: {Role: hub.RoleOperator}, carrier: {Role: hub.RoleServiceOfficer, Organisation: branch},
	}
	if g, ok := role[id]; ok {
		p.Grants = []access.Grant{g}
	}
	return p, nil
}

func (fakeSessions) Start(_ *http.Request, person hub.ID) (*http.Cookie, error) {
	return &http.Cookie{Name: "fake_session", Value: person.String(), Path: "/", HttpOnly: true}, nil
}

func (fakeSessions) End(*http.Request) (*http.Cookie, error) {
	return &http.Cookie{Name: "fake_session", Path: "/", MaxAge: -1}, nil
}
