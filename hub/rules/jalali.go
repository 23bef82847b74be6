package rules

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	ptime "github.com/yaa110/go-persian-calendar"

	"eblagh/hub"
)

// The calendar library equals ICU day by day in these years, but for 1503; papers of other years do not exist.
const (
	firstJalaliYear = 1300
	lastJalaliYear  = 1500
)

// ErrBadJalali says that a text is no Jalali day, or one outside the years that the hub dates.
var ErrBadJalali = errors.New("not a Jalali date")

// tehran is looked up once, for each look-up reads the zone anew.
var tehran = sync.OnceValue(ptime.Iran)

// Tehran is the zone that Iranian courts date by.
func Tehran() *time.Location { return tehran() }

// Jalali writes the day that t falls on in Tehran, as "1404/07/01". It is empty outside the years 1300–1500.
func Jalali(t time.Time) string {
	d, ok := jalali(t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%04d/%02d/%02d", d.Year(), int(d.Month()), d.Day())
}

// JalaliYear is the year that t falls in, in Tehran; 0 outside the years 1300–1500.
func JalaliYear(t time.Time) int {
	d, ok := jalali(t)
	if !ok {
		return 0
	}
	return d.Year()
}

// ParseJalali reads a day as people type it, "1404/07/01", "1404-7-1" or in Persian digits, and gives its first instant
// in Tehran, UTC. Errors: ErrBadJalali, also for days that the calendar lacks.
func ParseJalali(s string) (time.Time, error) {
	parts := strings.FieldsFunc(hub.FoldDigits(strings.TrimSpace(s)), func(r rune) bool { return r == '/' || r == '-' })
	if len(parts) != 3 || len(parts[0]) != 4 {
		return time.Time{}, ErrBadJalali
	}
	var ymd [3]int
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || len(part) > 4 {
			return time.Time{}, ErrBadJalali
		}
		ymd[i] = int(n)
	}
	if ymd[0] < firstJalaliYear || ymd[0] > lastJalaliYear || ymd[1] < 1 || ymd[1] > 12 || ymd[2] < 1 || ymd[2] > 31 {
		return time.Time{}, ErrBadJalali
	}
	want := fmt.Sprintf("%04d/%02d/%02d", ymd[0], ymd[1], ymd[2])
	noon := ptime.Date(ymd[0], ptime.Month(ymd[1]), ymd[2], 12, 0, 0, 0, tehran()).Time()
	if Jalali(noon) != want { // the 30th of Esfand in a common year, the 31st of Mehr
		return time.Time{}, ErrBadJalali
	}
	return startOfDay(noon), nil
}

// startOfDay finds the first instant of a day: summer time used to begin at midnight, so that day began at one, and in
// 1357 it ended there, so that midnight came twice.
func startOfDay(noon time.Time) time.Time {
	y, m, d := noon.Date()
	start := time.Date(y, m, d, 0, 0, 0, 0, tehran())
	if start.Day() != d {
		start = start.Add(time.Hour)
	}
	if earlier := start.Add(-time.Hour); earlier.Day() == d {
		start = earlier
	}
	return start.UTC()
}

// jalali gives the calendar's view of t in Tehran, and whether its year is one that the hub dates.
func jalali(t time.Time) (ptime.Time, bool) {
	if y := t.Year(); y < firstJalaliYear+621 || y > lastJalaliYear+622 {
		return ptime.Time{}, false
	}
	d := ptime.New(t.In(tehran()))
	return d, d.Year() >= firstJalaliYear && d.Year() <= lastJalaliYear
}
