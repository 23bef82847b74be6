package web

import (
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/reading"
)

// returnedDraft finds a draft of the visitor's own that was returned. Errors: not-found for others'; wrong-state.
func (v *visit) returnedDraft() (reading.OpenDraft, error) {
	if _, err := access.May(v.principal, access.DraftChange); err != nil {
		return reading.OpenDraft{}, err
	}
	id, err := v.id("draft")
	if err != nil {
		return reading.OpenDraft{}, err
	}
	d, err := v.site.deps.Reader.Draft(v.r.Context(), v.principal, id)
	if err != nil {
		return reading.OpenDraft{}, err
	}
	if _, err := access.Decide(v.principal, access.DraftChange, access.Object{Organisation: d.Submitter, Author: d.Draft.Author}); err != nil {
		return reading.OpenDraft{}, err
	}
	if d.State != hub.DraftReturned {
		return reading.OpenDraft{}, hub.Refuse(hub.CodeWrongState, "this draft was not returned, or not any more")
	}
	return d, nil
}

// editDraft answers GET /court/drafts/{draft}/edit: the form, filled with what the returned draft says.
func (s *site) editDraft(v *visit) error {
	d, err := v.returnedDraft()
	if err != nil {
		return err
	}
	f, p := newForm(), d.Paper
	shown := dates{s.texts[v.language], s.zone}
	for name, value := range map[string]string{
		"reference": d.Reference, "addressee": d.Addressee.NationalID, "on_behalf_of": d.Client.NationalID, "capacity": string(p.Capacity), "case_number": p.Case.Number,
		"case_kind": p.Case.Kind, "archive_number": p.Case.ArchiveNumber, "kind": string(d.Kind), "subject": p.Subject, "body": p.Body, "priority": string(d.Priority),
	} {
		f.values[name] = value
	}
	if !p.HearingAt.IsZero() {
		f.values["hearing_day"], f.values["hearing_time"] = shown.typed(p.HearingAt), p.HearingAt.In(s.zone).Format("15:04")
	}
	sub := &submission{form: f, action: v.r.URL.Path, back: "/court/drafts/" + d.ID.String()}
	for _, doc := range v.documents(d.Documents) {
		sub.attached = append(sub.attached, attachment{ID: doc.ID, Name: doc.Name})
	}
	return v.showPaper(http.StatusOK, sub)
}

// resubmit answers POST /court/drafts/{draft}/edit.
func (s *site) resubmit(v *visit) error {
	d, err := v.returnedDraft()
	if err != nil {
		return err
	}
	sub, err := v.readSubmission()
	if err != nil {
		return err
	}
	sub.action, sub.back = v.r.URL.Path, "/court/drafts/"+d.ID.String()
	paper := beside(sub.paper(s.zone), d)
	if len(sub.form.errors) > 0 {
		return v.showPaper(http.StatusUnprocessableEntity, sub)
	}
	result, err := s.deps.Dispatcher.Resubmit(v.r.Context(), v.principal, d.ID, paper, sub.request(v.principal.ID))
	if err != nil {
		if hub.CodeOf(err) == hub.CodeWrongState {
			return err
		}
		if err := sub.form.refused(err, paperFields()); err != nil {
			return err
		}
		return v.showPaper(http.StatusUnprocessableEntity, sub)
	}
	v.flash("drafted")
	return v.redirect("/court/drafts/" + result.Draft.ID.String())
}

// beside keeps what the returned draft says and the form has no field for: nothing is lost by editing it here.
func beside(paper dispatch.Paper, d reading.OpenDraft) dispatch.Paper {
	old := d.Paper
	paper.Case.Branch, paper.Case.Subject = old.Case.Branch, old.Case.Subject
	paper.Channels, paper.NotBefore, paper.ExpiresAt = old.Channels, old.NotBefore, old.ExpiresAt
	return paper
}
