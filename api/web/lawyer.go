package web

import (
	"net/http"
	"net/url"
	"slices"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// heldLimit is how many powers of attorney one page lists.
const heldLimit = 25

// lawyerPage is a page of a lawyer's powers of attorney.
type lawyerPage struct {
	Form   formView
	State  reading.HeldState
	States []reading.HeldState
	Find   string // what was looked for; "": nothing, this is the list
	Items  []reading.Held
	More   bool // of what was found there is more
	Pager  pager
}

// heldStates are the parts of the list, in the order in which they are offered.
func heldStates() []reading.HeldState {
	return []reading.HeldState{reading.HeldInForce, reading.HeldOver, reading.HeldAll}
}

// lawyer answers GET /lawyer?state=&after=.
func (s *site) lawyer(v *visit) error {
	q := v.r.URL.Query()
	ask := reading.HeldQuery{State: reading.HeldState(q.Get("state")), After: q.Get("after"), Limit: heldLimit}
	if !slices.Contains(heldStates(), ask.State) {
		ask.State = reading.HeldInForce
	}
	return v.showHeld(http.StatusOK, newForm(), ask)
}

// findHeld answers POST /lawyer: find. Names and references travel in the body, and in no address.
func (s *site) findHeld(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	ask := reading.HeldQuery{State: reading.HeldAll, Find: f.value("find"), Limit: heldLimit}
	return v.showHeld(http.StatusOK, f, ask)
}

func (v *visit) showHeld(status int, f *form, ask reading.HeldQuery) error {
	found, err := v.site.deps.Reader.Held(v.r.Context(), v.principal, ask)
	if err != nil {
		if err := f.refused(err, map[string]string{"/find": "find"}); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	data := lawyerPage{Form: v.view(f), State: ask.State, States: heldStates(), Find: ask.Find, Items: found.Items}
	if ask.Find != "" {
		data.More = found.Next != "" // it can be narrowed down; a mark without what was looked for leads nowhere
		return v.render(status, "lawyer", data)
	}
	keep := url.Values{}
	if ask.State != reading.HeldInForce {
		keep.Set("state", string(ask.State))
	}
	data.Pager = newPager("/lawyer", keep, ask.After, found.Next)
	return v.render(status, "lawyer", data)
}

// noteReference answers POST /lawyer/{attorney}/reference: reference, what the lawyer calls the case.
func (s *site) noteReference(v *visit) error {
	id, err := v.id("attorney")
	if err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	err = s.deps.Enroller.NoteReference(v.r.Context(), v.principal, id, f.value("reference"))
	if err == nil {
		v.flash("noted")
		return v.redirect("/lawyer")
	}
	if err := f.refused(err, map[string]string{"/reference": "reference"}); err != nil {
		return err
	}
	return v.showHeld(http.StatusUnprocessableEntity, f, reading.HeldQuery{State: reading.HeldAll, Limit: heldLimit})
}

// counselNotice answers GET /lawyer/notices/{notice}: a client's notice, which the client has opened.
func (s *site) counselNotice(v *visit) error {
	id, err := v.id("notice")
	if err != nil {
		return err
	}
	n, service, err := s.deps.Reader.Notice(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	receipts, err := v.receipts(id)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "notice", openedPage{Notice: n, Documents: v.documents(n.Documents),
		Service: v.service(service), Receipts: receipts, Base: "/lawyer/notices", Back: "/cases/" + n.Case.ID.String(),
		Counsel: n.Recipient != hub.ID{} && n.Recipient != v.principal.ID})
}
