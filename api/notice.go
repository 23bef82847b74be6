package api

import (
	"context"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/ledger"
	"eblagh/hub/reading"
	"eblagh/hub/rules"
)

// Dispatcher moves papers. *dispatch.Dispatcher implements it.
type Dispatcher interface {
	Submit(ctx context.Context, p access.Principal, papers []dispatch.Paper, request []byte) ([]dispatch.Result, error)
	SubmitOnce(ctx context.Context, p access.Principal, paper dispatch.Paper, key dispatch.Key) (r dispatch.Result, kept bool, err error)
	Cancel(ctx context.Context, p access.Principal, notice hub.ID) error
	Correct(ctx context.Context, p access.Principal, notice hub.ID, paper dispatch.Paper, request []byte) (dispatch.Result, error)
	Checks
	Open(ctx context.Context, p access.Principal, notice hub.ID) (hub.Notice, error)
	Hold(ctx context.Context, p access.Principal, n dispatch.NewHold) (hub.Hold, error)
	Release(ctx context.Context, p access.Principal, hold hub.ID) error
	Replay(ctx context.Context, p access.Principal, delivery hub.ID) (hub.Delivery, error)
}

// Notices is what submitters read of their notices. *reading.Reader implements it.
type Notices interface {
	Notice(ctx context.Context, p access.Principal, id hub.ID) (hub.Notice, hub.Service, error)
	Notices(ctx context.Context, p access.Principal, q reading.NoticeQuery) (reading.NoticePage, error)
	Receipts(ctx context.Context, p access.Principal, notice hub.ID) ([]hub.Receipt, error)
	Evidence(ctx context.Context, p access.Principal, notice hub.ID, earlier int64) (ledger.Bundle, error)
}

// Judge says where the law stands. *rules.Book implements it.
type Judge interface {
	Evaluate(profile string, f rules.Facts) hub.Service
}

type newNoticeIn struct{ Body Body[NewNotice] }

type noticeQuery struct {
	PageQuery
	CaseNumber     string `query:"case_number" maxLength:"100"`
	DeliveryStatus string `query:"delivery_status" enum:"pending,queued,sending,sent,delivered,failed,cancelled,expired,held,unknown" doc:"of any of its deliveries"`
	ServiceStatus  string `query:"service_status" enum:"pending,constructive,actual,refused,lapsed,not_served,cancelled"`
	Reference      string `query:"reference" maxLength:"200"`
}

func (a *api) addNotices() {
	submit := route{
		method: http.MethodPost, path: "/v1/notices", id: "submitNotice", tag: "notices", who: permitted, weight: 1, accepts: true,
		action: access.NoticeSubmit, payload: payloadJSON, creates: true, rides: true, status: http.StatusCreated,
		summary: "Submit a notice", about: "Once answered, the notice is durable and will arrive." + submits,
		refuses: []hub.Code{hub.CodeNotEnrolled, hub.CodeDuplicateReference},
	}
	add(a, submit, a.postNotice)
	a.documentDraft(submit)
	a.addBatch()
	read := route{method: http.MethodGet, tag: "notices", who: permitted, action: access.NoticeRead}
	one, list := read, read
	one.path, one.id, one.summary = "/v1/notices/{id}", "getNotice", "A notice, from the submitter's side"
	add(a, one, a.getNotice)
	list.path, list.id, list.summary = "/v1/notices", "listNotices", "The submitter's notices, newest first"
	add(a, list, a.listNotices)
	add(a, route{
		method: http.MethodPost, path: "/v1/notices/{id}/cancel", id: "cancelNotice", tag: "notices", who: permitted,
		action: access.NoticeSubmit, summary: "Withdraw a notice that has not arrived", refuses: []hub.Code{hub.CodeWrongState},
	}, a.cancelNotice)
	a.addCorrection()
	add(a, route{
		method: http.MethodGet, path: "/v1/notices/{id}/receipts", id: "listReceipts", tag: "notices", who: permitted,
		action: access.ReceiptRead, summary: "What happened to a notice, in time order",
	}, a.listReceipts)
	a.addEvidence()
}

func (a *api) postNotice(ctx context.Context, in *newNoticeIn) (*submitted, error) {
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	result, err := a.submitOne(ctx, paper(n))
	if err != nil {
		return nil, err
	}
	if result.Err != nil {
		return nil, result.Err
	}
	if made := callFrom(ctx).ride.made(); made != nil { // it is what will be sent
		return &submitted{Status: made.status}, nil
	}
	return a.viewSubmitted(result), nil
}

// paper is the wire's notice in dispatch's words.
func paper(n NewNotice) dispatch.Paper {
	return dispatch.Paper{
		Reference: n.Reference, Kind: n.Kind, Capacity: n.Capacity, Subject: n.Subject, Body: n.Body,
		Case: dispatch.PaperCase{Number: n.Case.Number, ArchiveNumber: n.Case.ArchiveNumber, Branch: n.Case.BranchID,
			Subject: n.Case.Subject, Kind: n.Case.Kind},
		Addressee: dispatch.Addressee{NationalID: n.Addressee.NationalID, Recipient: n.Addressee.RecipientID},
		For:       dispatch.Addressee{NationalID: n.OnBehalf.NationalID, Recipient: n.OnBehalf.RecipientID},
		Documents: n.Documents, Channels: n.Channels, NotBefore: n.NotBefore, ExpiresAt: n.ExpiresAt,
		HearingAt: n.HearingAt, Priority: n.Priority,
	}
}

// viewResult shows what was just submitted, or submitted earlier by the same call.
func (a *api) viewResult(r dispatch.Result) Notice {
	facts := rules.Facts{SubmittedAt: r.Notice.CreatedAt, ArrivedAt: r.Notice.ArrivedAt, OpenedAt: r.Notice.OpenedAt}
	view := viewNotice(r.Notice, a.deps.Judge.Evaluate(a.deps.Profile, facts))
	view.Warnings = viewWarnings(r.Warnings)
	return view
}

func (a *api) getNotice(ctx context.Context, in *PathID) (*answer[Notice], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return a.notice(ctx, id)
}

func (a *api) notice(ctx context.Context, id hub.ID) (*answer[Notice], error) {
	n, s, err := a.deps.Reader.Notice(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[Notice]{viewNotice(n, s)}, nil
}

func (a *api) listNotices(ctx context.Context, in *noticeQuery) (*answer[Page[Notice]], error) {
	page, err := a.deps.Reader.Notices(ctx, caller(ctx), reading.NoticeQuery{
		CaseNumber: in.CaseNumber, DeliveryStatus: hub.DeliveryStatus(in.DeliveryStatus),
		ServiceStatus: hub.ServiceStatus(in.ServiceStatus), Reference: in.Reference, After: in.After, Limit: in.limit(),
	})
	if err != nil {
		return nil, inQuery(err)
	}
	return pageOf(page.Items, page.Next, func(item reading.NoticeItem) Notice {
		return viewNotice(item.Notice, item.Service)
	}), nil
}

func (a *api) cancelNotice(ctx context.Context, in *PathID) (*answer[Notice], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if err := a.deps.Dispatcher.Cancel(ctx, caller(ctx), id); err != nil {
		return nil, err
	}
	return a.notice(ctx, id)
}
