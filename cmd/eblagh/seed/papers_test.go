package seed

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"eblagh/hub"
	"eblagh/hub/typeset"
)

// newDemo is a run that has made its people and its branch, without a hub.
func newDemo(t *testing.T, made time.Time) *demo {
	t.Helper()
	data, err := load()
	if err != nil {
		t.Fatal(err)
	}
	fonts, err := typeset.LoadFonts()
	if err != nil {
		t.Fatal(err)
	}
	d := &demo{data: data, fonts: fonts, people: map[string]Person{}, branch: hub.Organisation{CreatedAt: made}}
	for _, p := range data.People {
		id, err := p.id()
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSpace(p.GivenName + " " + p.FamilyName + p.Name)
		d.people[p.Key] = Person{Role: p.Role, NationalID: id, Name: name}
	}
	return d
}

func TestEveryPaperIsAPageThatCanBeRead(t *testing.T) {
	api.DisableConfigDir() // pdfcpu would leave its settings in somebody's home
	d := newDemo(t, time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))
	kinds := map[hub.Kind]bool{}
	for _, p := range d.data.Papers {
		t.Run(p.Reference, func(t *testing.T) {
			kinds[p.Kind] = true
			if !p.Kind.Valid() || !p.Capacity.Valid() || d.people[p.To].Name == "" {
				t.Fatalf("kind %q, capacity %q, to %q", p.Kind, p.Capacity, p.To)
			}
			if number := hub.ParseCaseNumber(p.Case.Number); !number.Standard {
				t.Errorf("case number %s is not standard", number.Typed)
			}
			pdf, err := d.set(p)
			if err != nil {
				t.Fatal(err)
			}
			if err := api.Validate(bytes.NewReader(pdf), model.NewDefaultConfiguration()); err != nil {
				t.Error(err)
			}
			text := pdfText(t, pdf)
			// A long title takes two lines, beside other columns: its words are looked for one by one.
			for _, want := range append(strings.Fields(p.Title), d.people[p.To].Name, p.Standing, hub.PersianDigits(p.Case.Number), d.data.Foot, "۱۴۰۵/۰۹/۰۳") {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			if strings.ContainsAny(text, "{}") {
				t.Error("a blank was not filled in")
			}
			again, err := d.set(p)
			if err != nil || !bytes.Equal(pdf, again) {
				t.Errorf("set again, the page differs: %v", err)
			}
		})
	}
	if len(kinds) < 6 {
		t.Errorf("only %d kinds of paper", len(kinds))
	}
}

// CPC 64 asks for five days before a hearing; courts do not sit on Thursday and Friday.
func TestHearingsAreOnWorkingDays(t *testing.T) {
	d := newDemo(t, time.Time{})
	for day := range 7 {
		d.branch.CreatedAt = time.Date(2026, 11, 20+day, 20, 45, 0, 0, time.UTC) // past midnight in Tehran
		for _, p := range d.data.Papers {
			at := d.hearing(p)
			if p.HearingDays == 0 {
				if !at.IsZero() {
					t.Errorf("%s has a hearing at %v", p.Reference, at)
				}
				continue
			}
			local := at.In(tehran())
			if wd := local.Weekday(); wd == time.Thursday || wd == time.Friday || local.Format("15:04") != "09:30" {
				t.Errorf("%s is heard at %v", p.Reference, local)
			}
			if at.Sub(d.branch.CreatedAt) < 7*24*time.Hour {
				t.Errorf("%s is heard too soon, at %v", p.Reference, at)
			}
		}
	}
}

func TestNumbersAreValidAndOfTheDemo(t *testing.T) {
	seen := map[hub.NationalID]bool{}
	for serial := 1; serial < 100; serial++ {
		natural, err := nationalID(serial)
		if err != nil || !strings.HasPrefix(string(natural), "0990000") {
			t.Fatalf("serial %d: %s, %v", serial, natural, err)
		}
		legal, err := legalID(serial)
		if err != nil || !strings.HasPrefix(string(legal), "10990000") {
			t.Fatalf("serial %d: %s, %v", serial, legal, err)
		}
		if _, err := hub.ParseMobile(mobile(serial)); err != nil || seen[natural] || seen[legal] {
			t.Fatalf("serial %d: %v", serial, err)
		}
		seen[natural], seen[legal] = true, true
	}
}

func pdfText(t *testing.T, pdf []byte) string {
	t.Helper()
	path, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Fatal("pdftotext is missing: install the package poppler-utils")
	}
	cmd := exec.CommandContext(t.Context(), path, "-enc", "UTF-8", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' {
			return -1
		}
		return r
	}, string(out))
}
