package rules_test

import (
	"testing"
	"time"

	"eblagh/hub/rules"
)

// CPC 82: the officer writes day, month and year in full letters.
func TestJalaliWords(t *testing.T) {
	for day, want := range map[string]string{
		"1404/07/05": "پنجم مهر ماه یک هزار و چهارصد و چهار",
		"1404/01/01": "یکم فروردین ماه یک هزار و چهارصد و چهار",
		"1403/12/30": "سی\u200cام اسفند ماه یک هزار و چهارصد و سه",
		"1405/02/31": "سی و یکم اردیبهشت ماه یک هزار و چهارصد و پنج",
		"1405/09/03": "سوم آذر ماه یک هزار و چهارصد و پنج",
		"1405/03/13": "سیزدهم خرداد ماه یک هزار و چهارصد و پنج",
		"1405/04/23": "بیست و سوم تیر ماه یک هزار و چهارصد و پنج",
		"1400/05/02": "دوم مرداد ماه یک هزار و چهارصد",
		"1411/06/11": "یازدهم شهریور ماه یک هزار و چهارصد و یازده",
		"1420/08/20": "بیستم آبان ماه یک هزار و چهارصد و بیست",
		"1399/10/29": "بیست و نهم دی ماه یک هزار و سیصد و نود و نه",
		"1500/11/10": "دهم بهمن ماه یک هزار و پانصد",
	} {
		at, err := rules.ParseJalali(day)
		if err != nil {
			t.Fatal(day, err)
		}
		if got := rules.JalaliWords(at); got != want {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
	if got := rules.JalaliWords(time.Time{}); got != "" {
		t.Errorf("no time: %q", got)
	}
	// The day is Tehran's: 20:30 UTC is the next one there.
	if got := rules.JalaliWords(time.Date(2025, 9, 26, 20, 30, 0, 0, time.UTC)); got != "پنجم مهر ماه یک هزار و چهارصد و چهار" {
		t.Errorf("midnight in Tehran: %q", got)
	}
}

// No two days of a century are written alike.
func TestJalaliWordsAreUnique(t *testing.T) {
	seen := map[string]string{}
	for at := time.Date(1980, 1, 1, 9, 0, 0, 0, time.UTC); at.Year() < 2080; at = at.AddDate(0, 0, 1) {
		words := rules.JalaliWords(at)
		if other, again := seen[words]; again || words == "" {
			t.Fatalf("%s and %s are both %q", other, rules.Jalali(at), words)
		}
		seen[words] = rules.Jalali(at)
	}
}
