package dispatch

import (
	"fmt"
	"time"

	"eblagh/hub"
)

// HearingRule says how many whole days must lie between service and a hearing; neither of the two days counts.
type HearingRule struct {
	ID        string
	ValidFrom string // date
	Norm      string
	Zone      *time.Location
	Days      int
	Abroad    int // for addressees abroad
}

// iranHearing is CPC 64, counted by CPC 443 and 445: two months are sixty days.
func iranHearing() HearingRule {
	return HearingRule{
		ID: "ir.hearing_notice", ValidFrom: "2000-06-30", Norm: "CPC 64", Zone: time.FixedZone("+0330", 12600),
		Days: 5, Abroad: 60,
	}
}

// warn tells when a hearing is too near to the service that a paper can have at best.
func (r HearingRule) warn(hearing, service time.Time, residence hub.Residence) (hub.Field, bool) {
	if hearing.IsZero() {
		return hub.Field{}, false
	}
	needed := r.Days
	if residence == hub.ResidenceAbroad {
		needed = r.Abroad
	}
	between := r.day(hearing) - r.day(service) - 1
	if between >= needed {
		return hub.Field{}, false
	}
	return hub.Field{Pointer: "/hearing_at", Code: "short_notice",
		Detail: fmt.Sprintf("%s: at least %d days lie between service and hearing", r.Norm, needed)}, true
}

// day numbers the calendar days of the rule's zone.
func (r HearingRule) day(at time.Time) int {
	y, m, d := at.In(r.Zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}
