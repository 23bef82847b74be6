package rules

import (
	"time"

	"eblagh/hub"
)

// Iran is the profile of Iranian courts: arrival is service (bylaw 13).
const Iran = "ir.on_arrival"

// condition is what a step asks of the facts.
type condition string

const (
	whenOpened    condition = "opened"    // it arrived, and the addressee opened it
	whenArrived   condition = "arrived"   // it is in the inbox
	whenCancelled condition = "cancelled" // withdrawn before it arrived
	whenExpired   condition = "expired"   // its delivery ended without arriving
	whenOtherwise condition = "otherwise"
)

// moment names the fact whose time is the time of service.
type moment string

const (
	atNever   moment = ""
	atArrival moment = "arrival"
	atOpen    moment = "open"
)

// rule is one version of one rule.
type rule struct {
	ID        string            `json:"id"`
	Version   string            `json:"version"`
	ValidFrom string            `json:"valid_from"` // the first day it holds, YYYY-MM-DD in Zone
	Zone      string            `json:"zone"`
	Sources   map[string]string `json:"sources"` // norm → the text it stands in
	// Names calls the norms as another language does: language → norm → name. A language named here names all of them.
	Names map[string]map[string]string `json:"names"`
	Steps []step                       `json:"steps"`

	from time.Time // ValidFrom's first instant
}

// step says what holds when its condition is the first that fits.
type step struct {
	When     condition         `json:"when"`
	Status   hub.ServiceStatus `json:"status"`
	ServedAt moment            `json:"served_at"`
	Cites    []string          `json:"cites"`
	Basis    map[string]string `json:"basis"` // language → words
}

// fits reports whether the facts meet a condition. What was opened without arriving was not opened, and what arrived
// can be neither withdrawn nor expire.
func (w condition) fits(f Facts) bool {
	arrived := !f.ArrivedAt.IsZero()
	switch w {
	case whenOpened:
		return arrived && !f.OpenedAt.IsZero()
	case whenArrived:
		return arrived
	case whenCancelled:
		return !arrived && !f.CancelledAt.IsZero()
	case whenExpired:
		return !arrived && !f.ExpiredAt.IsZero()
	}
	return w == whenOtherwise
}

// of gives the moment's time among the facts.
func (m moment) of(f Facts) time.Time {
	switch m {
	case atArrival:
		return f.ArrivedAt
	case atOpen:
		return f.OpenedAt
	}
	return time.Time{}
}
