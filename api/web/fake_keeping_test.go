package web

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
	"eblagh/hub/retention"
)

// Holds and colleagues of the fake hub.
var (
	heldBefore = fakeID(120) // lifted
	heldNow    = fakeID(121)
	colleague  = fakeID(122) // works on the restricted case
	newcomer   = fakeID(123) // could
)

func (h *fakeHub) Kinds() []retention.Kind {
	return []retention.Kind{{Name: "general", Names: map[string]string{"fa": "نامشخص", "en": "not said"}},
		{Name: "civil", Names: map[string]string{"fa": "حقوقی", "en": "civil"}},
		{Name: "family", Names: map[string]string{"fa": "خانواده", "en": "family"}, Restricted: true, Why: "demo"}}
}

// mayKeep decides as retention does, on the one case that there is.
func mayKeep(p access.Principal, action access.Action, id hub.ID) error {
	if _, err := access.May(p, action); err != nil {
		return err
	}
	if id != matter {
		return hub.ErrNotFound
	}
	_, err := access.Decide(p, action, access.Object{Organisation: branch})
	return err
}

func (h *fakeHub) Classify(_ context.Context, p access.Principal, id hub.ID, kind string) error {
	if err := mayKeep(p, access.CaseClassify, id); err != nil {
		return err
	}
	if kind == "" {
		var wrong hub.Problems
		wrong.Add("/kind", "unknown", "")
		return wrong.Err()
	}
	if h.caseKind != "" && mayKeep(p, access.CaseReclassify, id) != nil {
		return hub.Refuse(hub.CodeWrongState, "")
	}
	h.caseKind = kind
	return nil
}

func (h *fakeHub) Staff(_ context.Context, p access.Principal, id hub.ID) ([]reading.Staff, error) {
	return []reading.Staff{{ID: colleague, Name: "نیلوفر نمونه", Works: true}, {ID: newcomer, Name: "بهرام نمونه", Works: true},
		{ID: judge, Name: "قاضی نمونه"}}, mayKeep(p, access.CaseAssign, id)
}

func (h *fakeHub) Assignees(_ context.Context, p access.Principal, id hub.ID) ([]retention.Assignee, error) {
	return []retention.Assignee{{Person: colleague, AssignedBy: judge, AssignedAt: noon}}, mayKeep(p, access.CaseAssign, id)
}

func (h *fakeHub) Assign(_ context.Context, p access.Principal, id, person hub.ID) error {
	if err := mayKeep(p, access.CaseAssign, id); err != nil {
		return err
	}
	if person != newcomer {
		var wrong hub.Problems
		wrong.Add("/person_id", "unknown", "")
		return wrong.Err()
	}
	h.kept = append(h.kept, "assign "+person.String())
	return nil
}

func (h *fakeHub) Unassign(_ context.Context, p access.Principal, id, person hub.ID) error {
	h.kept = append(h.kept, "unassign "+person.String())
	return mayKeep(p, access.CaseAssign, id)
}

func (h *fakeHub) Place(_ context.Context, p access.Principal, id, notice hub.ID, reason string) (retention.Hold, error) {
	if err := mayKeep(p, access.LegalHoldPlace, id); err != nil {
		return retention.Hold{}, err
	}
	if reason == "" {
		var wrong hub.Problems
		wrong.Add("/reason", "invalid", "")
		return retention.Hold{}, wrong.Err()
	}
	h.kept = append(h.kept, "hold "+notice.String()+" "+reason)
	return retention.Hold{}, nil
}

func (h *fakeHub) Lift(_ context.Context, p access.Principal, id, hold hub.ID) error {
	if err := mayKeep(p, access.LegalHoldLift, id); err != nil {
		return err
	}
	if hold != heldNow {
		return hub.Refuse(hub.CodeWrongState, "")
	}
	h.kept = append(h.kept, "lift "+hold.String())
	return nil
}

// fakeKeeper is the fake hub as hub/retention.
type fakeKeeper struct{ *fakeHub }

// Holds implements Keeper.
func (h fakeKeeper) Holds(_ context.Context, p access.Principal, id hub.ID) ([]retention.Hold, error) {
	return []retention.Hold{
		{ID: heldNow, Case: matter, Notice: older, Reason: "رسیدگی در دیوان", PlacedBy: colleague, PlacedAt: noon},
		{ID: heldBefore, Case: matter, Reason: "واخواهی", PlacedBy: fakeID(124), PlacedAt: noon.Add(-time.Hour), LiftedBy: judge, LiftedAt: noon},
	}, mayKeep(p, access.LegalHoldRead, id)
}
