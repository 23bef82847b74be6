package ladder

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the law's zones must be the same on every machine

	"eblagh/hub"
)

// maxDays bounds a wait: what comes after three years informs nobody.
const maxDays = 3 * 365

// check finds everything wrong with one edition and works out its first instant.
func (e *edition) check() []error {
	var problems []error
	note := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if e.ID == "" || strings.ToLower(e.ID) != e.ID {
		note("/id: must be there, in lower case")
	}
	if e.Version == "" {
		note("/version: must be there")
	}
	zone, err := time.LoadLocation(e.Zone)
	if err != nil || e.Zone == "" {
		note("/zone: must be an IANA time zone")
		zone = time.UTC
	}
	if e.from, err = time.ParseInLocation(time.DateOnly, e.ValidFrom, zone); err != nil {
		note("/valid_from: must be a day, YYYY-MM-DD")
	}
	if n := len(e.Ladders); n == 0 || len(e.Ladders[n-1].Kinds) > 0 {
		note("/ladders: the last one must be without kinds, for all that no other names")
	}
	named, cited := map[hub.Kind]bool{}, map[string]bool{}
	for i, l := range e.Ladders {
		if len(l.Kinds) == 0 && i < len(e.Ladders)-1 {
			note("/ladders/%d/kinds: must be there, for the ladders behind it are never reached", i)
		}
		for j, kind := range l.Kinds {
			switch {
			case !kind.Valid():
				note("/ladders/%d/kinds/%d: no such kind of paper", i, j)
			case named[kind]:
				note("/ladders/%d/kinds/%d: %s has a ladder already", i, j, kind)
			}
			named[kind] = true
		}
		for _, p := range l.check(e.Sources, cited) {
			note("/ladders/%d/rungs%s", i, p)
		}
	}
	for norm := range e.Sources {
		if !cited[norm] {
			note("/sources: no rung cites %q", norm)
		}
	}
	return problems
}

// check finds what is wrong with the rungs of a ladder, and notes the norms that they cite.
func (l ladder) check(sources map[string]string, cited map[string]bool) []string {
	var problems []string
	note := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if len(l.Rungs) < 2 || l.Rungs[0].By != byLive || l.Rungs[1].By != bySMS {
		note(": must begin with live and sms, which come with the arrival")
	}
	names := map[string]bool{}
	for i, r := range l.Rungs {
		if r.Name == "" || names[r.Name] {
			note("/%d/name: must be there, and differ from those before it", i)
		}
		names[r.Name] = true
		for _, p := range r.check(i) {
			note("/%d%s", i, p)
		}
		if r.By == byOfficer && i != len(l.Rungs)-1 {
			note("/%d/by: an officer is the last rung", i)
		}
		if i > 1 && r.AfterDays > 0 && r.AfterDays <= l.Rungs[i-1].AfterDays {
			note("/%d/after_days: must be later than the rung before it", i)
		}
		for _, norm := range r.Cites {
			cited[norm] = true
			if sources[norm] == "" {
				note("/%d/cites: %q has no entry in sources", i, norm)
			}
		}
	}
	return problems
}

// check finds what is wrong with the rung at a place by itself.
func (r rung) check(at int) []string {
	var problems []string
	switch {
	case at < 2 && r.AfterDays != 0:
		problems = append(problems, "/after_days: must be 0, it comes with the arrival")
	case at >= 2 && (r.AfterDays < 1 || r.AfterDays > maxDays):
		problems = append(problems, fmt.Sprintf("/after_days: must be 1 to %d", maxDays))
	}
	switch r.By {
	case byOfficer:
		if r.ReturnDays < 1 || r.ReturnDays > maxDays {
			problems = append(problems, fmt.Sprintf("/return_days: must be 1 to %d", maxDays))
		}
	case bySMS, byLive:
		if r.ReturnDays != 0 {
			problems = append(problems, "/return_days: only an officer returns")
		}
		if r.By == byLive && at > 0 {
			problems = append(problems, "/by: live comes with the arrival only")
		}
	default:
		problems = append(problems, "/by: must be live, sms or officer")
	}
	if len(r.Cites) == 0 {
		problems = append(problems, "/cites: a rung must cite a norm")
	}
	return problems
}
