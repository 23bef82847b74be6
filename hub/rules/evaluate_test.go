package rules_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"eblagh/hub"
	"eblagh/hub/rules"
)

func load(t testing.TB) *rules.Book {
	t.Helper()
	book, err := rules.Load(os.DirFS("../../config/rules"))
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// moment is so many minutes after an arbitrary point.
func moment(minutes int) time.Time {
	return time.Date(2025, 9, 23, 6, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

func TestIran(t *testing.T) {
	book := load(t)
	submitted, arrived, opened := moment(0), moment(1), moment(90)
	for _, c := range []struct {
		norm     string
		facts    rules.Facts
		status   hub.ServiceStatus
		servedAt time.Time
		cites    string
	}{
		{"bylaw 13: nothing is served before it arrives", rules.Facts{SubmittedAt: submitted},
			hub.ServicePending, time.Time{}, "bylaw 13:"},
		{"bylaw 13: arrival in the account is service", rules.Facts{SubmittedAt: submitted, ArrivedAt: arrived},
			hub.ServiceConstructive, arrived, "bylaw 13, "},
		{"bylaw 13: opening has the effects of actual service, from the arrival",
			rules.Facts{SubmittedAt: submitted, ArrivedAt: arrived, OpenedAt: opened},
			hub.ServiceActual, arrived, "bylaw 13:"},
		{"bylaw 13 n.2: not visiting the system is refusal, and service stands",
			rules.Facts{ArrivedAt: arrived}, hub.ServiceConstructive, arrived, "bylaw 13 n.2"},
		{"bylaw 13: what was withdrawn before arrival was not served",
			rules.Facts{SubmittedAt: submitted, CancelledAt: opened}, hub.ServiceCancelled, time.Time{}, "bylaw 13:"},
		{"bylaw 13: what never arrived was not served",
			rules.Facts{SubmittedAt: submitted, ExpiredAt: opened}, hub.ServiceNotServed, time.Time{}, "bylaw 13:"},
		{"bylaw 13: nothing withdraws a paper that arrived",
			rules.Facts{ArrivedAt: arrived, CancelledAt: opened, ExpiredAt: opened}, hub.ServiceConstructive, arrived, "bylaw 13"},
		{"bylaw 13: an opening without arrival serves nothing",
			rules.Facts{SubmittedAt: submitted, OpenedAt: opened}, hub.ServicePending, time.Time{}, "bylaw 13:"},
	} {
		t.Run(c.norm, func(t *testing.T) {
			got := book.Evaluate(rules.Iran, c.facts)
			if got.Status != c.status || !got.ServedAt.Equal(c.servedAt) {
				t.Errorf("got %s at %v, want %s at %v", got.Status, got.ServedAt, c.status, c.servedAt)
			}
			if got.Rule != rules.Iran || got.RuleVersion != "1" || !strings.Contains(got.Basis, c.cites) {
				t.Errorf("rests on %s %s %q, which lacks %q", got.Rule, got.RuleVersion, got.Basis, c.cites)
			}
			if persian := book.Basis(got, "fa"); !strings.HasPrefix(persian, "مادهٔ ۱۳") || strings.Contains(persian, "bylaw") {
				t.Errorf("in Persian it rests on %q", persian)
			}
		})
	}
}

// anyFacts draws any facts at all, sensible or not.
func anyFacts(t *rapid.T) rules.Facts {
	at := func(name string) time.Time {
		if rapid.Bool().Draw(t, name+" happened") {
			return moment(rapid.IntRange(-500_000, 500_000).Draw(t, name))
		}
		return time.Time{}
	}
	return rules.Facts{SubmittedAt: at("submitted"), ArrivedAt: at("arrived"), OpenedAt: at("opened"),
		CancelledAt: at("cancelled"), ExpiredAt: at("expired")}
}

func TestOpeningNeverMovesService(t *testing.T) {
	book := load(t)
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		unopened := f
		unopened.OpenedAt = time.Time{}
		before, after := book.Evaluate(rules.Iran, unopened), book.Evaluate(rules.Iran, f)
		if !before.ServedAt.Equal(after.ServedAt) || before.RuleVersion != after.RuleVersion {
			t.Fatalf("opening moved service from %v (version %s) to %v (version %s)",
				before.ServedAt, before.RuleVersion, after.ServedAt, after.RuleVersion)
		}
	})
}

// Bylaw 13 n.2: once arrived, a paper is served at its arrival, whatever else does or does not happen.
func TestSilenceNeverUnserves(t *testing.T) {
	book := load(t)
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		got := book.Evaluate(rules.Iran, f)
		served := got.Status == hub.ServiceConstructive || got.Status == hub.ServiceActual
		if served == f.ArrivedAt.IsZero() || !got.ServedAt.Equal(f.ArrivedAt) {
			t.Fatalf("%+v gives %s at %v", f, got.Status, got.ServedAt)
		}
	})
}

func TestUnknownProfileServesNothing(t *testing.T) {
	book := load(t)
	got := book.Evaluate("xx.nowhere", rules.Facts{ArrivedAt: moment(0)})
	if got != (hub.Service{Status: hub.ServicePending}) || book.Has("xx.nowhere") || book.Basis(got, "fa") != "" {
		t.Errorf("got %+v", got)
	}
}
