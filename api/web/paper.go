package web

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// paperPage is the form with which a court submits a paper.
type paperPage struct {
	Form       formView
	Action     string // where it goes
	Back       string // where it came from
	Edits      bool   // it replaces a returned draft
	Reference  string // names this filling of the form: sent twice, it is one paper
	Attached   []attachment
	Capacities []string
	Kinds      []string
	Priorities []string
	CaseKinds  []option
}

// paperFields leads from the wire's pointers to the fields of the form.
func paperFields() map[string]string {
	return map[string]string{
		"/addressee": "addressee", "/capacity": "capacity", "/on_behalf_of": "on_behalf_of", "/case/number": "case_number",
		"/case/archive_number": "archive_number", "/case/kind": "case_kind", "/kind": "kind", "/subject": "subject", "/body": "body",
		"/documents": "documents", "/priority": "priority", "/hearing_at": "hearing_day",
	}
}

// paperForm answers GET /court/new.
func (s *site) paperForm(v *visit) error {
	if _, err := access.May(v.principal, access.NoticeSubmit); err != nil {
		return err
	}
	f := newForm()
	f.values["priority"] = string(hub.PriorityNormal)
	return v.showPaper(http.StatusOK, &submission{form: f})
}

func (v *visit) showPaper(status int, sub *submission) error {
	if sub.form.value("reference") == "" {
		sub.form.values["reference"] = "desk-" + hub.NewID(v.site.deps.Clock()).String()
	}
	return v.render(status, "court-new", paperPage{
		Action: cmp.Or(sub.action, "/court/new"), Back: cmp.Or(sub.back, "/court"), Edits: sub.action != "",
		Form: v.view(sub.form), Reference: sub.form.value("reference"), Attached: sub.attached,
		Capacities: words(hub.Capacities), Kinds: words(hub.Kinds),
		Priorities: words([]hub.Priority{hub.PriorityUrgent, hub.PriorityNormal, hub.PriorityBulk}),
		CaseKinds:  v.caseKinds(false),
	})
}

// submitPaper answers POST /court/new. Documents are taken in while the form is read, so that they are not lost when a
// field is wrong: the form comes back with them attached.
func (s *site) submitPaper(v *visit) error {
	if _, err := access.May(v.principal, access.NoticeSubmit); err != nil {
		return err
	}
	sub, err := v.readSubmission()
	if err != nil {
		return err
	}
	paper := sub.paper(s.zone)
	if len(sub.form.errors) > 0 {
		return v.showPaper(http.StatusUnprocessableEntity, sub)
	}
	results, err := s.deps.Dispatcher.Submit(v.r.Context(), v.principal, []dispatch.Paper{paper}, sub.request(v.principal.ID))
	if err != nil {
		return err
	}
	if refused := results[0].Err; refused != nil {
		if refused.Code == hub.CodeDuplicateReference {
			delete(sub.form.values, "reference") // sent again on purpose, it is another paper
		}
		if err := sub.form.refused(refused, paperFields()); err != nil {
			return err
		}
		return v.showPaper(http.StatusUnprocessableEntity, sub)
	}
	if draft := results[0].Draft.ID; !draft.IsZero() {
		v.flash("drafted")
		return v.redirect("/court/drafts/" + draft.String())
	}
	v.flash("submitted")
	to := "/court/notices/" + results[0].Notice.ID.String()
	if names := warningNames(results[0].Warnings); names != "" {
		to += "?warning=" + names
	}
	return v.redirect(to)
}

// paper makes the paper, and notes what is missing or cannot be read.
func (sub *submission) paper(zone *time.Location) dispatch.Paper {
	f := sub.form
	for _, name := range []string{"addressee", "case_number", "kind", "subject"} {
		if f.value(name) == "" {
			f.wrong(name, "required")
		}
	}
	if _, _, err := hub.ParsePersonID(f.value("addressee")); err != nil {
		f.wrong("addressee", "national_id")
	}
	if _, _, err := hub.ParsePersonID(f.value("on_behalf_of")); f.value("on_behalf_of") != "" && err != nil {
		f.wrong("on_behalf_of", "national_id")
	}
	paper := dispatch.Paper{
		Reference: f.value("reference"), Kind: hub.Kind(f.value("kind")), Capacity: hub.Capacity(f.value("capacity")),
		Case:      dispatch.PaperCase{Number: f.value("case_number"), ArchiveNumber: f.value("archive_number"), Kind: f.value("case_kind")},
		Addressee: dispatch.Addressee{NationalID: f.value("addressee")}, For: dispatch.Addressee{NationalID: f.value("on_behalf_of")},
		Subject: f.value("subject"), Body: strings.ReplaceAll(f.value("body"), "\r\n", "\n"),
		HearingAt: sub.hearing(zone), Priority: hub.Priority(f.value("priority")),
	}
	for _, a := range sub.attached {
		paper.Documents = append(paper.Documents, a.ID)
	}
	return paper
}

// hearing reads day and time, which come together or not at all.
func (sub *submission) hearing(zone *time.Location) time.Time {
	day, clock := sub.form.value("hearing_day"), sub.form.value("hearing_time")
	if day == "" && clock == "" {
		return time.Time{}
	}
	start, err := parseDay(day, zone)
	if err != nil {
		sub.form.wrong("hearing_day", "date")
	}
	hour, minute, err := parseClock(clock)
	if err != nil {
		sub.form.wrong("hearing_time", "time")
	}
	y, m, d := start.Date()
	return time.Date(y, m, d, hour, minute, 0, 0, zone).UTC()
}

// request names this filling of the form, so that sending it twice makes one paper.
func (sub *submission) request(person hub.ID) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "POST /court/new %s\n", person)
	for _, name := range slices.Sorted(maps.Keys(sub.form.values)) {
		fmt.Fprintf(h, "%q %q\n", name, sub.form.values[name])
	}
	for _, a := range sub.attached {
		fmt.Fprintln(h, a.ID)
	}
	return h.Sum(nil)
}
