package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/reading"
)

// draftsLimit is how many drafts one page has.
const draftsLimit = 25

// Drafts is what the pages read of papers that wait for a second pair of eyes.
type Drafts interface {
	Drafts(ctx context.Context, p access.Principal, q reading.DraftQuery) (reading.DraftPage, error)
	Draft(ctx context.Context, p access.Principal, id hub.ID) (reading.OpenDraft, error)
	DraftDocument(ctx context.Context, p access.Principal, id, document hub.ID) (hub.Document, []byte, error)
}

// Checks decides on drafts.
type Checks interface {
	Approve(ctx context.Context, p access.Principal, id hub.ID) (dispatch.Result, error)
	ReturnDraft(ctx context.Context, p access.Principal, id hub.ID, reason string) error
	WithdrawDraft(ctx context.Context, p access.Principal, id hub.ID) error
	Resubmit(ctx context.Context, p access.Principal, id hub.ID, paper dispatch.Paper, request []byte) (dispatch.Result, error)
}

// draftsPage is a page of drafts in one state, with what the visitor should know of their own.
type draftsPage struct {
	State    hub.DraftState
	States   []hub.DraftState
	Items    []draftLine
	Returned bool // some of the visitor's own were returned
	Expired  bool // some of the visitor's own expired
	MaySet   bool // the visitor may say which papers wait
	Pager    pager
}

// draftLine is one draft in the list.
type draftLine struct {
	hub.Draft
	Mine bool
}

// drafts answers GET /court/drafts?state=&after=.
func (s *site) drafts(v *visit) error {
	q := v.r.URL.Query()
	ask := reading.DraftQuery{State: hub.DraftState(q.Get("state")), After: q.Get("after"), Limit: draftsLimit}
	if !slices.Contains(hub.DraftStates, ask.State) {
		ask.State = hub.DraftWaiting
	}
	found, err := s.deps.Reader.Drafts(v.r.Context(), v.principal, ask)
	if err != nil {
		return err
	}
	data := draftsPage{State: ask.State, States: hub.DraftStates,
		Pager: newPager("/court/drafts", url.Values{"state": {string(ask.State)}}, ask.After, found.Next)}
	for _, d := range found.Items {
		data.Items = append(data.Items, draftLine{d, d.Author == v.principal.ID})
	}
	for state, some := range map[hub.DraftState]*bool{hub.DraftReturned: &data.Returned, hub.DraftExpired: &data.Expired} {
		own, err := s.deps.Reader.Drafts(v.r.Context(), v.principal, reading.DraftQuery{State: state, Mine: true, Limit: 1})
		if err != nil {
			return err
		}
		*some = len(own.Items) > 0 && state != ask.State
	}
	data.MaySet = len(access.Where(v.principal, access.FourEyesWrite)) > 0
	return v.render(http.StatusOK, "drafts", data)
}

// draftPage is one draft as it will be served, with what the visitor can do.
type draftPage struct {
	Draft     reading.OpenDraft
	Documents []documentView
	Form      formView
	Mine      bool
	MayDecide bool
	MayChange bool // withdraw, and once it was returned submit another
}

// draft answers GET /court/drafts/{draft}.
func (s *site) draft(v *visit) error { return v.showDraft(http.StatusOK, newForm()) }

func (v *visit) showDraft(status int, f *form) error {
	id, err := v.id("draft")
	if err != nil {
		return err
	}
	d, err := v.site.deps.Reader.Draft(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	about := access.Object{Organisation: d.Submitter, Author: d.Draft.Author}
	_, undecidable := access.Decide(v.principal, access.DraftDecide, about)
	_, unchangeable := access.Decide(v.principal, access.DraftChange, about)
	return v.render(status, "draft", draftPage{Draft: d, Documents: v.documents(d.Documents), Form: v.view(f),
		Mine:      d.Draft.Author == v.principal.ID,
		MayDecide: undecidable == nil && d.State == hub.DraftWaiting, MayChange: unchangeable == nil && d.State.Open()})
}

// draftDocument answers GET /court/drafts/{draft}/documents/{document}.
func (s *site) draftDocument(v *visit) error {
	id, err := v.id("draft")
	if err != nil {
		return err
	}
	document, err := v.id("document")
	if err != nil {
		return err
	}
	d, bytes, err := s.deps.Reader.DraftDocument(v.r.Context(), v.principal, id, document)
	if err != nil {
		return err
	}
	v.writeDocument(d, bytes)
	return nil
}

// approveDraft answers POST /court/drafts/{draft}/approve. What keeps the paper from being sent now is told on the page.
func (s *site) approveDraft(v *visit) error {
	id, err := v.id("draft")
	if err != nil {
		return err
	}
	result, err := s.deps.Dispatcher.Approve(v.r.Context(), v.principal, id)
	if code := hub.CodeOf(err); code == hub.CodeValidation || code == hub.CodeNotEnrolled || code == hub.CodeDuplicateReference {
		f := newForm()
		if err := f.refused(err, nil); err != nil {
			return err
		}
		return v.showDraft(http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	v.flash("approved")
	to := "/court/notices/" + result.Notice.ID.String()
	if names := warningNames(result.Warnings); names != "" {
		to += "?warning=" + names
	}
	return v.redirect(to)
}

// returnDraft answers POST /court/drafts/{draft}/return: return_reason.
func (s *site) returnDraft(v *visit) error {
	id, err := v.id("draft")
	if err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	err = s.deps.Dispatcher.ReturnDraft(v.r.Context(), v.principal, id, f.value("return_reason"))
	if hub.CodeOf(err) == hub.CodeValidation {
		if err := f.refused(err, map[string]string{"/reason": "return_reason"}); err != nil {
			return err
		}
		return v.showDraft(http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	v.flash("draft_returned")
	return v.redirect("/court/drafts")
}

// withdrawDraft answers POST /court/drafts/{draft}/withdraw.
func (s *site) withdrawDraft(v *visit) error {
	id, err := v.id("draft")
	if err != nil {
		return err
	}
	if err := s.deps.Dispatcher.WithdrawDraft(v.r.Context(), v.principal, id); err != nil {
		return err
	}
	v.flash("draft_withdrawn")
	return v.redirect("/court/drafts")
}
