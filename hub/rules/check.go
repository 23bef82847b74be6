package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the law's zones must be the same on every machine

	"eblagh/hub"
)

// languages are those in which every basis must be said.
var languages = []string{"en", "fa"}

// served are the statuses that need a moment of service; notServed those that must not have one.
var (
	served    = []hub.ServiceStatus{hub.ServiceConstructive, hub.ServiceActual, hub.ServiceRefused}
	notServed = []hub.ServiceStatus{hub.ServicePending, hub.ServiceLapsed, hub.ServiceNotServed, hub.ServiceCancelled}
)

// check finds everything wrong with one rule and works out its first instant.
func (r *rule) check() []error {
	var problems []error
	note := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if r.ID == "" || strings.ToLower(r.ID) != r.ID {
		note("/id: must be there, in lower case")
	}
	if r.Version == "" {
		note("/version: must be there")
	}
	zone, err := time.LoadLocation(r.Zone)
	if err != nil || r.Zone == "" {
		note("/zone: must be an IANA time zone")
		zone = time.UTC
	}
	if r.from, err = time.ParseInLocation(time.DateOnly, r.ValidFrom, zone); err != nil {
		note("/valid_from: must be a day, YYYY-MM-DD")
	}
	if len(r.Steps) == 0 || r.Steps[len(r.Steps)-1].When != whenOtherwise {
		note("/steps: the last step must be the one for %q", whenOtherwise)
	}
	cited := map[string]bool{}
	for i, s := range r.Steps {
		for _, p := range s.check(r.Steps[:i]) {
			note("/steps/%d%s", i, p)
		}
		for _, norm := range s.Cites {
			cited[norm] = true
			if r.Sources[norm] == "" {
				note("/steps/%d/cites: %q has no entry in sources", i, norm)
			}
		}
	}
	for norm := range r.Sources {
		if !cited[norm] {
			note("/sources: no step cites %q", norm)
		}
		for language, names := range r.Names {
			if names[norm] == "" {
				note("/names/%s: %q has no name", language, norm)
			}
		}
	}
	return problems
}

// check finds what is wrong with a step that stands behind others.
func (s step) check(before []step) []string {
	var problems []string
	for _, b := range before {
		if b.When == s.When || b.When == whenOtherwise || b.When == whenArrived && s.When == whenOpened {
			problems = append(problems, fmt.Sprintf("/when: never reached after the step for %q", b.When))
		}
	}
	if !slices.Contains([]condition{whenOpened, whenArrived, whenCancelled, whenExpired, whenOtherwise}, s.When) {
		problems = append(problems, "/when: no such condition")
	}
	switch {
	case slices.Contains(notServed, s.Status):
		if s.ServedAt != atNever {
			problems = append(problems, "/served_at: this status has no moment of service")
		}
	case !slices.Contains(served, s.Status):
		problems = append(problems, "/status: no such status")
	case s.ServedAt == atArrival && (s.When == whenArrived || s.When == whenOpened), s.ServedAt == atOpen && s.When == whenOpened:
	default:
		problems = append(problems, "/served_at: must name a moment that the condition makes sure of")
	}
	if len(s.Cites) == 0 {
		problems = append(problems, "/cites: a step must cite a norm")
	}
	for _, language := range languages {
		if s.Basis[language] == "" {
			problems = append(problems, "/basis/"+language+": must be there")
		}
	}
	return problems
}
