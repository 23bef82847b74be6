package web

import (
	"net/http"
	"net/url"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
	"eblagh/hub/retention"
)

// How many cases one page lists, and papers of one case.
const (
	casesLimit      = 25
	casePapersLimit = 25
)

// casesPage is a page of the visitor's cases.
type casesPage struct {
	Form  formView
	Found bool // these are what was looked for
	Items []caseLine
	Pager pager
}

// caseLine is one case in the list.
type caseLine struct {
	hub.Case
	Branch  string
	Newest  *caseLetter // nil: nothing shows
	Waiting int         // papers among the newest that are not opened
}

// caseLetter is one paper of a case. Subject is empty until it was opened.
type caseLetter struct {
	ID        hub.ID
	Kind      hub.Kind
	Number    string
	ArrivedAt time.Time
	Opened    bool
	Subject   string
	Client    string // for whose counsel it shows
	Service   hub.ServiceStatus
	Href      string // "": there is nothing more to see of it
	Served    bool   // on the visitor in person
}

// cases answers GET /cases?after=.
func (s *site) cases(v *visit) error {
	return v.showCases(http.StatusOK, newForm(), reading.CaseQuery{After: v.r.URL.Query().Get("after"), Limit: casesLimit})
}

// findCases answers POST /cases: case_number. What leads to one case goes there.
func (s *site) findCases(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	return v.showCases(http.StatusOK, f, reading.CaseQuery{Number: f.value("case_number"), Limit: casesLimit})
}

func (v *visit) showCases(status int, f *form, ask reading.CaseQuery) error {
	ask.Language = string(v.language)
	found, err := v.site.deps.Reader.Cases(v.r.Context(), v.principal, ask)
	if err != nil {
		if err := f.refused(err, map[string]string{"/number": "case_number"}); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	if ask.Number != "" && len(found.Items) == 1 {
		return v.redirect("/cases/" + found.Items[0].Case.ID.String())
	}
	data := casesPage{Form: v.view(f), Found: ask.Number != ""}
	if !data.Found {
		data.Pager = newPager("/cases", url.Values{}, ask.After, found.Next)
	}
	for _, item := range found.Items {
		line := caseLine{Case: item.Case, Branch: item.Branch.Name}
		for i, n := range item.Notices {
			letter := v.caseLetter(n)
			if i == 0 {
				line.Newest = &letter
			}
			if !letter.Opened {
				line.Waiting++
			}
		}
		data.Items = append(data.Items, line)
	}
	return v.render(status, "cases", data)
}

// caseLetter leads to a paper on the road by which the visitor may see it.
func (v *visit) caseLetter(n reading.CaseNotice) caseLetter {
	c := n.Cover
	out := caseLetter{ID: c.ID, Kind: c.Kind, Number: c.Number, ArrivedAt: c.ArrivedAt, Client: n.Client,
		Service: n.Service.Status, Served: n.Recipient == v.principal.Addressee()}
	if n.Notice != nil {
		out.Subject, out.Opened = n.Notice.Subject, !n.Notice.OpenedAt.IsZero()
	}
	switch {
	case out.Served:
		out.Href = "/inbox/" + c.ID.String()
	case n.Client != "" && n.Notice != nil:
		out.Href = "/lawyer/notices/" + c.ID.String()
	case n.Client == "":
		out.Href = "/court/notices/" + c.ID.String()
	}
	return out
}

// casePage is one case with a page of its papers, and who is counsel in it.
type casePage struct {
	Form      formView
	Case      hub.Case
	Branch    string
	Items     []caseLetter
	Pager     pager
	Attorneys []attorneyView
	MayWrite  bool
	MayKeep   bool          // sees its kind, who works on it, and what holds its papers
	Kind      string        // in words; "": nobody has said it, or the visitor is not told
	Replaced  *attorneyView // from whom another lawyer takes over
	Ending    *attorneyView // whose power of attorney is to end
	Scopes    []string
	Ends      []string
}

// attorneyView is a power of attorney with the names that the visitor may know.
type attorneyView struct {
	hub.Attorney
	LawyerName, ClientName string
	InForce                bool
}

// Ended reports whether it ended before its term.
func (a attorneyView) Ended() bool { return !a.EndedAt.IsZero() }

// caseItem answers GET /cases/{case}?after=&replaces=&end=.
func (s *site) caseItem(v *visit) error {
	f, q := newForm(), v.r.URL.Query()
	f.values["replaces"], f.values["end"] = q.Get("replaces"), q.Get("end")
	return v.showCase(http.StatusOK, f)
}

func (v *visit) showCase(status int, f *form) error {
	id, err := v.id("case")
	if err != nil {
		return err
	}
	after := v.r.URL.Query().Get("after")
	item, err := v.site.deps.Reader.Case(v.r.Context(), v.principal, id, reading.CaseQuery{After: after,
		Limit: casePapersLimit, Language: string(v.language)})
	if err != nil {
		return err
	}
	_, refused := access.Decide(v.principal, access.AttorneyWrite, access.Object{Organisation: item.Organisation})
	data := casePage{Form: v.view(f), Case: item.Case, Branch: item.Branch.Name, MayWrite: refused == nil,
		Scopes: words([]hub.AttorneyScope{hub.AttorneyFull, hub.AttorneyRead, hub.AttorneyService}), Ends: words(hub.AttorneyEnds),
		Pager: newPager("/cases/"+id.String(), url.Values{}, after, item.Next)}
	if item.Case.Kind != retention.General {
		data.Kind = v.caseKind(item.Case.Kind)
	}
	_, refused = access.Decide(v.principal.Traced(nil), access.LegalHoldRead,
		access.Object{Organisation: item.Organisation, Restricted: item.Case.Restricted, Assigned: true})
	data.MayKeep = refused == nil && item.Organisation == item.Case.Branch
	for _, n := range item.Notices {
		data.Items = append(data.Items, v.caseLetter(n))
	}
	for _, a := range item.Attorneys {
		view := attorneyView{a, item.Names[a.Lawyer], item.Names[a.Client], a.InForce(v.site.deps.Clock())}
		data.Attorneys = append(data.Attorneys, view)
		if data.MayWrite && view.InForce && f.value("replaces") == a.ID.String() {
			data.Replaced = &view
		}
		if data.MayWrite && !view.Ended() && f.value("end") == a.ID.String() {
			data.Ending = &view
		}
	}
	return v.render(status, "case", data)
}
