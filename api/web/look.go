package web

import (
	"net/http"
	"net/url"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
	"eblagh/hub/trail"
)

// looksLimit is how many lines one page of looks has.
const looksLimit = 25

// looksPage says who looked at one's papers, or at one of them.
type looksPage struct {
	Notice hub.ID // zero: all papers
	Items  []lookView
	Pager  pager
}

// lookView is one line: what was done, by somebody in which role, where.
type lookView struct {
	At     time.Time
	Did    string // of didWords
	By     string // of the families role and look_by
	System bool
	Place  string
	Papers []hub.ID
}

// didWords are what can be done with somebody's papers, in words.
func didWords() []string {
	return []string{"notice", "receipts", "document", "inbox", "case", "delivery", "officer", "person", "wrote", "other"}
}

// did puts an action into one of didWords.
func did(action access.Action) string {
	switch action {
	case access.NoticeRead:
		return "notice"
	case access.ReceiptRead, access.CertificateRead:
		return "receipts"
	case access.DocumentRead:
		return "document"
	case access.InboxRead, access.InboxOpen, access.LooksRead:
		return "inbox"
	case access.CaseRead:
		return "case"
	case access.DeliveryRead, access.LanesRead, access.Operate:
		return "delivery"
	case access.TaskWork:
		return "officer"
	case access.RecipientRead, access.RepresentativeRead:
		return "person"
	case access.NoticeSubmit, access.RecipientEnrol, access.RecipientChange, access.RepresentativeWrite, access.AttorneyWrite:
		return "wrote"
	}
	return "other"
}

// looks answers GET /looks?after=.
func (s *site) looks(v *visit) error { return v.showLooks("/looks", hub.ID{}) }

// noticeLooks answers GET /inbox/{notice}/looks?after=.
func (s *site) noticeLooks(v *visit) error {
	id, err := v.id("notice")
	if err != nil {
		return err
	}
	return v.showLooks("/inbox/"+id.String()+"/looks", id)
}

func (v *visit) showLooks(path string, notice hub.ID) error {
	after := v.r.URL.Query().Get("after")
	found, err := v.site.deps.Reader.Looks(v.r.Context(), v.principal,
		reading.LooksQuery{Notice: notice, After: after, Limit: looksLimit})
	if err != nil {
		return err
	}
	data := looksPage{Notice: notice, Pager: newPager(path, nil, after, found.Next)}
	for _, l := range found.Items {
		data.Items = append(data.Items, lookView{At: l.At, Did: did(l.Action), By: string(l.Role), System: l.Kind == access.Key,
			Place: l.Organisation, Papers: l.Notices})
	}
	return v.render(http.StatusOK, "looks", data)
}

// trailPage is the auditor's search of the trail.
type trailPage struct {
	Form  formView
	Items []trail.Entry
	Pager pager
}

// trailFields are the fields of the search, by their pointers.
func trailFields() map[string]string {
	return map[string]string{"/object": "object", "/principal": "principal", "/since": "since", "/until": "until"}
}

// trailDays are those of them that are days.
func trailDays() []string { return []string{"since", "until"} }

// askTrail answers POST /trail: it leads to what was asked for, by ids and days alone. An address has its days in one way,
// whatever the calendar that they were typed in.
func (s *site) askTrail(v *visit) error {
	if _, err := access.May(v.principal, access.TrailRead); err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	query := url.Values{}
	for _, name := range trailFields() {
		if text := f.value(name); text != "" && len(text) <= 40 {
			query.Set(name, text)
		}
	}
	for _, name := range trailDays() {
		if day, err := parseDay(query.Get(name), s.zone); err == nil {
			query.Set(name, day.Format(time.DateOnly))
		}
	}
	if len(query) == 0 {
		return v.redirect("/trail")
	}
	return v.redirect("/trail?" + query.Encode())
}

// searchTrail answers GET /trail?object=&principal=&since=&until=&after=. Ids are all that it is asked by.
func (s *site) searchTrail(v *visit) error {
	if _, err := access.May(v.principal, access.TrailRead); err != nil {
		return err
	}
	f, query, keep := newForm(), v.r.URL.Query(), url.Values{}
	for _, name := range trailFields() {
		if text := query.Get(name); text != "" && len(text) <= 40 {
			f.values[name] = text
			keep.Set(name, text)
		}
	}
	q := reading.TrailQuery{Unended: query.Get("unended") != "", After: query.Get("after"), Limit: looksLimit}
	if q.Unended {
		keep.Set("unended", "1")
	}
	for name, to := range map[string]*hub.ID{"object": &q.Object, "principal": &q.Principal} {
		if to.UnmarshalText([]byte(f.value(name))) != nil {
			f.wrong(name, "invalid")
		}
	}
	q.Since, q.Until = s.dayIn(f, "since", 0), s.dayIn(f, "until", 1) // that day as well
	for _, name := range trailDays() {                                // shown as people of the language type it
		if day, err := parseDay(f.value(name), s.zone); err == nil {
			f.values[name] = dates{s.texts[v.language], s.zone}.typed(day)
		}
	}
	if len(f.errors) > 0 {
		return v.render(http.StatusUnprocessableEntity, "trail", trailPage{Form: v.view(f)})
	}
	found, err := s.deps.Reader.Trail(v.r.Context(), v.principal, q)
	if err != nil {
		if err = f.refused(err, trailFields()); err != nil {
			return err
		}
		return v.render(http.StatusUnprocessableEntity, "trail", trailPage{Form: v.view(f)})
	}
	return v.render(http.StatusOK, "trail", trailPage{v.view(f), found.Items, newPager("/trail", keep, q.After, found.Next)})
}
