package hub

import (
	"testing"
	"time"
	_ "time/tzdata" // zones that change their clocks, on any machine

	"pgregory.net/rapid"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

const night = 22 * time.Hour

func TestQuietHours(t *testing.T) {
	usual := QuietHours{night, 7 * time.Hour}
	for name, c := range map[string]struct {
		q        QuietHours
		zone     string
		at, want string // on the person's clock, with its distance from UTC
	}{
		"in the evening":                {usual, "Asia/Tehran", "2026-03-01T22:00:00+03:30", "2026-03-02T07:00:00+03:30"},
		"just before":                   {usual, "Asia/Tehran", "2026-03-01T21:59:59+03:30", "2026-03-01T21:59:59+03:30"},
		"after midnight":                {usual, "Asia/Tehran", "2026-03-02T03:30:15+03:30", "2026-03-02T07:00:00+03:30"},
		"at their end":                  {usual, "Asia/Tehran", "2026-03-02T07:00:00+03:30", "2026-03-02T07:00:00+03:30"},
		"by day":                        {QuietHours{13 * time.Hour, 15 * time.Hour}, "Asia/Tehran", "2026-03-01T14:00:00+03:30", "2026-03-01T15:00:00+03:30"},
		"by day, at night":              {QuietHours{13 * time.Hour, 15 * time.Hour}, "Asia/Tehran", "2026-03-01T23:00:00+03:30", "2026-03-01T23:00:00+03:30"},
		"none":                          {QuietHours{night, night}, "Asia/Tehran", "2026-03-01T23:00:00+03:30", "2026-03-01T23:00:00+03:30"},
		"until midnight":                {QuietHours{night, 0}, "Asia/Tehran", "2026-03-01T23:00:00+03:30", "2026-03-02T00:00:00+03:30"},
		"the clock is put forward":      {usual, "Europe/Berlin", "2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"},
		"the clock is put back":         {usual, "Europe/Berlin", "2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"},
		"their end is jumped over":      {QuietHours{night, 150 * time.Minute}, "Europe/Berlin", "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"},
		"their end comes twice":         {QuietHours{night, 150 * time.Minute}, "Europe/Berlin", "2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		"quiet again, by the put-back":  {QuietHours{night, 150 * time.Minute}, "Europe/Berlin", "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+01:00"},
		"a day that was left out":       {usual, "Pacific/Apia", "2011-12-29T23:00:00-10:00", "2011-12-31T07:00:00+14:00"},
		"half an hour of summer's time": {usual, "Australia/Lord_Howe", "2026-04-04T23:00:00+11:00", "2026-04-05T07:00:00+10:30"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.q.End(at, zone(t, c.zone)).Format(time.RFC3339); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Whatever the hours and the zone: the end is not quiet, everything before it is, and it comes within two days.
func TestTheEndOfQuietHoursIsTheFirst(t *testing.T) {
	zones := []string{"Asia/Tehran", "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
		"Pacific/Apia", "America/St_Johns", "Africa/Casablanca", "Antarctica/Troll"}
	rapid.Check(t, func(t *rapid.T) {
		place := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		minute := rapid.IntRange(0, 24*60-1)
		q := QuietHours{time.Duration(minute.Draw(t, "from")) * time.Minute, time.Duration(minute.Draw(t, "until")) * time.Minute}
		at := time.Unix(rapid.Int64Range(1_300_000_000, 1_900_000_000).Draw(t, "at"), 0)
		end := q.End(at, place)
		switch {
		case q.Empty() && !end.Equal(at):
			t.Fatalf("no hour is quiet, and it waits until %v", end)
		case end.Before(at) || end.Sub(at) > 48*time.Hour:
			t.Fatalf("from %v until %v", at.In(place), end)
		case q.cover(clockOf(end)):
			t.Fatalf("%v is quiet itself", end)
		}
		for ; at.Before(end); at = at.Add(time.Minute) {
			if !q.cover(clockOf(at.In(place))) {
				t.Fatalf("%v is not quiet, and the end is %v", at.In(place), end)
			}
		}
	})
}
