package web

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/reading"
)

// The drafts of the fake hub: one of a colleague's, and the clerk's own in two states.
var (
	othersDraft   = fakeID(81)
	returnedDraft = fakeID(82)
	expiredDraft  = fakeID(83)
	judge         = fakeID(84)
)

func fakeDraft(id hub.ID) reading.OpenDraft {
	d := reading.OpenDraft{Draft: hub.Draft{ID: id, Submitter: branch, Author: fakeID(85), Reference: "desk-1", Kind: "summons",
		Priority: hub.PriorityUrgent, CaseNumber: "140512345678901234", Branch: branch, Recipient: citizen, State: hub.DraftWaiting,
		CreatedAt: noon, ExpiresAt: noon.Add(7 * 24 * time.Hour)}, Branch: hub.BranchRef{ID: branch, Name: "شعبهٔ ۱۲"}}
	switch id {
	case returnedDraft:
		d.Draft.Author, d.State, d.DecidedBy, d.DecidedAt, d.Reason = clerk, hub.DraftReturned, judge, noon, "نام مخاطب نادرست است"
	case expiredDraft:
		d.Draft.Author, d.State = clerk, hub.DraftExpired
		return d
	}
	n := fakeNotice(newer, "summons")
	d.Paper = hub.DraftPaper{Case: hub.DraftCase{Number: d.CaseNumber, Subject: "خواسته"}, Capacity: "defendant",
		Subject: secretSubject, Body: secretBody, HearingAt: n.HearingAt, Channels: []hub.Channel{hub.ChannelInbox, hub.ChannelSMS}}
	d.Documents = n.Documents
	d.Addressee = reading.DraftPerson{ID: citizen, Name: "مریم نمونه", NationalID: goodID}
	d.Author = reading.DraftPerson{ID: d.Draft.Author, Name: "همکار نمونه"}
	return d
}

func (h *fakeHub) Drafts(_ context.Context, p access.Principal, q reading.DraftQuery) (reading.DraftPage, error) {
	if _, err := access.May(p, access.DraftRead); err != nil {
		return reading.DraftPage{}, err
	}
	id := map[hub.DraftState]hub.ID{hub.DraftWaiting: othersDraft, hub.DraftReturned: returnedDraft, hub.DraftExpired: expiredDraft}[q.State]
	if id.IsZero() {
		return reading.DraftPage{}, nil
	}
	return reading.DraftPage{Items: []hub.Draft{fakeDraft(id).Draft}, Next: "mark"}, nil
}

func (h *fakeHub) Draft(_ context.Context, p access.Principal, id hub.ID) (reading.OpenDraft, error) {
	_, err := access.Decide(p, access.DraftRead, access.Object{Organisation: branch})
	return fakeDraft(id), err
}

func (h *fakeHub) DraftDocument(context.Context, access.Principal, hub.ID, hub.ID) (hub.Document, []byte, error) {
	return fakeNotice(newer, "summons").Documents[1], smallPNG(), nil
}

func (h *fakeHub) Approve(_ context.Context, _ access.Principal, id hub.ID) (dispatch.Result, error) {
	if id == othersDraft {
		return dispatch.Result{Notice: hub.Notice{ID: newer}}, nil
	}
	return dispatch.Result{}, &hub.Error{Code: hub.CodeNotEnrolled, Fields: []hub.Field{{Pointer: "/addressee", Code: "not_enrolled"}}}
}

func (h *fakeHub) ReturnDraft(_ context.Context, _ access.Principal, _ hub.ID, reason string) error {
	if reason == "" {
		return &hub.Error{Code: hub.CodeValidation, Fields: []hub.Field{{Pointer: "/reason", Code: "required"}}}
	}
	return nil
}

func (h *fakeHub) WithdrawDraft(context.Context, access.Principal, hub.ID) error { return nil }

func (h *fakeHub) Resubmit(_ context.Context, _ access.Principal, _ hub.ID, p dispatch.Paper, _ []byte) (dispatch.Result, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.submitted["resubmitted"] = p
	return dispatch.Result{Draft: hub.Draft{ID: fakeID(86)}}, nil
}

func (h *fakeHub) Organisation(context.Context, access.Principal, hub.ID) (hub.Organisation, error) {
	return hub.Organisation{ID: branch, Name: "شعبهٔ ۱۲ نمونه‌شهر"}, nil
}

func (h *fakeHub) FourEyes(context.Context, access.Principal, hub.ID) (hub.FourEyes, error) {
	return hub.FourEyes{Organisation: branch, People: true, Keys: true,
		Asked: hub.FourEyesChange{ID: fakeID(87), Organisation: branch, People: true, By: operator, At: noon}}, nil
}

func (h *fakeHub) ChangeFourEyes(_ context.Context, _ access.Principal, c hub.FourEyesChange) (hub.FourEyes, error) {
	if !c.People {
		return hub.FourEyes{}, hub.Refuse(hub.CodeWrongState, "drafts wait")
	}
	return hub.FourEyes{Organisation: branch, People: c.People, Keys: c.Keys}, nil
}
