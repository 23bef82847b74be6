package web

import (
	"context"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/reading"
	"eblagh/hub/trail"
)

// Looks, Trail and Keys tell of what the fake says.
func (h *fakeHub) Looks(_ context.Context, _ access.Principal, q reading.LooksQuery) (reading.LooksPage, error) {
	at := time.Date(2026, 3, 21, 6, 30, 0, 0, time.UTC)
	notice := q.Notice
	if notice.IsZero() {
		notice = hub.ID{1}
	}
	return reading.LooksPage{Items: []reading.LookRow{
		{At: at, Kind: access.Key, Role: hub.RoleCourtClerk, Organisation: "شعبهٔ ۱ نمونه", Action: access.NoticeRead, Notices: []hub.ID{notice}},
		{At: at, Kind: access.Person, Role: hub.RoleAuditor, Action: access.ReceiptRead, Notices: []hub.ID{notice}},
		{At: at, Kind: access.Person, Role: hub.RoleOfficeClerk, Organisation: "دفتر نمونه", Action: access.RecipientRead},
	}, Next: "more"}, nil
}

func (h *fakeHub) Trail(_ context.Context, p access.Principal, _ reading.TrailQuery) (reading.TrailPage, error) {
	if _, err := access.May(p, access.TrailRead); err != nil {
		return reading.TrailPage{}, err
	}
	e := trail.EntryOf(access.Look{ID: hub.ID{1}, Principal: hub.ID{2}, Kind: access.Person, Role: hub.RoleCourtClerk,
		Action: access.NoticeRead, Object: hub.ID{3}, Ground: "court_clerk/same", Count: 3})
	e.At, e.From = time.Date(2026, 3, 21, 6, 30, 0, 0, time.UTC), trail.From{Place: trail.Public, Device: "windows firefox"}
	return reading.TrailPage{Items: []trail.Entry{e, {Kind: trail.Nobody, Outcome: trail.Refused, Route: "GET /inbox"}}, Next: "more"}, nil
}

func (h *fakeHub) Keys(_ context.Context, p access.Principal, _ hub.ID, _ int) ([]enrol.ListedKey, error) {
	if _, err := access.May(p, access.KeyRead); err != nil {
		return nil, err
	}
	at := time.Date(2026, 3, 21, 6, 30, 0, 0, time.UTC)
	return []enrol.ListedKey{
		{ID: hub.ID{1}, Name: "سامانهٔ نمونه", Role: hub.RoleCourtClerk, Scopes: []access.Scope{access.ScopeNoticesWrite}, ExpiresAt: at.AddDate(5, 0, 0), LastUsedAt: at, OverlapUntil: at},
		{ID: hub.ID{2}, Name: "demo", Role: hub.RoleOfficeClerk, ExpiresAt: at.AddDate(5, 0, 0), RevokedAt: at},
	}, nil
}

func (h *fakeHub) RotateKey(_ context.Context, p access.Principal, id hub.ID, _ time.Duration) (string, enrol.ListedKey, error) {
	if _, err := access.May(p, access.KeyRotate); err != nil {
		return "", enrol.ListedKey{}, err
	}
	return "ebk_test_" + strings.Repeat("x", 43), enrol.ListedKey{ID: id, Name: "demo"}, nil
}

func (h *fakeHub) EndKey(_ context.Context, p access.Principal, _ hub.ID) error {
	_, err := access.May(p, access.KeyRevoke)
	return err
}
