package ladder

import (
	"slices"
	"time"

	"eblagh/hub"
)

// Iran is the ladder of Iranian courts.
const Iran = "ir"

// means is how a rung informs.
type means string

const (
	byLive    means = "live"
	bySMS     means = "sms"
	byOfficer means = "officer"
)

// rung is one step as the data has it. Those after no days are the arrival's own: its nudge and its text.
type rung struct {
	Name       string   `json:"name"`
	By         means    `json:"by"`
	AfterDays  int      `json:"after_days"`
	ReturnDays int      `json:"return_days"` // officer: when the return is expected
	Cites      []string `json:"cites"`
}

// ladder is the rungs of some kinds of paper; without kinds, of all that no other names.
type ladder struct {
	Kinds []hub.Kind `json:"kinds"`
	Rungs []rung     `json:"rungs"`
}

// edition is one version of a jurisdiction's ladders.
type edition struct {
	ID        string            `json:"id"`
	Version   string            `json:"version"`
	ValidFrom string            `json:"valid_from"` // the first day it holds, YYYY-MM-DD in Zone
	Zone      string            `json:"zone"`
	Sources   map[string]string `json:"sources"` // norm → the text it stands in
	Ladders   []ladder          `json:"ladders"`

	from time.Time // ValidFrom's first instant
}

// name is how timers and receipts call an edition.
func (e edition) name() string { return e.ID + "." + e.Version }

// rungs gives what a paper climbs after it arrived: what its channels leave out is not there.
func (e edition) rungs(kind hub.Kind, channels []hub.Channel) []rung {
	i := slices.IndexFunc(e.Ladders, func(l ladder) bool { return len(l.Kinds) == 0 || slices.Contains(l.Kinds, kind) })
	if i < 0 {
		return nil
	}
	var out []rung
	for _, r := range e.Ladders[i].Rungs {
		if r.AfterDays > 0 && (r.By != bySMS || slices.Contains(channels, hub.ChannelSMS)) {
			out = append(out, r)
		}
	}
	return out
}

// Book is every edition of every ladder. It never changes.
type Book struct{ editions []edition } // each id's oldest first

// inForce is the edition of a ladder that holds at a time.
func (b *Book) inForce(id string, at time.Time) (edition, bool) {
	var found edition
	for _, e := range b.editions {
		if e.ID == id && !e.from.After(at) {
			found = e
		}
	}
	return found, found.ID != ""
}

// named finds an edition by its name.
func (b *Book) named(name string) (edition, bool) {
	i := slices.IndexFunc(b.editions, func(e edition) bool { return e.name() == name })
	if i < 0 {
		return edition{}, false
	}
	return b.editions[i], true
}

// names lists the editions that this program knows. A timer of another one is left to a newer program.
func (b *Book) names() []string {
	out := make([]string, len(b.editions))
	for i, e := range b.editions {
		out[i] = e.name()
	}
	return out
}
