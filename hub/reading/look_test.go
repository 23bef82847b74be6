package reading_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
	"eblagh/hub/trail"
)

func pointers(err error) []string {
	var refused *hub.Error
	if !errors.As(err, &refused) {
		return nil
	}
	var out []string
	for _, f := range refused.Fields {
		out = append(out, f.Pointer)
	}
	return out
}

// Every read of a paper is recorded, with the ground it rests on; none of them is an opening.
func TestEveryLookIsRecorded(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	clerk, machine := at(w.person(), hub.RoleCourtClerk, branch), key(hub.RoleCourtClerk, branch)
	auditor, operator := key(hub.RoleAuditor), at(w.person(), hub.RoleOperator)
	notice, document := w.submit(paper{submitter: branch, recipient: person.ID})
	other, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(notice, other)
	w.open(notice)

	check := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	check(w.reader.Inbox(t.Context(), person, reading.InboxQuery{}))
	check(w.reader.Item(t.Context(), person, notice))
	_, _, err := w.reader.Document(t.Context(), person, notice, document)
	check(nil, err)
	check(w.reader.Receipts(t.Context(), person, notice))
	check(w.reader.Covers(t.Context(), person.ID, 1, 10))
	_, _, err = w.reader.Notice(t.Context(), clerk, other)
	check(nil, err)
	check(w.reader.Notices(t.Context(), machine, reading.NoticeQuery{}))
	check(w.reader.Receipts(t.Context(), machine, other))
	check(w.reader.Receipts(t.Context(), auditor, other))
	check(w.reader.Lanes(t.Context(), operator))

	for _, c := range []struct {
		got, want []string
	}{
		{w.looks(person), []string{
			"inbox.read - citizen/addressee 2", fmt.Sprintf("inbox.read %s citizen/addressee 1", notice),
			fmt.Sprintf("document.read %s citizen/addressee 1", document),
			fmt.Sprintf("receipt.read %s citizen/addressee 3", notice), "inbox.read - citizen/addressee 1",
		}},
		{w.looks(clerk), []string{fmt.Sprintf("notice.read %s court_clerk/same 1", other)}},
		{w.looks(machine), []string{"notice.read - court_clerk/same 2", fmt.Sprintf("receipt.read %s court_clerk/same 2", other)}},
		{w.looks(auditor), []string{fmt.Sprintf("receipt.read %s auditor/any 2", other)}},
		{w.looks(operator), []string{"lanes.read - operator/any 7"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("got  %q\nwant %q", c.got, c.want)
		}
	}
	// EN 319 522-1 E.1 is for the addressee alone: none of these looks opened the other paper.
	item, err := w.reader.Item(t.Context(), person, other)
	if err != nil || item.Notice != nil || !item.OpenedAt.IsZero() {
		t.Errorf("a look opened the paper: %+v, %v", item, err)
	}
}

// What cannot be recorded is not shown.
func TestWithoutRecordNothingIsShown(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	notice, document := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(notice)
	w.open(notice)
	w.exec(`REVOKE EXECUTE ON FUNCTION hub_trail FROM eblagh_app`)

	page, err := w.reader.Inbox(t.Context(), person, reading.InboxQuery{})
	if err == nil || len(page.Items) != 0 {
		t.Error("the inbox was shown")
	}
	if _, bytes, err := w.reader.Document(t.Context(), person, notice, document); err == nil || bytes != nil {
		t.Error("a document was shown")
	}
	if n, _, err := w.reader.Notice(t.Context(), key(hub.RoleCourtClerk, branch), notice); err == nil || n.Subject != "" {
		t.Error("a notice was shown")
	}
	if receipts, err := w.reader.Receipts(t.Context(), person, notice); err == nil || len(receipts) != 0 {
		t.Error("receipts were shown")
	}
}

// What is read while an answer leaves is in the trail as well, as part of its call.
func TestLooksOfAnAnswerOnItsWayAreRecorded(t *testing.T) {
	w := newWorld(t)
	person := w.person()
	notice, _ := w.submit(paper{submitter: w.organisation("branch"), recipient: person.ID})
	w.arrive(notice)
	call := trail.NewCall(hub.SystemClock, trail.From{Place: trail.Public}, true)
	ctx := trail.With(t.Context(), call)
	call.Enter("takeExport", access.ExportOwn)
	if _, err := w.reader.Item(ctx, person, notice); err != nil {
		t.Fatal(err)
	}
	if early := w.looks(person); len(early) != 0 {
		t.Errorf("the call is to write these: %v", early)
	}
	call.Rest(200, false)
	if _, err := w.reader.Receipts(ctx, person, notice); err != nil {
		t.Fatal(err)
	}
	var of, place string
	if err := w.sql.QueryRow(t.Context(), `SELECT call::text, route || ' ' || place || ' ' || action FROM trail WHERE principal = $1`,
		person.ID.String()).Scan(&of, &place); err != nil || of != call.ID().String() || place != "takeExport public receipt.read" {
		t.Errorf("%s %s, %v", of, place, err)
	}
}
