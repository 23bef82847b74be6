package web

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/ladder"
	"eblagh/hub/reading"
)

// fakeTask is a task as the carrier sees it.
func fakeTask(id hub.ID) hub.Carried {
	n := fakeNotice(newer, "summons")
	c := hub.Carried{
		Task: hub.OfficerTask{ID: id, Notice: n.ID, Organisation: branch, Recipient: citizen, State: hub.TaskOpen,
			CreatedAt: noon.Add(-50 * time.Hour), DueAt: noon.Add(-2 * time.Hour)},
		Cover:    hub.Cover{ID: n.ID, Number: n.Number, Kind: n.Kind, Branch: hub.BranchRef{ID: branch, Name: n.Branch.Name}, ArrivedAt: n.ArrivedAt},
		Capacity: "defendant", RecipientKind: hub.PersonNatural, Name: "مریم نمونه‌زاده",
		Address: "نمونه، خیابان آزمایش، پلاک ۱", Documents: 2,
	}
	switch id {
	case carried:
		c.Task.State, c.Task.TakenBy, c.Task.TakenAt = hub.TaskTaken, carrier, noon
	case over:
		c.Task.State, c.Task.TakenBy, c.Task.TakenAt, c.Task.ReturnedAt = hub.TaskReturned, carrier, noon, noon
		c.Name, c.Address = "", ""
		c.Task.Returns = []hub.OfficerReturn{{ID: fakeID(80), Task: over, Officer: carrier, Name: "مهدی نمونه‌ای",
			Outcome: hub.PaperToHousehold, Relation: "spouse", Receiver: "گیرندهٔ نمونه", Place: "نمونه، پلاک ۱", Note: "یادداشت نمونه",
			ServedAt: noon, DateWords: "سوم آذر ماه یک هزار و چهارصد و پنج", CreatedAt: noon}}
	}
	return c
}

func (h *fakeHub) Tasks(_ context.Context, p access.Principal, q reading.TaskQuery) (reading.TaskPage, error) {
	if _, err := access.May(p, access.TaskWork); err != nil {
		return reading.TaskPage{}, err
	}
	if q.State == hub.TaskReturned {
		return reading.TaskPage{Items: []hub.Carried{fakeTask(over)}}, nil
	}
	return reading.TaskPage{Items: []hub.Carried{fakeTask(carried), fakeTask(waiting)}, Next: "mark"}, nil
}

func (h *fakeHub) Task(_ context.Context, p access.Principal, task hub.ID) (hub.Carried, error) {
	if _, err := access.Decide(p, access.TaskWork, access.Object{Organisation: branch}); err != nil {
		return hub.Carried{}, err
	}
	return fakeTask(task), nil
}

func (h *fakeHub) Take(context.Context, access.Principal, hub.ID) error { return h.fault }

func (h *fakeHub) Fetch(_ context.Context, p access.Principal, task, _ hub.ID) error {
	if task != carried || p.ID != carrier {
		return hub.Refuse(hub.CodeWrongState, "")
	}
	h.fetched++
	return nil
}

func (h *fakeHub) TaskPaper(context.Context, access.Principal, hub.ID) (hub.Notice, error) {
	if h.fetched == 0 {
		return hub.Notice{}, hub.ErrNotFound // nothing is shown before it was recorded
	}
	return fakeNotice(newer, "summons"), nil
}

func (h *fakeHub) TaskDocument(context.Context, access.Principal, hub.ID, hub.ID) (hub.Document, []byte, error) {
	return fakeNotice(newer, "summons").Documents[0], smallPDF(), nil
}

func (h *fakeHub) Return(_ context.Context, _ access.Principal, _ hub.ID, f ladder.Form, request []byte) (hub.OfficerReturn, error) {
	if f.Place == "" {
		return hub.OfficerReturn{}, &hub.Error{Code: hub.CodeValidation, Fields: []hub.Field{{Pointer: "/place", Code: "required"},
			{Pointer: "/relation", Code: "mismatch"}, {Pointer: "/served_at", Code: "future"}}}
	}
	if request == nil {
		return hub.OfficerReturn{}, hub.ErrNotFound
	}
	h.returns = append(h.returns, f)
	return hub.OfficerReturn{}, nil
}

func (h *fakeHub) HandOver(context.Context, access.Principal, hub.ID) error { return h.fault }

func (h *fakeHub) Carries(kind hub.Kind) bool { return kind == "summons" }
