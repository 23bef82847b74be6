package web

import (
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
	"eblagh/hub/retention"
)

// keepingPage says of which kind a case is, who works on it, and what keeps its papers from being erased.
type keepingPage struct {
	Form   formView
	Case   hub.Case
	Branch string
	Kind   string // in words

	MayClassify bool
	Kinds       []option

	Assignees  []assigneeView
	Colleagues []option // who could be put to work on it

	Holds    []legalHoldView
	MayPlace bool
	MayLift  bool
	Papers   []option // of which one alone may be held
}

// keeping answers GET /cases/{case}/keeping.
func (s *site) keeping(v *visit) error { return v.showKeeping(http.StatusOK, newForm()) }

func (v *visit) showKeeping(status int, f *form) error {
	if _, err := access.May(v.principal, access.LegalHoldRead); err != nil {
		return err
	}
	id, err := v.id("case")
	if err != nil {
		return err
	}
	deps := v.site.deps
	holds, err := deps.Keeper.Holds(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	assignees, err := deps.Keeper.Assignees(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	staff, err := deps.Reader.Staff(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	item, err := deps.Reader.Case(v.r.Context(), v.principal, id, reading.CaseQuery{Limit: casePapersLimit, Language: string(v.language)})
	if err != nil {
		return err
	}
	names := map[hub.ID]string{}
	for _, somebody := range staff {
		names[somebody.ID] = somebody.Name
	}
	// Who has read this far is one of those who work on it, if it is restricted.
	may := func(action access.Action) bool {
		_, err := access.Decide(v.principal.Traced(nil), action,
			access.Object{Organisation: item.Case.Branch, Restricted: item.Case.Restricted, Assigned: true})
		return err == nil
	}
	data := keepingPage{Form: v.view(f), Case: item.Case, Branch: item.Branch.Name, Kind: v.caseKind(item.Case.Kind),
		MayClassify: may(access.CaseReclassify) || may(access.CaseClassify) && item.Case.Kind == retention.General,
		Kinds:       v.caseKinds(may(access.CaseReclassify)), MayPlace: may(access.LegalHoldPlace), MayLift: may(access.LegalHoldLift),
		Assignees: assigneeViews(assignees, names), Holds: legalHoldViews(holds, names), Papers: v.heldPapers(item)}
	data.Colleagues = colleagues(staff, assignees)
	return v.render(status, "case-keeping", data)
}

// changeKeeping reads a form of the page and does something by it: then the page shows again, with what was done or with
// what is wrong.
func (v *visit) changeKeeping(done string, fields map[string]string, do func(matter hub.ID, f *form) error) error {
	id, err := v.id("case")
	if err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	err = do(id, f)
	if err == nil && len(f.errors) == 0 {
		v.flash(done)
		return v.redirect("/cases/" + id.String() + "/keeping")
	}
	switch hub.CodeOf(err) {
	case hub.CodeWrongState:
		f.wrong("", "said_before")
	case hub.CodeValidation:
		if err := f.refused(err, fields); err != nil {
			return err
		}
	default:
		if err != nil {
			return err
		}
	}
	return v.showKeeping(http.StatusUnprocessableEntity, f)
}
