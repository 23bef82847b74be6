package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"eblagh/hub"
)

// Facts are what receipts tell of one notice; a zero time means that it did not happen.
type Facts struct {
	SubmittedAt time.Time // A.1; chooses the version while nothing else happened
	ArrivedAt   time.Time // D.1: in the addressee's inbox
	OpenedAt    time.Time // E.1: opened by the addressee in person, and by nobody else
	CancelledAt time.Time // withdrawn before arrival
	ExpiredAt   time.Time // its delivery ended without arriving
}

// Book holds every version of every rule. It never changes and is safe for concurrent use.
type Book struct {
	versions map[string][]rule // by id, oldest first
}

// Has reports whether the book knows a profile.
func (b *Book) Has(profile string) bool { return len(b.versions[profile]) > 0 }

// Evaluate says where service stands under a profile, by the version in force when it happened. Basis is in English;
// Basis gives it in other languages. A profile that the book does not Have, and facts from before its first version,
// give pending without a rule: nothing is served by a rule that was not in force.
func (b *Book) Evaluate(profile string, f Facts) hub.Service {
	r, ok := b.inForce(profile, f.decisive())
	if !ok {
		return hub.Service{Status: hub.ServicePending}
	}
	for _, s := range r.Steps {
		if s.When.fits(f) {
			return hub.Service{
				Status: s.Status, ServedAt: s.ServedAt.of(f), Basis: r.basis(s, "en"), Rule: r.ID, RuleVersion: r.Version,
			}
		}
	}
	return hub.Service{Status: hub.ServicePending} // Load made sure of a last step that always fits
}

// Basis gives the words of an answer that this book gave, in a language (fa or en); English where there is no other,
// empty when the answer is not the book's.
func (b *Book) Basis(s hub.Service, language string) string {
	if !slices.Contains(languages, language) {
		language = "en"
	}
	for _, r := range b.versions[s.Rule] {
		if r.Version != s.RuleVersion {
			continue
		}
		for _, step := range r.Steps {
			if step.Status == s.Status && r.basis(step, "en") == s.Basis {
				return r.basis(step, language)
			}
		}
	}
	return ""
}

// decisive is the moment by which the version is chosen: the legal one if there is one. Later opening never changes
// under which version a paper was served.
func (f Facts) decisive() time.Time {
	for _, at := range []time.Time{f.ArrivedAt, f.CancelledAt, f.ExpiredAt, f.SubmittedAt} {
		if !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// inForce finds the newest version that held at a time; for no time, the newest of all.
func (b *Book) inForce(profile string, at time.Time) (rule, bool) {
	for _, r := range slices.Backward(b.versions[profile]) {
		if at.IsZero() || !at.Before(r.from) {
			return r, true
		}
	}
	return rule{}, false
}

// basis is the norms, as the language calls them, and what they say here.
func (r rule) basis(s step, language string) string {
	names, separator := make([]string, len(s.Cites)), ", "
	if language == "fa" {
		separator = "، "
	}
	for i, norm := range s.Cites {
		names[i] = cmp.Or(r.Names[language][norm], norm)
	}
	return strings.Join(names, separator) + ": " + s.Basis[language]
}
