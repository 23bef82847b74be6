package web

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/rules"
)

// dates writes moments for people: Jalali with Persian digits in Persian, Gregorian in English, both in Tehran's time.
type dates struct {
	texts catalogue
	zone  *time.Location
}

// tehran is the zone of every page. Package rules brings the zone's data along.
func tehran() (*time.Location, error) {
	zone, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		return nil, fmt.Errorf("zone of the pages: %w", err)
	}
	return zone, nil
}

// day is the day alone: ۳ آذر ۱۴۰۵, or 24 November 2026.
func (d dates) day(t time.Time) string {
	local := t.In(d.zone)
	year, month, day := local.Year(), "month."+strconv.Itoa(int(local.Month())), local.Day()
	if d.texts.language == Persian {
		if parts := strings.Split(rules.Jalali(t), "/"); len(parts) == 3 {
			year, _ = strconv.Atoi(parts[0]) // rules writes digits
			day, _ = strconv.Atoi(parts[2])
			month = "jalali_month." + strings.TrimPrefix(parts[1], "0")
		}
	}
	return d.texts.language.digits(fmt.Sprintf("%d %s %d", day, d.texts.text(month), year))
}

// moment is the day with the time to the second.
func (d dates) moment(t time.Time) string {
	return d.texts.text("date.moment", "day", d.day(t), "time", t.In(d.zone).Format(time.TimeOnly))
}

// until is when a term ends: as people say it, for a term mostly goes to the end of a day.
func (d dates) until(t time.Time) string {
	if h, m, s := t.In(d.zone).Clock(); h+m+s > 0 {
		return d.moment(t)
	}
	return d.texts.text("date.end_of", "day", d.day(t.Add(-time.Second)))
}

// typed is the day as people of the language would type it: 1405/09/03, or 2026-11-24.
func (d dates) typed(t time.Time) string {
	if d.texts.language == Persian {
		return d.texts.language.digits(rules.Jalali(t))
	}
	return t.In(d.zone).Format(time.DateOnly)
}

// iso is the exact moment for machines and for who wants to see it: UTC, µs.
func (dates) iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }

// age says how long something has waited, in its largest unit.
func (d dates) age(a time.Duration) string {
	switch {
	case a < time.Minute:
		return d.texts.text("age.seconds", "n", int(a.Seconds()))
	case a < time.Hour:
		return d.texts.text("age.minutes", "n", int(a.Minutes()))
	case a < 48*time.Hour:
		return d.texts.text("age.hours", "n", int(a.Hours()))
	}
	return d.texts.text("age.days", "n", int(a.Hours()/24))
}

// errNotADay says that a text is a day in neither calendar.
var errNotADay = errors.New("not a day")

// firstGregorianYear keeps a Jalali day that does not exist from being taken for one long ago.
const firstGregorianYear = 1900

// parseDay reads a day as people type it, in either calendar and any digits, and gives its first instant in Tehran.
func parseDay(text string, zone *time.Location) (time.Time, error) {
	if t, err := rules.ParseJalali(text); err == nil {
		return t.In(zone), nil
	}
	plain := strings.ReplaceAll(hub.FoldDigits(strings.TrimSpace(text)), "/", "-")
	t, err := time.ParseInLocation("2006-1-2", plain, zone)
	if err != nil || t.Year() < firstGregorianYear {
		return time.Time{}, errNotADay
	}
	return t, nil
}

// parseClock reads a time of day such as ۹:۳۰.
func parseClock(text string) (hour, minute int, err error) {
	t, err := time.Parse("15:4", hub.FoldDigits(strings.TrimSpace(text)))
	return t.Hour(), t.Minute(), err
}
