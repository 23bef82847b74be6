package reading_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// DESIGN promise 8: until the addressee opens it, every path shows the cover and nothing else.
func TestOnlyTheCoverUntilOpened(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	notice, document := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(notice)

	page, err := w.reader.Inbox(t.Context(), person, reading.InboxQuery{})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("inbox: %v, %v", page, err)
	}
	item, err := w.reader.Item(t.Context(), person, notice)
	if err != nil {
		t.Fatal(err)
	}
	covers, err := w.reader.Covers(t.Context(), person.ID, 0, 10)
	if err != nil || len(covers) != 1 {
		t.Fatalf("covers: %v, %v", covers, err)
	}
	receipts, err := w.reader.Receipts(t.Context(), person, notice)
	if err != nil || len(receipts) != 2 {
		t.Fatalf("receipts: %v, %v", receipts, err)
	}
	for _, shown := range []any{page, item, covers, receipts} {
		text, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		for _, hidden := range []string{"secret", "accused", "guess", document.String(), "140312345678901234", "ref-"} {
			if strings.Contains(string(text), hidden) {
				t.Errorf("an unopened paper shows %q: %s", hidden, text)
			}
		}
	}
	want := hub.Cover{ID: notice, Number: "140500000000000001", Kind: "judgment", ArrivedAt: item.ArrivedAt,
		Branch:       hub.BranchRef{ID: branch, Name: "Branch of " + branch.String()},
		OpeningMeans: w.reader.OpeningMeans("judgment", "en")}
	if item.Cover != want || page.Items[0].Cover != want || covers[0].Cover != want || item.ArrivedAt.IsZero() {
		t.Errorf("cover is %+v, want %+v", item.Cover, want)
	}
	if item.Service.Status != hub.ServiceConstructive {
		t.Errorf("service is %s", item.Service.Status)
	}
	_, err = w.reader.Opened(t.Context(), person, notice)
	code(t, "opened, before opening", err, hub.CodeWrongState)
	_, _, err = w.reader.Document(t.Context(), person, notice, document)
	code(t, "document, before opening", err, hub.CodeNotFound)
}

func TestOpenedPaperInFull(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	notice, document := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(notice)
	w.open(notice)

	n, err := w.reader.Opened(t.Context(), person, notice)
	if err != nil {
		t.Fatal(err)
	}
	if n.Subject != secretSubject || n.Body != secretBody || n.Case.Subject != secretMatter || n.Capacity != "accused" ||
		len(n.Documents) != 1 || n.Documents[0].ID != document || n.Documents[0].FileName != secretName ||
		n.Case.Number != "140312345678901234" || n.Branch.ID != branch || n.OpenedAt.Before(n.ArrivedAt) {
		t.Errorf("got %+v", n)
	}
	item, err := w.reader.Item(t.Context(), person, notice)
	if err != nil || item.Notice == nil || item.Service.Status != hub.ServiceActual || !item.Service.ServedAt.Equal(n.ArrivedAt) {
		t.Errorf("item: %+v, %v", item, err)
	}
	doc, bytes, err := w.reader.Document(t.Context(), person, notice, document)
	if err != nil || string(bytes) != secretBytes || doc.FileName != secretName || doc.MediaType != "application/pdf" {
		t.Errorf("document: %+v, %v", doc, err)
	}
	receipts, err := w.reader.Receipts(t.Context(), person, notice)
	if err != nil || len(receipts) != 3 || receipts[2].Event != hub.EventContentHandover || receipts[2].Details["parts"] == nil {
		t.Errorf("receipts: %+v, %v", receipts, err)
	}
}

// A document is of one notice: another one that the person opened does not lead to it.
func TestDocumentOfAnotherNotice(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	opened, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	unopened, document := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(opened, unopened)
	w.open(opened)
	for _, notice := range []hub.ID{opened, unopened, newID()} {
		_, _, err := w.reader.Document(t.Context(), person, notice, document)
		code(t, "document", err, hub.CodeNotFound)
	}
}

func TestInboxIsTheAddresseesAlone(t *testing.T) {
	w := newWorld(t)
	branch, person, stranger := w.organisation("branch"), w.person(), w.person()
	arrived, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	pending, document := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(arrived)
	w.open(arrived)

	for name, p := range map[string]access.Principal{
		"a stranger": stranger, "a clerk of the court": at(stranger, hub.RoleCourtClerk, branch),
		"an operator": at(stranger, hub.RoleOperator), "an auditor": at(stranger, hub.RoleAuditor),
		"an admin": at(stranger, hub.RoleAdmin),
	} {
		page, err := w.reader.Inbox(t.Context(), p, reading.InboxQuery{})
		if err != nil || len(page.Items) != 0 {
			t.Errorf("%s: inbox %+v, %v", name, page, err)
		}
		_, err = w.reader.Item(t.Context(), p, arrived)
		code(t, name+": item", err, hub.CodeNotFound)
		_, _, err = w.reader.Document(t.Context(), p, arrived, document)
		code(t, name+": document", err, hub.CodeNotFound)
	}
	_, err := w.reader.Item(t.Context(), person, pending)
	code(t, "before arrival", err, hub.CodeNotFound)
	_, err = w.reader.Receipts(t.Context(), person, pending)
	code(t, "receipts before arrival", err, hub.CodeNotFound)

	machine := key(hub.RoleCourtClerk, branch)
	machine.ID = person.ID // even one that has the person's id
	_, err = w.reader.Inbox(t.Context(), machine, reading.InboxQuery{})
	code(t, "a key's inbox", err, hub.CodeForbidden)
	_, err = w.reader.Item(t.Context(), machine, arrived)
	code(t, "a key's item", err, hub.CodeForbidden)
	_, err = w.reader.Inbox(t.Context(), access.Principal{}, reading.InboxQuery{})
	code(t, "nobody's inbox", err, hub.CodeUnauthorized)
	if looks := w.looks(stranger); len(looks) != 0 {
		t.Errorf("looks that saw nothing were recorded: %v", looks)
	}
}

func TestInboxPages(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	var ids []hub.ID
	for i := range 7 {
		id, _ := w.submit(paper{submitter: branch, recipient: person.ID})
		w.arrive(id)
		if i%2 == 0 {
			w.open(id)
		}
		ids = append(ids, id)
	}
	slices.Reverse(ids)
	for _, c := range []struct {
		state reading.State
		want  []hub.ID
	}{
		{"", ids}, {reading.StateAll, ids},
		{reading.StateOpened, []hub.ID{ids[0], ids[2], ids[4], ids[6]}},
		{reading.StateUnopened, []hub.ID{ids[1], ids[3], ids[5]}},
	} {
		for limit := 1; limit <= 8; limit++ {
			var got []hub.ID
			for q := (reading.InboxQuery{State: c.state, Limit: limit}); ; {
				page, err := w.reader.Inbox(t.Context(), person, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, item := range page.Items {
					got = append(got, item.Cover.ID)
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("state %q by %d: got %v, want %v", c.state, limit, got, c.want)
			}
		}
	}
}

func TestCoversFromACursor(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	for range 5 {
		id, _ := w.submit(paper{submitter: branch, recipient: person.ID})
		w.arrive(id)
	}
	for after := int64(0); after <= 6; after++ {
		covers, err := w.reader.Covers(t.Context(), person.ID, after, 3)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, c := range covers {
			got = append(got, c.Cursor)
		}
		want := []int64{1, 2, 3, 4, 5}[min(after, 5):]
		if !slices.Equal(got, want[:min(3, len(want))]) {
			t.Errorf("after %d: got %v", after, got)
		}
	}
}

func TestInboxQueryProblems(t *testing.T) {
	w := newWorld(t)
	person := w.person()
	for _, c := range []struct {
		q    reading.InboxQuery
		want []string
	}{
		{reading.InboxQuery{After: "§"}, []string{"/after"}},
		{reading.InboxQuery{After: "aQAAAAAAAAAA"}, []string{"/after"}}, // cursor 0
		{reading.InboxQuery{After: strings.Repeat("A", 1000), Limit: -1, State: "new"}, []string{"/after", "/limit", "/state"}},
		{reading.InboxQuery{Limit: reading.MaxLimit + 1}, []string{"/limit"}},
	} {
		_, err := w.reader.Inbox(t.Context(), person, c.q)
		if got := pointers(err); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.q, err, c.want)
		}
	}
}

// No mark that a caller makes up is a fault of ours, and none is echoed.
func TestAnyMarkIsAnswered(t *testing.T) {
	w := newWorld(t)
	person, clerk := w.person(), at(w.person(), hub.RoleCourtClerk, w.organisation("branch"))
	rapid.Check(t, func(t *rapid.T) {
		mark := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ni][A-Za-z0-9_-]{11,22}`)).Draw(t, "mark")
		_, inbox := w.reader.Inbox(w.Context(), person, reading.InboxQuery{After: mark})
		_, notices := w.reader.Notices(w.Context(), clerk, reading.NoticeQuery{After: mark, Reference: mark, CaseNumber: mark})
		for _, err := range []error{inbox, notices} {
			if err != nil && hub.CodeOf(err) != hub.CodeValidation {
				t.Fatalf("got %v", err)
			}
			if err != nil && len(mark) > 8 && strings.Contains(fmt.Sprint(err), mark) {
				t.Fatalf("the mark is echoed: %v", err)
			}
		}
	})
}
