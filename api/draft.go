package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/reading"
)

// Drafts is what an organisation reads of papers that wait for a second pair of eyes. *reading.Reader implements it.
type Drafts interface {
	Drafts(ctx context.Context, p access.Principal, q reading.DraftQuery) (reading.DraftPage, error)
	Draft(ctx context.Context, p access.Principal, id hub.ID) (reading.OpenDraft, error)
	DraftDocument(ctx context.Context, p access.Principal, id, document hub.ID) (hub.Document, []byte, error)
}

// Checks decides on drafts. *dispatch.Dispatcher implements it.
type Checks interface {
	Approve(ctx context.Context, p access.Principal, id hub.ID) (dispatch.Result, error)
	ReturnDraft(ctx context.Context, p access.Principal, id hub.ID, reason string) error
	WithdrawDraft(ctx context.Context, p access.Principal, id hub.ID) error
	Resubmit(ctx context.Context, p access.Principal, id hub.ID, paper dispatch.Paper, request []byte) (dispatch.Result, error)
}

// DraftReturn is the body of POST /v1/drafts/{id}/return.
type DraftReturn struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"for the author"`
}

type draftReturnIn struct {
	PathID
	Body Body[DraftReturn]
}

type resubmitIn struct {
	PathID
	Body Body[NewNotice]
}

type draftQuery struct {
	PageQuery
	State string `query:"state" enum:"waiting,returned,approved,withdrawn,replaced,expired" doc:"waiting when not given"`
	Mine  bool   `query:"mine" doc:"only those that the caller made"`
}

type draftDocumentPath struct {
	PathID
	DocumentID string `path:"document_id"`
}

func (a *api) addDrafts() {
	read := route{method: http.MethodGet, tag: "drafts", who: permitted, action: access.DraftRead}
	list, one, document := read, read, read
	list.path, list.id, list.summary = "/v1/drafts", "listDrafts", "Papers that wait for a second pair of eyes"
	list.about = "What waits, urgent ones first and then by age; in other states, newest first. What is addressed to the caller is left out."
	add(a, list, a.listDrafts)
	one.path, one.id, one.summary = "/v1/drafts/{id}", "getDraft", "A draft with all that it says, as it will be served"
	add(a, one, a.getDraft)
	document.path, document.id, document.summary = "/v1/drafts/{id}/documents/{document_id}", "getDraftDocument", "A document of an open draft"
	add(a, document, a.getDraftDocument)
	a.documented(document).Responses["200"].Content = documentContent()
	a.addDecisions()
}

func (a *api) addDecisions() {
	base := route{method: http.MethodPost, tag: "drafts", who: permitted, action: access.DraftDecide, refuses: []hub.Code{hub.CodeWrongState}}
	approve, giveBack, withdraw, resubmit := base, base, base, base
	approve.path, approve.id, approve.summary = "/v1/drafts/{id}/approve", "approveDraft", "Send a draft"
	approve.about = "By another person than its author. It is judged again and becomes a notice, once; receipt A.1 is of this moment. " +
		"Who approves again what they approved is answered with its notice."
	approve.weight, approve.accepts, approve.creates, approve.status = 8, true, true, http.StatusCreated
	approve.refuses = append(approve.refuses, hub.CodeNotEnrolled, hub.CodeDuplicateReference)
	add(a, approve, a.approveDraft)
	giveBack.path, giveBack.id, giveBack.summary = "/v1/drafts/{id}/return", "returnDraft", "Give a draft back to its author"
	giveBack.payload = payloadJSON
	add(a, giveBack, a.returnDraft)
	withdraw.path, withdraw.id, withdraw.summary = "/v1/drafts/{id}/withdraw", "withdrawDraft", "Withdraw one's own draft"
	withdraw.about, withdraw.action = "Its paper is erased.", access.DraftChange
	add(a, withdraw, a.withdrawDraft)
	resubmit.path, resubmit.id, resubmit.summary = "/v1/drafts/{id}/resubmit", "resubmitDraft", "Submit a paper in the place of a returned draft of one's own"
	resubmit.about, resubmit.action = "It waits again, as a new draft that names the former.", access.DraftChange
	resubmit.weight, resubmit.accepts, resubmit.creates, resubmit.status = 8, true, true, http.StatusAccepted
	resubmit.payload, resubmit.refuses = payloadJSON, []hub.Code{hub.CodeWrongState, hub.CodeNotEnrolled, hub.CodeDuplicateReference}
	add(a, resubmit, a.resubmitDraft)
}

// documentContent is how the bytes of a document are documented.
func documentContent() map[string]*huma.MediaType {
	content := map[string]*huma.MediaType{}
	for _, t := range payloadDocument.mediaTypes() {
		content[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	return content
}

// submits is what the calls say that take papers in.
const submits = " Where the organisation wants four eyes, the answer is 202 with a draft: the paper is kept, but it is no notice and serves " +
	"nobody until another person approves it."

// documentDraft says that a call may also answer with a draft.
func (a *api) documentDraft(rt route) {
	a.documented(rt).Responses["202"] = &huma.Response{Description: "Accepted as a draft, not a notice yet", Content: map[string]*huma.MediaType{
		"application/json": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Draft](), true, "")}}}
}

func (a *api) listDrafts(ctx context.Context, in *draftQuery) (*answer[Page[Draft]], error) {
	page, err := a.deps.Reader.Drafts(ctx, caller(ctx), reading.DraftQuery{State: hub.DraftState(in.State), Mine: in.Mine,
		After: in.After, Limit: in.limit()})
	if err != nil {
		return nil, inQuery(err)
	}
	return pageOf(page.Items, page.Next, viewDraft), nil
}

func (a *api) getDraft(ctx context.Context, in *PathID) (*answer[Draft], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return a.draft(ctx, id)
}

func (a *api) draft(ctx context.Context, id hub.ID) (*answer[Draft], error) {
	d, err := a.deps.Reader.Draft(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[Draft]{viewOpenDraft(d)}, nil
}

func (a *api) getDraftDocument(ctx context.Context, in *draftDocumentPath) (*documentOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	document, err := readID(in.DocumentID)
	if err != nil {
		return nil, err
	}
	d, content, err := a.deps.Reader.DraftDocument(ctx, caller(ctx), id, document)
	if err != nil {
		return nil, err
	}
	return outDocument(d, content), nil
}

func (a *api) approveDraft(ctx context.Context, in *PathID) (*created[Notice], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	result, err := a.deps.Dispatcher.Approve(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	out, err := a.notice(ctx, result.Notice.ID)
	if err != nil {
		return nil, err
	}
	out.Body.Warnings = viewWarnings(result.Warnings)
	return createdAt("/v1/notices/"+out.Body.ID, out.Body), nil
}

func (a *api) returnDraft(ctx context.Context, in *draftReturnIn) (*answer[Draft], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	b, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	if err := a.deps.Dispatcher.ReturnDraft(ctx, caller(ctx), id, b.Reason); err != nil {
		return nil, err
	}
	return a.draft(ctx, id)
}

func (a *api) withdrawDraft(ctx context.Context, in *PathID) (*answer[Draft], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if err := a.deps.Dispatcher.WithdrawDraft(ctx, caller(ctx), id); err != nil {
		return nil, err
	}
	return a.draft(ctx, id)
}

func (a *api) resubmitDraft(ctx context.Context, in *resubmitIn) (*created[Draft], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	result, err := a.deps.Dispatcher.Resubmit(ctx, caller(ctx), id, paper(n), callFrom(ctx).idempotent)
	if err != nil {
		return nil, err
	}
	view := viewNewDraft(result)
	return createdAt("/v1/drafts/"+view.ID, view), nil
}
