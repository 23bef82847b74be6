package ladder

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"eblagh/hub"
)

var handedOver = time.Date(2025, 9, 20, 8, 15, 30, 0, time.UTC)

func tasked(kind hub.PersonKind) Tasked {
	return Tasked{OfficerTask: hub.OfficerTask{CreatedAt: handedOver, State: hub.TaskTaken}, Now: handedOver.Add(30 * time.Hour),
		RecipientKind: kind}
}

func good(o hub.PaperOutcome) Form {
	f := Form{Outcome: o, Place: "demo street 1", ServedAt: handedOver.Add(time.Hour)}
	switch o {
	case hub.PaperToHousehold:
		f.Relation, f.Receiver = "spouse", "demo"
	case hub.PaperToManager:
		f.Relation, f.Receiver = "signatory", "demo"
	case hub.PaperToSecretariat:
		f.Relation, f.Receiver = "secretariat_head", "demo"
	case hub.PaperRefused:
		f.Relation = "other"
	}
	return f
}

func kindFor(o hub.PaperOutcome) hub.PersonKind {
	if o == hub.PaperToManager || o == hub.PaperToSecretariat {
		return hub.PersonLegal
	}
	return hub.PersonNatural
}

// pointers lists what a check found wrong, "pointer code".
func pointers(err error) []string {
	var e *hub.Error
	if !errors.As(err, &e) {
		return nil
	}
	var out []string
	for _, f := range e.Fields {
		out = append(out, f.Pointer+" "+f.Code)
	}
	return out
}

func TestGoodForms(t *testing.T) {
	for _, o := range hub.PaperOutcomes {
		if err := good(o).withDefaults().check(tasked(kindFor(o))); err != nil {
			t.Errorf("%s: %v", o, err)
		}
	}
}

func TestForm(t *testing.T) {
	for name, c := range map[string]struct {
		kind   hub.PersonKind
		change func(*Form)
		want   string
	}{
		"CPC 82 place":            {"natural", func(f *Form) { f.Place = "  " }, "/place required"},
		"CPC 82 time":             {"natural", func(f *Form) { f.ServedAt = time.Time{} }, "/served_at required"},
		"a time to come":          {"natural", func(f *Form) { f.ServedAt = handedOver.Add(31 * time.Hour) }, "/served_at future"},
		"before it was handed":    {"natural", func(f *Form) { f.ServedAt = handedOver.Add(-time.Minute) }, "/served_at past"},
		"in the minute it was":    {"natural", func(f *Form) { f.ServedAt = handedOver.Add(-30 * time.Second) }, ""},
		"CPC 69 name":             {"natural", func(f *Form) { *f = good("to_household"); f.Receiver = "" }, "/receiver required"},
		"CPC 69 capacity":         {"natural", func(f *Form) { *f = good("to_household"); f.Relation = "" }, "/relation required"},
		"CPC 69 household":        {"natural", func(f *Form) { *f = good("to_household"); f.Relation = "manager" }, "/relation mismatch"},
		"CPC 70 nobody there":     {"natural", func(f *Form) { *f = good("affixed"); f.Receiver = "demo" }, "/receiver mismatch"},
		"CPC 70 who refused":      {"natural", func(f *Form) { *f = good("refused"); f.Relation = "" }, "/relation required"},
		"CPC 76 of a person":      {"natural", func(f *Form) { *f = good("to_manager") }, "/outcome natural_person"},
		"CPC 75, 76 to a company": {"legal", func(*Form) {}, "/outcome legal_person /relation mismatch"},
		"a company, refused":      {"legal", func(f *Form) { *f = good("refused"); f.Relation = "manager" }, ""},
		"no outcome":              {"natural", func(f *Form) { f.Outcome = "" }, "/outcome required"},
		"an outcome nobody knows": {"natural", func(f *Form) { f.Outcome = "lost" }, "/outcome unknown"},
		"a relation nobody knows": {"natural", func(f *Form) { f.Relation = "friend" }, "/relation unknown /receiver required"},
		"a long note":             {"natural", func(f *Form) { f.Note = strings.Repeat("ن", 1001) }, "/note too_long"},
		"lines in a note":         {"natural", func(f *Form) { f.Note = "one\ntwo" }, ""},
		"lines in a place":        {"natural", func(f *Form) { f.Place = "one\ntwo" }, "/place control_character"},
		"broken text":             {"natural", func(f *Form) { f.Place = "a\xff" }, "/place invalid"},
	} {
		f := good(hub.PaperToPerson)
		c.change(&f)
		var got []string
		for _, p := range pointers(f.withDefaults().check(tasked(c.kind))) {
			got = append(got, p)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got, " "), c.want)
		}
	}
}

// Whatever is written: a form that passes says who received it where somebody did, and its relation goes with its outcome
// and its addressee; no finding repeats what was written.
func TestFormsHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := "اکبر نمونه‌ای"
		f := Form{Outcome: rapid.SampledFrom(append(hub.PaperOutcomes, "", "x")).Draw(t, "outcome"),
			Relation: rapid.SampledFrom(append(hub.Relations, "", "x")).Draw(t, "relation"),
			Receiver: rapid.SampledFrom([]string{"", secret}).Draw(t, "receiver"), Place: secret,
			ServedAt: handedOver.Add(time.Duration(rapid.IntRange(-100, 3000).Draw(t, "at")) * time.Minute)}.withDefaults()
		kind := rapid.SampledFrom([]hub.PersonKind{hub.PersonNatural, hub.PersonLegal}).Draw(t, "kind")
		err := f.check(tasked(kind))
		if err != nil {
			if strings.Contains(err.Error(), secret) || hub.CodeOf(err) != hub.CodeValidation || len(pointers(err)) == 0 {
				t.Fatalf("refusal %v", err)
			}
			return
		}
		switch {
		case f.Outcome.Handed() && f.Relation == "", f.Outcome.Handed() && f.Relation != "self" && f.Receiver == "":
			t.Fatalf("nobody received it: %+v", f)
		case f.Relation != "" && !f.Relation.Fits(f.Outcome), !slices.Contains(hub.PaperOutcomes, f.Outcome):
			t.Fatalf("does not hold together: %+v", f)
		case kind == hub.PersonLegal && f.Relation == "self":
			t.Fatalf("a company in person: %+v", f)
		}
	})
}
