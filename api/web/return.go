package web

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/ladder"
)

// returnFields leads from the wire's pointers to the fields of the form.
func returnFields() map[string]string {
	return map[string]string{"/outcome": "outcome", "/relation": "relation", "/receiver": "receiver", "/place": "place",
		"/served_at": "served_day", "/note": "note", "/corrects": ""}
}

// returnTask answers POST /officer/{task}/return. The same form sent twice is one return.
func (s *site) returnTask(v *visit) error {
	id, err := v.id("task")
	if err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	report := returnForm(f, s.zone)
	if len(f.errors) > 0 {
		return v.showTask(http.StatusUnprocessableEntity, f)
	}
	if _, err := s.deps.Ladder.Return(v.r.Context(), v.principal, id, report, f.request(v.r.URL.Path, v.principal.ID)); err != nil {
		if err := f.refused(err, returnFields()); err != nil {
			return err
		}
		return v.showTask(http.StatusUnprocessableEntity, f)
	}
	v.flash("returned")
	return v.redirect("/officer/" + id.String())
}

// returnForm makes the officer's report, and notes what cannot be read.
func returnForm(f *form, zone *time.Location) ladder.Form {
	report := ladder.Form{Outcome: hub.PaperOutcome(f.value("outcome")), Relation: hub.Relation(f.value("relation")),
		Receiver: f.value("receiver"), Place: f.value("place"), Note: strings.ReplaceAll(f.value("note"), "\r\n", "\n")}
	if text := f.value("corrects"); text != "" {
		id, err := hub.ParseID(text)
		if err != nil {
			f.wrong("", "invalid")
		}
		report.Corrects = id
	}
	day, err := parseDay(f.value("served_day"), zone)
	if err != nil {
		f.wrong("served_day", "date")
	}
	hour, minute, err := parseClock(f.value("served_time"))
	if err != nil {
		f.wrong("served_time", "time")
	}
	y, m, d := day.Date()
	report.ServedAt = time.Date(y, m, d, hour, minute, 0, 0, zone).UTC()
	return report
}

// request names this filling of the form, so that sending it twice does one thing.
func (f *form) request(path string, person hub.ID) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "POST %s %s\n", path, person)
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		fmt.Fprintf(h, "%q %q\n", name, f.values[name])
	}
	return h.Sum(nil)
}

// handOver answers POST /court/notices/{notice}/hand-over.
func (s *site) handOver(v *visit) error {
	id, err := v.id("notice")
	if err != nil {
		return err
	}
	if err := s.deps.Ladder.HandOver(v.r.Context(), v.principal, id); err != nil {
		return err
	}
	v.flash("handed_over")
	return v.redirect("/court/notices/" + id.String())
}
