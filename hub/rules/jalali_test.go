package rules_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"eblagh/hub"
	"eblagh/hub/rules"
)

func TestJalali(t *testing.T) {
	for _, c := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"DOMAIN §2, worked example", time.Date(2025, 9, 23, 9, 0, 0, 0, time.UTC), "1404/07/01"},
		{"the bylaw's own date", time.Date(2016, 8, 14, 9, 0, 0, 0, time.UTC), "1395/05/24"},
		{"midnight in Tehran", time.Date(2025, 9, 22, 20, 30, 0, 0, time.UTC), "1404/07/01"},
		{"just before midnight in Tehran", time.Date(2025, 9, 22, 20, 29, 59, 999_999_000, time.UTC), "1404/06/31"},
		{"last day of the leap year 1403", time.Date(2025, 3, 20, 9, 0, 0, 0, time.UTC), "1403/12/30"},
		{"Nowruz 1404", time.Date(2025, 3, 21, 9, 0, 0, 0, time.UTC), "1404/01/01"},
		{"last day of the common year 1404", time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC), "1404/12/29"},
		{"Nowruz 1405", time.Date(2026, 3, 21, 9, 0, 0, 0, time.UTC), "1405/01/01"},
		{"a day in summer time", time.Date(2021, 6, 21, 19, 30, 0, 0, time.UTC), "1400/04/01"},
		{"after the years that can be dated", time.Date(2122, 4, 1, 0, 0, 0, 0, time.UTC), ""},
		{"before them", time.Date(1920, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{"no time", time.Time{}, ""},
	} {
		if got := rules.Jalali(c.at); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Nowruz by the official calendar of Iran. A year is leap when the next Nowruz is 366 days later.
func TestYearBoundaries(t *testing.T) {
	march := map[int]int{
		1395: 20, 1396: 21, 1397: 21, 1398: 21, 1399: 20, 1400: 21, 1401: 21, 1402: 21, 1403: 20, 1404: 21, 1405: 21,
		1406: 21, 1407: 20, 1408: 20, 1409: 21, 1410: 21, 1411: 20, 1412: 20,
	}
	for year, day := range march {
		nowruz := time.Date(year+621, 3, day, 9, 0, 0, 0, time.UTC)
		if got, want := rules.Jalali(nowruz), fmt.Sprintf("%d/01/01", year); got != want {
			t.Errorf("%v is %q, want %q", nowruz, got, want)
		}
		if got := rules.JalaliYear(nowruz.AddDate(0, 0, -1)); got != year-1 {
			t.Errorf("the day before Nowruz %d is in %d", year, got)
		}
	}
}

// Day by day from 1300 to 1500: each day is the next of the one before, and reads back to its own first instant.
func TestEveryDay(t *testing.T) {
	lengths := []int{31, 31, 31, 31, 31, 31, 30, 30, 30, 30, 30}
	year, month, day := 1300, 1, 1
	for at := time.Date(1921, 3, 21, 9, 0, 0, 0, time.UTC); ; at = at.AddDate(0, 0, 1) {
		got := rules.Jalali(at)
		if got == "" && year == 1501 {
			return
		}
		if want := fmt.Sprintf("%04d/%02d/%02d", year, month, day); got != want {
			t.Fatalf("%v is %q, want %q", at, got, want)
		}
		if back, err := rules.ParseJalali(got); err != nil || rules.Jalali(back) != got ||
			rules.Jalali(back.Add(-time.Microsecond)) == got {
			t.Fatalf("%s reads back as %v, %v", got, back, err)
		}
		day++
		esfandEnds := month == 12 && rules.JalaliYear(at.AddDate(0, 0, 1)) != year && day >= 30
		if esfandEnds || month < 12 && day > lengths[month-1] {
			month, day = month+1, 1
		}
		if month > 12 {
			year, month = year+1, 1
		}
	}
}

func TestParseJalali(t *testing.T) {
	want := time.Date(2025, 9, 22, 20, 30, 0, 0, time.UTC)
	for _, s := range []string{"1404/07/01", "1404-7-1", " ۱۴۰۴/۰۷/۰۱ ", "١٤٠٤/٧/١"} {
		if got, err := rules.ParseJalali(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "1404", "1404/07", "1404/13/01", "1404/00/01", "1404/07/31", "1404/07/00", "1404/12/30",
		"1503/01/01", "1501/01/01", "1299/12/29", "04/07/01", "1404/07/01/02", "1404/0x7/01", "1404/+7/01", "2025-09-23"} {
		if got, err := rules.ParseJalali(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
	if _, err := rules.ParseJalali("1403/12/30"); err != nil {
		t.Errorf("the leap day of 1403 was refused: %v", err)
	}
}

func TestParseJalaliNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[0-9۰-۹]{0,5}[/-][0-9]{0,3}[/-][0-9]{0,3}`).Draw(t, "text")
		at, err := rules.ParseJalali(s)
		if err == nil && rules.Jalali(at) == "" {
			t.Fatalf("%q gives %v, which has no day", hub.FoldDigits(s), at)
		}
	})
}
