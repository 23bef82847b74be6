package reading_test

import (
	"testing"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// What is read of an inbox keeps its plan, here one that was made while there was nothing: it reads the papers that it shows,
// however many there are by then.
func TestKeptPlansReadWhatTheyShow(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	var one hub.ID
	reads := map[string]func() (shown int, err error){
		"a page": func() (int, error) {
			page, err := w.reader.Inbox(t.Context(), person, reading.InboxQuery{Limit: 5})
			return len(page.Items), err
		},
		"what is unopened": func() (int, error) {
			page, err := w.reader.Inbox(t.Context(), person, reading.InboxQuery{Limit: 5, State: reading.StateUnopened})
			return len(page.Items), err
		},
		"covers": func() (int, error) {
			covers, err := w.reader.Covers(t.Context(), person.ID, 100, 5)
			return len(covers), err
		},
		"what is opened": func() (int, error) {
			page, err := w.reader.Inbox(t.Context(), person, reading.InboxQuery{Limit: 1, State: reading.StateOpened})
			return len(page.Items), err
		},
		"a paper": func() (int, error) {
			_, err := w.reader.Item(t.Context(), person, one)
			if hub.CodeOf(err) == hub.CodeNotFound {
				return 0, nil
			}
			return 1, err
		},
	}
	for what, read := range reads {
		if n, err := read(); n != 0 || err != nil {
			t.Fatalf("%s of an empty inbox: %d, %v", what, n, err)
		}
	}
	const papers = 300
	for range papers {
		notice, _ := w.submit(paper{submitter: branch, recipient: person.ID})
		w.arrive(notice)
		if w.number%10 == 0 {
			w.open(notice)
		}
		one = notice
	}
	w.exec(`INSERT INTO corrections (corrects, notice) SELECT $1, id FROM notices WHERE id <> $1 LIMIT 1`, one)
	w.exec(`SELECT pg_stat_force_next_flush()`)
	before, shown := w.papersFetched(), 0
	for what, read := range reads {
		n, err := read()
		if n == 0 || err != nil {
			t.Errorf("%s: %d, %v", what, n, err)
		}
		shown += n
	}
	w.rowsGoneThrough() // the counts of what went before are in
	// Whose documents may be seen goes by all papers that were opened, thirty here, for each read that shows an opened one.
	if n := w.papersFetched() - before; n < shown || n > papers/2 {
		t.Errorf("%d papers were looked at to show %d", n, shown)
	} else {
		t.Logf("%d papers were looked at to show %d", n, shown)
	}
}
