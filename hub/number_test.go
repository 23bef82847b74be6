package hub_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"eblagh/hub"
)

func TestNationalID(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"good", "0076229645", "0076229645"},
		{"good", "1583250689", "1583250689"},
		{"Persian digits", "۰۰۷۶۲۲۹۶۴۵", "0076229645"},
		{"Arabic digits", "٠٠٧٦٢٢٩٦٤٥", "0076229645"},
		{"eight digits are padded", "76229645", "0076229645"},
		{"blanks around", " 0076229645\n", "0076229645"},
		{"control digit", "0076229646", ""},
		{"all equal", "1111111111", ""},
		{"all zero", "0000000000", ""},
		{"middle six zero", "1230000003", ""},
		{"seven digits", "6229645", ""},
		{"eleven digits", "00076229645", ""},
		{"letters", "00762296a5", ""},
		{"blank within", "00762 29645", ""},
		{"empty", "", ""},
	} {
		got, err := hub.ParseNationalID(c.in)
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestLegalID(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"good", "10380284790", "10380284790"},
		{"Persian digits", "۱۰۳۸۰۲۸۴۷۹۰", "10380284790"},
		{"control digit", "10380284791", ""},
		{"all equal", "11111111111", ""},
		{"middle six zero", "10300000000", ""},
		{"ten digits", "1038028479", ""},
		{"empty", "", ""},
	} {
		got, err := hub.ParseLegalID(c.in)
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestPersonIDGoesByItsLength(t *testing.T) {
	if id, kind, err := hub.ParsePersonID("۱۰۳۸۰۲۸۴۷۹۰"); err != nil || kind != hub.PersonLegal || id != "10380284790" {
		t.Errorf("legal: %v %v %v", id, kind, err)
	}
	if id, kind, err := hub.ParsePersonID("0076229645"); err != nil || kind != hub.PersonNatural || id != "0076229645" {
		t.Errorf("natural: %v %v %v", id, kind, err)
	}
	if _, _, err := hub.ParsePersonID(""); err == nil {
		t.Error("empty was taken")
	}
}

// A national id has exactly one control digit: of the ten last digits, one is right.
func TestOneControlDigitFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.StringMatching(`[0-9]{3}[1-9][0-9]{5}`).Draw(t, "nine digits")
		fits := 0
		for last := range 10 {
			id := fmt.Sprint(first, last)
			parsed, err := hub.ParseNationalID(id)
			if err == nil {
				fits++
				again, err := hub.ParseNationalID(hub.PersianDigits(string(parsed)))
				if err != nil || again != parsed {
					t.Fatalf("%s in Persian digits: %v, %v", id, again, err)
				}
			}
		}
		if fits != 1 && (fits != 0 || strings.Count(first, first[:1]) != 9) {
			t.Fatalf("%s: %d control digits fit", first, fits)
		}
	})
}

var domainMobile = regexp.MustCompile(`^(?:\+98|0098|98|0)?(9\d{9})$`)

func TestMobile(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"09121234567", "+989121234567"}, {"989121234567", "+989121234567"}, {"+989121234567", "+989121234567"},
		{"00989121234567", "+989121234567"}, {"9121234567", "+989121234567"}, {"۰۹۱۲۱۲۳۴۵۶۷", "+989121234567"},
		{"0912 123-45-67", "+989121234567"}, {"9812345678", "+989812345678"}, {"98 981 234 5678", "+989812345678"},
		{"02112345678", ""}, {"0912123456", ""}, {"091212345678", ""}, {"+449121234567", ""}, {"", ""}, {"98", ""},
		{"0912123456x", ""},
	} {
		got, err := hub.ParseMobile(c.in)
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v; want %q", c.in, got, err, c.want)
		}
	}
	if m := hub.Mobile("+989121234567").Masked(); strings.Contains(m, "1234") || !strings.HasSuffix(m, "67") {
		t.Errorf("masked %q", m)
	}
}

// ParseMobile takes what the pattern of the domain takes, and gives its ten digits.
func FuzzParseMobile(f *testing.F) {
	for _, seed := range []string{"09121234567", "+98912", "9898912345678", "00980912", "۰۹۱۲"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := hub.ParseMobile(s)
		bare := strings.NewReplacer(" ", "", "-", "", "\u200e", "", "\u200f", "").Replace(hub.FoldDigits(strings.TrimSpace(s)))
		want := domainMobile.FindStringSubmatch(bare)
		if (err == nil) != (want != nil) || err == nil && string(got) != "+98"+want[1] {
			t.Errorf("%q: %q, %v; the pattern gives %v", s, got, err, want)
		}
	})
}

func FuzzParsePersonID(f *testing.F) {
	for _, seed := range []string{"0076229645", "10380284790", "۱۱۱", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, kind, err := hub.ParsePersonID(s)
		if err != nil {
			return
		}
		want := map[hub.PersonKind]int{hub.PersonNatural: 10, hub.PersonLegal: 11}[kind]
		if len(id) != want || strings.Trim(string(id), "0123456789") != "" {
			t.Errorf("%q: %q of kind %q", s, id, kind)
		}
		if again, _, err := hub.ParsePersonID(string(id)); err != nil || again != id {
			t.Errorf("%q does not parse again: %q, %v", id, again, err)
		}
	})
}
