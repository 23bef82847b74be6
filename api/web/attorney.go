package web

import (
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/reading"
)

// attorneyFields leads from the wire's pointers to the fields of the form.
func attorneyFields() map[string]string {
	return map[string]string{"/lawyer_id": "lawyer_national_id", "/client_id": "client_national_id", "/scope": "scope",
		"/from": "from_day", "/until": "until_day", "/reason": "end_reason", "/replaces": ""}
}

// registerAttorney answers POST /cases/{case}/attorneys: lawyer_national_id, client_national_id, scope, from_day,
// until_day; replaces and end_reason when the lawyer takes over from another.
func (s *site) registerAttorney(v *visit) error {
	if _, err := access.May(v.principal, access.AttorneyWrite); err != nil {
		return err
	}
	id, err := v.id("case")
	if err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	n := enrol.NewAttorney{Case: id, Scope: hub.AttorneyScope(f.value("scope")), From: s.dayIn(f, "from_day", 0),
		Until: s.dayIn(f, "until_day", 1)}
	if err := v.findParties(f, &n); err != nil {
		return err
	}
	if len(f.errors) == 0 {
		_, err = s.deps.Enroller.RegisterAttorney(v.r.Context(), v.principal, n)
		if err == nil {
			v.flash("counsel_registered")
			return v.redirect("/cases/" + id.String())
		}
		if hub.CodeOf(err) == hub.CodeWrongState {
			f.wrong("", "counsel_already")
		} else if err := f.refused(err, attorneyFields()); err != nil {
			return err
		}
	}
	return v.showCase(http.StatusUnprocessableEntity, f)
}

// findParties finds lawyer and client by what was typed. Who takes over acts for the same client.
func (v *visit) findParties(f *form, n *enrol.NewAttorney) (err error) {
	if n.Lawyer, err = v.person(f, "lawyer_national_id"); err != nil {
		return err
	}
	if f.value("replaces") == "" {
		n.Client, err = v.person(f, "client_national_id")
		return err
	}
	if n.Replaces, err = hub.ParseID(f.value("replaces")); err != nil {
		return hub.ErrNotFound
	}
	n.Reason = hub.AttorneyEnd(f.value("end_reason"))
	item, err := v.site.deps.Reader.Case(v.r.Context(), v.principal, n.Case, reading.CaseQuery{Limit: 1})
	if err != nil {
		return err
	}
	for _, a := range item.Attorneys {
		if a.ID == n.Replaces {
			n.Client = a.Client
			return nil
		}
	}
	return hub.ErrNotFound
}

// person finds who has the national id in a field, and notes at the field when nobody has.
func (v *visit) person(f *form, name string) (hub.ID, error) {
	if f.value(name) == "" {
		f.wrong(name, "required")
		return hub.ID{}, nil
	}
	found, err := v.site.deps.Enroller.Lookup(v.r.Context(), v.principal, f.value(name))
	switch {
	case err == nil:
		return found.ID, nil
	case hub.CodeOf(err) == hub.CodeNotFound:
		f.wrong(name, "nobody")
		return hub.ID{}, nil
	}
	return hub.ID{}, f.refused(err, map[string]string{"/national_id": name})
}

// dayIn reads a day that may be left out, and gives its first instant, or that of a later day.
func (s *site) dayIn(f *form, name string, later int) time.Time {
	if f.value(name) == "" {
		return time.Time{}
	}
	day, err := parseDay(f.value(name), s.zone)
	if err != nil {
		f.wrong(name, "date")
		return time.Time{}
	}
	return day.AddDate(0, 0, later).UTC()
}

// endAttorney answers POST /cases/{case}/attorneys/{attorney}/end: end_reason.
func (s *site) endAttorney(v *visit) error {
	id, err := v.id("case")
	if err != nil {
		return err
	}
	attorney, err := v.id("attorney")
	if err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	err = s.deps.Enroller.EndAttorney(v.r.Context(), v.principal, id, attorney, hub.AttorneyEnd(f.value("end_reason")))
	if err == nil {
		v.flash("counsel_ended")
		return v.redirect("/cases/" + id.String())
	}
	if err := f.refused(err, attorneyFields()); err != nil {
		return err
	}
	f.values["end"] = attorney.String()
	return v.showCase(http.StatusUnprocessableEntity, f)
}
