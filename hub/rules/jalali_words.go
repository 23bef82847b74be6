package rules

import (
	"strings"
	"time"
)

// JalaliWords writes the day that t falls on in Tehran in full letters, as an officer dates a service on paper:
// «پنجم مهر ماه یک هزار و چهارصد و چهار». It is empty outside the years 1300–1500. CPC 82
func JalaliWords(t time.Time) string {
	d, ok := jalali(t)
	if !ok {
		return ""
	}
	return ordinalWords(d.Day()) + " " + monthWords[int(d.Month())-1] + " ماه " + numberWords(d.Year())
}

var (
	monthWords = [...]string{"فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"}

	smallWords = [...]string{"", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه", "ده", "یازده", "دوازده", "سیزده",
		"چهارده", "پانزده", "شانزده", "هفده", "هجده", "نوزده"}
	tenWords     = [...]string{"", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود"}
	hundredWords = [...]string{"", "صد", "دویست", "سیصد", "چهارصد", "پانصد", "ششصد", "هفتصد", "هشتصد", "نهصد"}
)

// numberWords writes a number from 1 to 9999.
func numberWords(n int) string {
	var parts []string
	if n >= 1000 {
		parts = append(parts, smallWords[n/1000]+" هزار")
	}
	if n = n % 1000; n >= 100 {
		parts = append(parts, hundredWords[n/100])
	}
	if n = n % 100; n >= 20 {
		parts = append(parts, tenWords[n/10])
		n = n % 10
	}
	if n > 0 {
		parts = append(parts, smallWords[n])
	}
	return strings.Join(parts, " و ")
}

// ordinalWords writes a day of the month: یکم, سوم, بیست و سوم, سی‌ام.
func ordinalWords(n int) string {
	switch {
	case n == 30:
		return "سی\u200cام"
	case n%10 == 3 && n != 13:
		return strings.TrimSuffix(numberWords(n), "سه") + "سوم"
	}
	return numberWords(n) + "م"
}
