package dispatch

import (
	"testing"
	"time"

	"eblagh/hub"
)

// CPC 64, counted by CPC 445: the day of service and the day of the hearing are not counted.
func TestHearingNotice(t *testing.T) {
	rule := iranHearing()
	served := time.Date(2025, 9, 23, 20, 0, 0, 0, time.UTC) // 23:30 in Tehran, 1404/07/01
	for _, c := range []struct {
		name      string
		days      int // calendar days after the day of service, in Tehran
		residence hub.Residence
		warned    bool
	}{
		{"the day after", 1, hub.ResidenceDomestic, true},
		{"four days between", 5, hub.ResidenceDomestic, true},
		{"five days between", 6, hub.ResidenceDomestic, false},
		{"abroad, a month", 31, hub.ResidenceAbroad, true},
		{"abroad, two months", 61, hub.ResidenceAbroad, false},
		{"past", -1, hub.ResidenceDomestic, true},
	} {
		hearing := time.Date(2025, 9, 23+c.days, 5, 30, 0, 0, time.UTC) // 9:00 in Tehran
		field, warned := rule.warn(hearing, served, c.residence)
		if warned != c.warned || warned && field.Pointer != "/hearing_at" {
			t.Errorf("%s: warned %v (%+v), want %v", c.name, warned, field, c.warned)
		}
	}
	if _, warned := rule.warn(time.Time{}, served, hub.ResidenceDomestic); warned {
		t.Error("warned of no hearing")
	}
}
