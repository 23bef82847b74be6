package postgres_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/document"
	"eblagh/hub/retention"
)

// kept is a world with a case of a kind, one paper in it, and documents with bytes.
type kept struct {
	*world
	keeper *retention.Keeper
	notice hub.Notice
	doc    hub.ID
	judge  access.Principal
}

func newKept(t *testing.T, days int) *kept {
	t.Helper()
	k := &kept{world: newWorld(t, withKinds(t))}
	k.doc = k.paperDocument()
	k.notice = k.paperIn("civil", "140012345678901234", k.doc)
	k.judge = access.Principal{Kind: access.Person, ID: k.someone(), Grants: []access.Grant{{Role: hub.RoleJudge, Organisation: k.branch}}}
	k.keeper = k.keeps(retention.Plan{Cases: []retention.Period{{Kind: "civil", Days: days, Basis: "a demo norm"}}, Contacts: 24 * time.Hour, Codes: 24 * time.Hour})
	return k
}

func (k *kept) keeps(plan retention.Plan) *retention.Keeper {
	k.Helper()
	book, err := retention.Load(os.DirFS("../../config/cases"))
	if err != nil {
		k.Fatal(err)
	}
	keeper, err := retention.New(retention.Options{Store: k.db, Book: book, Plan: plan, Erase: k.erase,
		Clock: func() time.Time { return time.Now().AddDate(0, 0, 100) }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		k.Fatal(err)
	}
	return keeper
}

func (k *kept) erase(ctx context.Context, id hub.ID, basis string) error {
	_, err := k.db.EraseDocument(ctx, document.Erasure{Document: id, Basis: basis, Actor: hub.Actor{Kind: hub.ActorSystem}})
	return err
}

func (k *kept) paperDocument() hub.ID {
	id := k.document(k.branch)
	k.exec(`INSERT INTO document_bytes (document, bytes_ct) VALUES ($1, 'bytes')`, id.String())
	return id
}

func (k *kept) paperIn(kind, number string, docs ...hub.ID) hub.Notice {
	k.Helper()
	p := paper("kept-"+newID().String(), k.someone())
	p.Case.Number, p.Case.Kind, p.Documents = number, kind, docs
	return k.submit(p)[0]
}

func (k *kept) run() retention.Done {
	k.Helper()
	done, err := k.keeper.Run(context.Background())
	if err != nil {
		k.Fatal(err)
	}
	return done
}

func TestPapersAreKeptAsTheirKindOfCaseSays(t *testing.T) {
	k := newKept(t, 90)
	other := k.paperDocument()
	k.paperIn("criminal", "140012345678905678", other) // nobody said for how long
	shared := k.paperDocument()
	k.paperIn("civil", "140012345678900001", shared)
	k.paperIn("criminal", "140012345678905678", shared) // also there
	var due []hub.ID
	if err := k.keeper.Due(t.Context(), func(_ retention.Period, q retention.Quiet) error { due = append(due, q.Document); return nil }); err != nil || len(due) != 1 || due[0] != k.doc {
		t.Errorf("due: %v, %v", due, err)
	}
	if done := k.run(); done.Documents != 1 {
		t.Errorf("%+v", done)
	}
	k.wantCount(1, `SELECT count(*) FROM erasures WHERE basis LIKE 'retention of civil cases, 90 days: a demo norm'`)
	k.wantCount(2, `SELECT count(*) FROM document_bytes`)
	k.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'eblagh:DocumentErased'`)
	if done := k.run(); done.Documents != 0 {
		t.Errorf("erased again: %+v", done)
	}
}

func TestPapersOfALivingCaseAreKept(t *testing.T) {
	k := newKept(t, 101) // the clock is at a hundred days
	if done := k.run(); done.Documents != 0 {
		t.Errorf("%+v", done)
	}
}

func TestWhatIsHeldIsNeverErased(t *testing.T) {
	k := newKept(t, 90)
	matter := k.notice.Case.ID
	clerk := k.court()
	for name, notice := range map[string]hub.ID{"the case": {}, "the paper": k.notice.ID} {
		hold, err := k.keeper.Place(t.Context(), clerk, matter, notice, "proceedings about this very service")
		if err != nil {
			t.Fatal(err)
		}
		if done := k.run(); done.Documents != 0 {
			t.Errorf("%s is held, and %+v", name, done)
		}
		if err := k.erase(t.Context(), k.doc, "by hand"); hub.CodeOf(err) != hub.CodeWrongState {
			t.Errorf("%s is held, and erased by hand: %v", name, err)
		}
		if err := k.keeper.Lift(t.Context(), clerk, matter, hold.ID); hub.CodeOf(err) != hub.CodeForbidden {
			t.Errorf("a clerk's system lifted a hold: %v", err)
		}
		if err := k.keeper.Lift(t.Context(), k.judge, matter, hold.ID); err != nil {
			t.Errorf("the judge: %v", err)
		}
		if err := k.keeper.Lift(t.Context(), k.judge, matter, hold.ID); hub.CodeOf(err) != hub.CodeWrongState {
			t.Errorf("lifted twice: %v", err)
		}
	}
	if list, err := k.keeper.Holds(t.Context(), k.judge, matter); err != nil || len(list) != 2 || list[0].LiftedBy != k.judge.ID || list[0].PlacedBy != clerk.ID {
		t.Errorf("what is on record: %+v, %v", list, err)
	}
	if done := k.run(); done.Documents != 1 {
		t.Errorf("after the holds: %+v", done)
	}
}

func TestContactsAndCodesThatAreOverAreForgotten(t *testing.T) {
	k := newKept(t, 90)
	to := k.notice.Recipient.String()
	k.exec(`UPDATE contacts SET email_ct = 'x', since = now() - interval '9 days', until = now() - interval '8 days' WHERE person = $1`, to)
	k.exec(`INSERT INTO contacts (id, person, mobile_ct, mobile_index, changed_by) VALUES ($1, $2, 'x', 'x', $2)`, newID().String(), to)
	k.exec(`INSERT INTO challenges (id, purpose, person, mobile_ct, subject, passed_first, expires_at) VALUES ($1, 'sign_in', $2, 'x', 'x', true, now() + interval '1 s')`, newID().String(), to)
	before := k.count(`SELECT count(*) FROM contacts WHERE until IS NULL AND mobile_ct IS NOT NULL`)
	if done := k.run(); done.Contacts != 1 || done.Codes != 1 {
		t.Errorf("%+v", done)
	}
	k.wantCount(1, `SELECT count(*) FROM contacts WHERE until IS NOT NULL AND erased_at IS NOT NULL AND mobile_ct IS NULL AND email_ct IS NULL AND mobile_index IS NULL`)
	k.wantCount(before, `SELECT count(*) FROM contacts WHERE until IS NULL AND mobile_ct IS NOT NULL`)
	k.wantCount(0, `SELECT count(*) FROM challenges WHERE mobile_ct IS NOT NULL OR subject IS NOT NULL`)
	if done := k.run(); done.Contacts+done.Codes != 0 {
		t.Errorf("forgotten again: %+v", done)
	}
	nothing := k.keeps(retention.Plan{})
	if done, err := nothing.Run(t.Context()); err != nil || done != (retention.Done{}) {
		t.Errorf("a plan of nothing erased %+v, %v", done, err)
	}
}

func TestPlanOfRetentionIsChecked(t *testing.T) {
	book, err := retention.Load(os.DirFS("../../config/cases"))
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]retention.Period{"no kind": {Days: 1, Basis: "x"}, "none": {Kind: "none", Days: 1, Basis: "x"},
		"no days": {Kind: "civil", Basis: "x"}, "no basis": {Kind: "civil", Days: 1}} {
		if _, err := retention.New(retention.Options{Book: book, Plan: retention.Plan{Cases: []retention.Period{p}}}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Said once, the kind of a case stays; a case that is restricted stays so.
func TestTheKindOfACaseIsSaidOnce(t *testing.T) {
	k := newKept(t, 90)
	stand := func(number string) (kind string) {
		t.Helper()
		if err := k.sql.QueryRow(t.Context(), `SELECT kind || ' ' || restricted FROM cases WHERE number = $1`, number).Scan(&kind); err != nil {
			t.Fatal(err)
		}
		return kind
	}
	for _, step := range []struct{ kind, number, want string }{
		{"", "140012345678900002", "general false"}, {"family", "140012345678900002", "family true"},
		{"civil", "140012345678900002", "family true"}, {"", "140012345678900002", "family true"},
		{"minors", "140012345678900003", "minors true"}, {"family", "140012345678901234", "civil false"},
	} {
		k.paperIn(step.kind, step.number)
		if got := stand(step.number); got != step.want {
			t.Errorf("%q said of %s: %s, want %s", step.kind, step.number, got, step.want)
		}
	}
	p := paper("unknown kind", k.someone())
	p.Case.Kind = "none"
	if results, err := k.Submit(t.Context(), k.court(), append(papers("good", 1, k.someone()), p), nil); err != nil ||
		hub.CodeOf(results[1].Err) != hub.CodeValidation || results[1].Err.Error() == "" {
		t.Errorf("a kind that is none: %v", err)
	}
}

// caseKinds is the book as dispatch asks it.
type caseKinds struct{ book *retention.Book }

func (k caseKinds) Kind(name string) (restricted, known bool) {
	kind, known := k.book.Kind(name)
	return kind.Restricted, known
}

func withKinds(t *testing.T) func(*dispatch.Options) {
	t.Helper()
	book, err := retention.Load(os.DirFS("../../config/cases"))
	if err != nil {
		t.Fatal(err)
	}
	return func(o *dispatch.Options) { o.Cases = caseKinds{book} }
}
