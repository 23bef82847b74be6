package web

import (
	"net/http"
	"net/url"
	"slices"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// tasksLimit is how many tasks one page has.
const tasksLimit = 25

// tasksPage is a page of the papers that an officer's branch carries.
type tasksPage struct {
	State  hub.TaskState   // "": what is left to do
	States []hub.TaskState // that can be asked for
	Items  []taskView
	Pager  pager
}

// taskView is one task, as the visitor may see it.
type taskView struct {
	hub.Carried
	Mine bool // the visitor carries it
	Late bool // its return is overdue
}

func (v *visit) task(c hub.Carried) taskView {
	working := c.Task.State == hub.TaskOpen || c.Task.State == hub.TaskTaken
	return taskView{Carried: c, Mine: c.Task.State == hub.TaskTaken && c.Task.TakenBy == v.principal.ID,
		Late: working && v.site.deps.Clock().After(c.Task.DueAt)}
}

// tasks answers GET /officer?state=&after=.
func (s *site) tasks(v *visit) error {
	q := v.r.URL.Query()
	ask := reading.TaskQuery{State: hub.TaskState(q.Get("state")), After: q.Get("after"), Limit: tasksLimit}
	found, err := s.deps.Reader.Tasks(v.r.Context(), v.principal, ask)
	if err != nil {
		return err
	}
	keep := url.Values{}
	if ask.State != "" {
		keep.Set("state", string(ask.State))
	}
	data := tasksPage{State: ask.State, States: []hub.TaskState{"", hub.TaskReturned, hub.TaskWithdrawn},
		Pager: newPager("/officer", keep, ask.After, found.Next)}
	for _, c := range found.Items {
		data.Items = append(data.Items, v.task(c))
	}
	return v.render(http.StatusOK, "officer", data)
}

// taskPage is one task with what can be done with it.
type taskPage struct {
	taskView
	Form      formView
	Returning bool // the form of a return is open
	Outcomes  []string
	Relations []string
	Corrects  string
}

// LastReturn is the return that counts, which alone can be corrected; nil without one.
func (p taskPage) LastReturn() *hub.OfficerReturn {
	if n := len(p.Task.Returns); n > 0 {
		return &p.Task.Returns[n-1]
	}
	return nil
}

// taskItem answers GET /officer/{task}?corrects=.
func (s *site) taskItem(v *visit) error {
	f := newForm()
	f.values["corrects"] = v.r.URL.Query().Get("corrects")
	f.values["served_day"] = dates{s.texts[v.language], s.zone}.typed(s.deps.Clock())
	return v.showTask(http.StatusOK, f)
}

func (v *visit) showTask(status int, f *form) error {
	id, err := v.id("task")
	if err != nil {
		return err
	}
	c, err := v.site.deps.Reader.Task(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	data := taskPage{taskView: v.task(c), Form: v.view(f), Corrects: f.value("corrects")}
	first := len(c.Task.Returns) == 0 && c.Task.TakenBy == v.principal.ID
	data.Returning = first || slices.ContainsFunc(c.Task.Returns, func(r hub.OfficerReturn) bool { return r.ID.String() == data.Corrects })
	data.Outcomes, data.Relations = outcomesFor(c.RecipientKind), relationsFor(c.RecipientKind)
	return v.render(status, "officer-task", data)
}

// outcomesFor leaves out what cannot become of a paper to such a person (CPC 68, 69, 75, 76).
func outcomesFor(kind hub.PersonKind) []string {
	never := []hub.PaperOutcome{hub.PaperToManager, hub.PaperToSecretariat}
	if kind == hub.PersonLegal {
		never = []hub.PaperOutcome{hub.PaperToPerson, hub.PaperToHousehold}
	}
	return words(slices.DeleteFunc(slices.Clone(hub.PaperOutcomes), func(o hub.PaperOutcome) bool { return slices.Contains(never, o) }))
}

// relationsFor leaves out who cannot be there for such a person.
func relationsFor(kind hub.PersonKind) []string {
	own := []hub.Relation{"manager", "signatory", "secretariat_head"}
	return words(slices.DeleteFunc(slices.Clone(hub.Relations), func(r hub.Relation) bool {
		return r != "other" && slices.Contains(own, r) != (kind == hub.PersonLegal)
	}))
}

// take answers POST /officer/{task}/take.
func (s *site) takeTask(v *visit) error {
	id, err := v.id("task")
	if err != nil {
		return err
	}
	if err := s.deps.Ladder.Take(v.r.Context(), v.principal, id); err != nil {
		return err
	}
	v.flash("taken")
	return v.redirect("/officer/" + id.String())
}

// carriedPage is what a paper says, for the officer who carries it to print.
type carriedPage struct {
	Task      hub.ID
	Notice    hub.Notice
	Documents []documentView
}

// taskPaper answers GET /officer/{task}/paper. D.6 is committed before a word of the paper is read.
func (s *site) taskPaper(v *visit) error {
	id, err := v.id("task")
	if err != nil {
		return err
	}
	if err := s.deps.Ladder.Fetch(v.r.Context(), v.principal, id, hub.ID{}); err != nil {
		return err
	}
	n, err := s.deps.Reader.TaskPaper(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "officer-paper", carriedPage{id, n, v.documents(n.Documents)})
}

// taskDocument answers GET /officer/{task}/documents/{document} with the bytes, after D.6.
func (s *site) taskDocument(v *visit) error {
	task, err := v.id("task")
	if err != nil {
		return err
	}
	document, err := v.id("document")
	if err != nil {
		return err
	}
	if err := s.deps.Ladder.Fetch(v.r.Context(), v.principal, task, document); err != nil {
		return err
	}
	d, bytes, err := s.deps.Reader.TaskDocument(v.r.Context(), v.principal, task, document)
	if err != nil {
		return err
	}
	v.writeDocument(d, bytes)
	return nil
}
