package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/reading"
)

// Cases is what parties, counsel, branches and offices read of cases. *reading.Reader implements it.
type Cases interface {
	Cases(ctx context.Context, p access.Principal, q reading.CaseQuery) (reading.CasePage, error)
	Case(ctx context.Context, p access.Principal, id hub.ID, q reading.CaseQuery) (reading.CaseItem, error)
	Held(ctx context.Context, p access.Principal, q reading.HeldQuery) (reading.HeldPage, error)
}

// Attorneys keeps who is counsel. *enrol.Enroller implements it.
type Attorneys interface {
	RegisterAttorney(ctx context.Context, p access.Principal, n enrol.NewAttorney) (hub.Attorney, error)
	EndAttorney(ctx context.Context, p access.Principal, matter, attorney hub.ID, reason hub.AttorneyEnd) error
	NoteReference(ctx context.Context, p access.Principal, attorney hub.ID, reference string) error
}

// CaseView is a case with those of its notices that the caller may see.
type CaseView struct {
	ID            string        `json:"id" format:"uuid"`
	Number        string        `json:"number" doc:"as it was typed"`
	ArchiveNumber string        `json:"archive_number,omitempty"`
	Branch        hub.BranchRef `json:"branch"`
	Subject       string        `json:"subject,omitempty" doc:"for its branch and offices, and for who has opened a paper of it or is their counsel"`
	Kind          string        `json:"kind,omitempty" doc:"of the case, for its branch and offices: a word such as civil, criminal, family"`
	Restricted    bool          `json:"restricted,omitempty" doc:"a family case, or one of minors: fewer see it, and lists tell less"`
	Notices       []InboxNotice `json:"notices" doc:"newest first, each its cover or, where the caller may read it, the notice without its body; ten of each case in a list"`
	Next          string        `json:"next,omitempty" doc:"the notices go on: give it as after to GET /v1/cases/{id}"`
	Attorneys     []Attorney    `json:"attorneys,omitempty" doc:"of one case alone: the powers of attorney that the caller may see, newest first"`
}

// NewAttorney is the body of POST /v1/cases/{id}/attorneys.
type NewAttorney struct {
	LawyerID hub.ID            `json:"lawyer_id" format:"uuid"`
	ClientID hub.ID            `json:"client_id" format:"uuid"`
	Scope    hub.AttorneyScope `json:"scope" enum:"service,read,full" doc:"service: may be served for the client; read: may read what the client has opened; full: both"`
	From     time.Time         `json:"from,omitzero" doc:"from now on when not given"`
	Until    time.Time         `json:"until,omitzero" doc:"open when not given"`
	Replaces hub.ID            `json:"replaces,omitzero" format:"uuid" doc:"a power of attorney of the same client in this case, which ends in the same step"`
	Reason   hub.AttorneyEnd   `json:"reason,omitempty" enum:"dismissed,resigned,lawyer_died,client_died,barred,mistaken" doc:"why that one ends"`
}

// Attorney is a power of attorney in a case.
type Attorney struct {
	ID        string     `json:"id" format:"uuid"`
	CaseID    string     `json:"case_id" format:"uuid"`
	LawyerID  string     `json:"lawyer_id" format:"uuid"`
	ClientID  string     `json:"client_id" format:"uuid"`
	Scope     string     `json:"scope" enum:"service,read,full"`
	From      time.Time  `json:"from"`
	Until     *time.Time `json:"until,omitempty"`
	Replaces  string     `json:"replaces,omitempty" format:"uuid"`
	CreatedAt time.Time  `json:"created_at"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	EndReason string     `json:"end_reason,omitempty" enum:"dismissed,resigned,lawyer_died,client_died,barred,mistaken,expired"`
}

func viewAttorney(a hub.Attorney) Attorney {
	return Attorney{a.ID.String(), a.Case.String(), a.Lawyer.String(), a.Client.String(), string(a.Scope), a.From.UTC(),
		moment(a.Until), idText(a.Replaces), a.CreatedAt.UTC(), moment(a.EndedAt), string(a.EndReason)}
}

func viewCaseItem(c reading.CaseItem) CaseView {
	out := CaseView{ID: c.Case.ID.String(), Number: c.Case.Number, ArchiveNumber: c.Case.ArchiveNumber, Kind: c.Case.Kind, Restricted: c.Case.Restricted,
		Branch: hub.BranchRef{ID: c.Branch.ID, Name: c.Branch.Name}, Subject: c.Case.Subject, Next: c.Next,
		Notices: make([]InboxNotice, len(c.Notices)), Attorneys: make([]Attorney, len(c.Attorneys))}
	for i, n := range c.Notices {
		out.Notices[i] = InboxNotice{n.Cover}
		if n.Notice != nil {
			out.Notices[i] = InboxNotice{viewNotice(*n.Notice, n.Service)}
		}
	}
	for i, a := range c.Attorneys {
		out.Attorneys[i] = viewAttorney(a)
	}
	return out
}

type caseQuery struct {
	PageQuery
	Number         string `query:"number" maxLength:"100" doc:"in any digits, with or without separators"`
	AcceptLanguage string `header:"Accept-Language" maxLength:"200" doc:"fa or en, for what opening means"`
}

type casePath struct {
	PathID
	PageQuery
	AcceptLanguage string `header:"Accept-Language" maxLength:"200" doc:"fa or en, for what opening means"`
}

type newAttorneyIn struct {
	PathID
	Body Body[NewAttorney]
}

type endAttorneyIn struct {
	PathID
	AttorneyID string `path:"attorney_id"`
	Reason     string `query:"reason" enum:"dismissed,resigned,lawyer_died,client_died,barred,mistaken" doc:"dismissed when not given"`
}

func (a *api) addCases() {
	add(a, route{
		method: http.MethodGet, path: "/v1/cases", id: "listCases", tag: "cases", who: permitted, action: access.CaseRead,
		summary: "Cases in which the caller is a party, counsel, or at the branch or office, newest first",
		about:   "Of a notice that its addressee has not opened, counsel and addressee see the cover only.",
	}, a.listCases)
	add(a, route{
		method: http.MethodGet, path: "/v1/cases/{id}", id: "getCase", tag: "cases", who: permitted, action: access.CaseRead,
		summary: "One case, with a page of its notices", about: "limit and after are about the notices.",
	}, a.getCase)
	add(a, route{
		method: http.MethodPost, path: "/v1/cases/{id}/attorneys", id: "registerAttorney", tag: "cases", who: permitted,
		action: access.AttorneyWrite, payload: payloadJSON, creates: true, status: http.StatusCreated,
		summary: "Register a power of attorney", refuses: []hub.Code{hub.CodeWrongState},
		about: "The lawyer is counsel within scope and term, from `from` on. With `replaces`, another lawyer's power ends " +
			"in the same step. Both leave receipts.",
	}, a.postAttorney)
	add(a, route{
		method: http.MethodDelete, path: "/v1/cases/{id}/attorneys/{attorney_id}", id: "endAttorney", tag: "cases",
		who: permitted, action: access.AttorneyWrite, status: http.StatusNoContent, summary: "End a power of attorney",
		about: "From this moment the lawyer sees no more of the client's papers. What the client opened stays theirs.",
	}, a.deleteAttorney)
}

func (a *api) listCases(ctx context.Context, in *caseQuery) (*answer[Page[CaseView]], error) {
	page, err := a.deps.Reader.Cases(ctx, caller(ctx), reading.CaseQuery{Number: in.Number, After: in.After,
		Limit: in.limit(), Language: language(in.AcceptLanguage)})
	if err != nil {
		return nil, inQuery(err)
	}
	return pageOf(page.Items, page.Next, viewCaseItem), nil
}

func (a *api) getCase(ctx context.Context, in *casePath) (*answer[CaseView], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	item, err := a.deps.Reader.Case(ctx, caller(ctx), id, reading.CaseQuery{After: in.After, Limit: in.limit(),
		Language: language(in.AcceptLanguage)})
	if err != nil {
		return nil, inQuery(err)
	}
	return &answer[CaseView]{viewCaseItem(item)}, nil
}

func (a *api) postAttorney(ctx context.Context, in *newAttorneyIn) (*answer[Attorney], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	made, err := a.deps.Enroller.RegisterAttorney(ctx, caller(ctx), enrol.NewAttorney{Case: id, Lawyer: n.LawyerID,
		Client: n.ClientID, Scope: n.Scope, From: n.From, Until: n.Until, Replaces: n.Replaces, Reason: n.Reason})
	if err != nil {
		return nil, err
	}
	return &answer[Attorney]{viewAttorney(made)}, nil
}

func (a *api) deleteAttorney(ctx context.Context, in *endAttorneyIn) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	attorney, err := readID(in.AttorneyID)
	if err != nil {
		return nil, err
	}
	reason := hub.AttorneyEnd(in.Reason)
	if reason == "" {
		reason = hub.AttorneyDismissed
	}
	return nil, a.deps.Enroller.EndAttorney(ctx, caller(ctx), id, attorney, reason)
}
