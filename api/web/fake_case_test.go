package web

import (
	"cmp"
	"context"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/reading"
)

// Cases and counsel of the fake hub.
var (
	matter   = fakeID(110)
	counsel  = fakeID(7) // a lawyer of the citizen
	director = fakeID(10)
	company  = fakeID(11)
	power    = fakeID(111) // in force
	former   = fakeID(112) // ended
	deputy   = fakeID(113) // a representative of the company
)

func fakeAttorneys() []hub.Attorney {
	return []hub.Attorney{
		{ID: power, Case: matter, Lawyer: counsel, Client: citizen, Scope: hub.AttorneyFull, From: noon.Add(-time.Hour)},
		{ID: former, Case: matter, Lawyer: fakeID(114), Client: citizen, Scope: hub.AttorneyRead, From: noon.Add(-48 * time.Hour),
			Until: noon.Add(time.Hour), EndedAt: noon.Add(-time.Hour), EndReason: hub.AttorneyResigned},
	}
}

func fakeCase() hub.Case {
	return hub.Case{ID: matter, Branch: branch, Number: "140512345678901234", ArchiveNumber: "0500123"}
}

// caseNotices are the two notices of the case, as counsel, the addressee or the court sees them.
func caseNotices(p access.Principal) (list []reading.CaseNotice) {
	for _, item := range []reading.InboxItem{fakeItem(2, newer, "summons", false), fakeItem(1, older, "judgment", true)} {
		n := reading.CaseNotice{Cover: item.Cover, Notice: item.Notice, Service: item.Service, Recipient: citizen}
		if p.ID == counsel {
			n.Client = "مریم نمونه‌زاده"
		}
		list = append(list, n)
	}
	return list
}

func (h *fakeHub) Cases(_ context.Context, p access.Principal, q reading.CaseQuery) (reading.CasePage, error) {
	if _, err := access.May(p, access.CaseRead); err != nil {
		return reading.CasePage{}, err
	}
	if q.Number == "***" {
		var wrong hub.Problems
		wrong.Add("/number", "invalid", "")
		return reading.CasePage{}, wrong.Err()
	}
	if q.Number != "" && hub.ParseCaseNumber(q.Number).Normalised != fakeCase().Number {
		return reading.CasePage{}, nil
	}
	page := reading.CasePage{Items: []reading.CaseItem{{Case: fakeCase(), Branch: hub.Organisation{Name: "شعبهٔ نمونه"}, Notices: caseNotices(p)}}}
	if q.After == "" {
		page.Next = "mark"
	}
	return page, nil
}

func (h *fakeHub) Case(_ context.Context, p access.Principal, id hub.ID, _ reading.CaseQuery) (reading.CaseItem, error) {
	if id != matter {
		return reading.CaseItem{}, hub.ErrNotFound
	}
	item := reading.CaseItem{Case: fakeCase(), Branch: hub.Organisation{Name: "شعبهٔ نمونه"}, Notices: caseNotices(p),
		Attorneys: fakeAttorneys(), Names: map[hub.ID]string{counsel: "سارا نمونه‌پور", citizen: "مریم نمونه‌زاده", fakeID(114): "کاوه نمونه"}}
	if p.ID == clerk || p.ID == judge {
		item.Organisation = branch
		item.Case.Kind, item.Case.Restricted = cmp.Or(h.caseKind, "general"), h.caseKind == "family"
	}
	return item, nil
}

func (h *fakeHub) Held(_ context.Context, p access.Principal, q reading.HeldQuery) (reading.HeldPage, error) {
	if _, err := access.Decide(p, access.AttorneyHold, access.Object{Person: p.PersonID()}); err != nil {
		return reading.HeldPage{}, err
	}
	cover := fakeItem(2, newer, "summons", false).Cover
	var page reading.HeldPage
	for _, a := range fakeAttorneys() {
		held := reading.Held{Attorney: a, Case: fakeCase(), Branch: hub.Organisation{Name: "شعبهٔ نمونه"}, Client: "مریم نمونه‌زاده", InForce: a.EndedAt.IsZero()}
		if held.InForce {
			held.Newest, held.Waiting, held.Reference = &cover, 1, "پروندهٔ باغ"
		}
		if (q.State == reading.HeldInForce && !held.InForce) || (q.State == reading.HeldOver && held.InForce) ||
			!strings.Contains(held.Reference+held.Client+held.Case.Number, hub.FoldDigits(q.Find)) {
			continue
		}
		page.Items = append(page.Items, held)
	}
	if q.After == "" && q.Find == "" {
		page.Next = "mark"
	}
	return page, nil
}

func (h *fakeHub) NoteReference(_ context.Context, _ access.Principal, attorney hub.ID, reference string) error {
	if attorney != power {
		return hub.ErrNotFound
	}
	h.references = append(h.references, reference)
	return nil
}

func (h *fakeHub) RegisterAttorney(_ context.Context, p access.Principal, n enrol.NewAttorney) (hub.Attorney, error) {
	if _, err := access.Decide(p, access.AttorneyWrite, access.Object{Organisation: branch}); err != nil {
		return hub.Attorney{}, err
	}
	var wrong hub.Problems
	if !n.Scope.Valid() {
		wrong.Add("/scope", "unknown", "")
	}
	if !n.Until.IsZero() && n.Until.Before(n.From) {
		wrong.Add("/until", "order", "")
	}
	if !n.Replaces.IsZero() && n.Reason == "" {
		wrong.Add("/reason", "required", "")
	}
	if err := wrong.Err(); err != nil {
		return hub.Attorney{}, err
	}
	if len(h.registered) > 0 {
		return hub.Attorney{}, hub.Refuse(hub.CodeWrongState, "")
	}
	h.registered = append(h.registered, n)
	return hub.Attorney{}, nil
}

func (h *fakeHub) EndAttorney(_ context.Context, p access.Principal, _, attorney hub.ID, reason hub.AttorneyEnd) error {
	if _, err := access.Decide(p, access.AttorneyWrite, access.Object{Organisation: branch}); err != nil {
		return err
	}
	if reason == "" {
		var wrong hub.Problems
		wrong.Add("/reason", "unknown", "")
		return wrong.Err()
	}
	h.endings = append(h.endings, attorney.String()+" "+string(reason))
	return nil
}

func (h *fakeHub) Representatives(_ context.Context, p access.Principal, legal hub.ID) ([]hub.Representative, error) {
	if _, err := access.Decide(p, access.RepresentativeRead, access.Object{Person: legal}); err != nil {
		return nil, err
	}
	return []hub.Representative{
		{ID: fakeID(115), LegalPerson: legal, Person: director, Name: "علی نمونه", Role: hub.RoleOwner, CreatedAt: noon},
		{ID: deputy, LegalPerson: legal, Person: citizen, Name: "مریم نمونه‌زاده", Role: hub.RoleReader, CreatedAt: noon, Until: noon.Add(24 * time.Hour)},
		{ID: fakeID(116), LegalPerson: legal, Person: clerk, Name: "حسن نمونه", Role: hub.RoleManager, CreatedAt: noon.Add(-time.Hour), EndedAt: noon},
	}, nil
}

func (h *fakeHub) Appoint(_ context.Context, p access.Principal, n enrol.NewRepresentative) (hub.Representative, error) {
	var wrong hub.Problems
	if _, _, err := hub.ParsePersonID(n.NationalID); err != nil {
		wrong.Add("/national_id", "national-id", "")
	}
	if p.For.LegalPerson == n.LegalPerson && n.Mobile == "" {
		wrong.Add("/mobile", "mobile", "")
	}
	if n.NationalID == strangerID {
		wrong.Add("/national_id", "not-enrolled", "")
	}
	if err := wrong.Err(); err != nil {
		return hub.Representative{}, err
	}
	h.appointed = append(h.appointed, n)
	return hub.Representative{}, nil
}

func (h *fakeHub) Dismiss(_ context.Context, _ access.Principal, _, id hub.ID) error {
	if id != deputy && !h.owners {
		return hub.Refuse(hub.CodeWrongState, "")
	}
	h.endings = append(h.endings, id.String())
	return nil
}
