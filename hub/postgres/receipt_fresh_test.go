package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
	"eblagh/hub/ledger"
	"eblagh/hub/seal"
)

// What the log's writer takes from memory is what it would have read: else no proof of it would hold.
func TestTheLogTakesFreshReceiptsAsTheTableHasThem(t *testing.T) {
	w := newWorld(t, func(o *dispatch.Options) { o.Queued = false })
	session, err := w.db.Sealing().Lock(context.Background())
	if err != nil || session == nil {
		t.Fatalf("%v, %v", session, err)
	}
	defer session.Close()
	with := paper("with documents", w.someone())
	with.Documents = append(with.Documents, w.document(w.branch), w.document(w.branch))
	first := w.submit(with)[0]
	w.correct(first.ID, paper("correction", first.Recipient)) // has not arrived yet
	a, b := w.someone(), w.someone()
	w.submit(papers("batch", 100, a, b)...)
	shown := []hub.Span{{Recipient: a, After: 0, Through: 30}, {Recipient: b, After: 10, Through: 20}}
	if err := errors.Join(w.db.Nudged(t.Context(), shown), w.db.Acked(t.Context(), shown[1:])); err != nil {
		t.Fatal(err)
	}
	w.sender.Answer = func(_ context.Context, text hub.Text) hub.Sent {
		sent := hub.Sent{Outcome: hub.OutcomeAccepted, MessageID: hubtest.MessageID(text.Attempt)}
		switch text.Attempt.Delivery[15] % 3 {
		case 0:
			sent.Outcome = hub.OutcomeDelivered
		case 1:
			sent = hub.Sent{Outcome: hub.OutcomeRejected, Reason: hub.ReasonBadNumber}
		}
		return sent
	}
	w.send(w.Dispatcher)
	var all int
	if err := w.sql.QueryRow(context.Background(), `SELECT count(*) FROM receipts`).Scan(&all); err != nil || all < 203+101+40+10 {
		t.Fatalf("%d receipts, %v", all, err)
	}

	w.exec(`ALTER TABLE receipts RENAME TO receipts_away`)
	fresh := waiting(t, session)
	w.exec(`ALTER TABLE receipts_away RENAME TO receipts`)
	stored := waiting(t, session) // each is taken from memory once
	if len(fresh) != all || len(stored) != len(fresh) {
		t.Fatalf("%d from memory, %d from the table", len(fresh), len(stored))
	}
	for i := range fresh {
		want, err := stored[i].Canonical()
		if got, err2 := fresh[i].Canonical(); err != nil || err2 != nil || !bytes.Equal(got, want) || fresh[i].Salt != stored[i].Salt {
			t.Fatalf("%s\n%s\n%v %v", got, want, err, err2)
		}
	}
}

func waiting(t *testing.T, session seal.Session) []ledger.Receipt {
	t.Helper()
	receipts, _, err := session.Waiting(context.Background(), 4000)
	if err != nil {
		t.Fatal(err)
	}
	return receipts
}

// Nothing is kept for a log that another process writes, and after that it is read.
func TestFreshReceiptsAreForTheWriterAlone(t *testing.T) {
	w := newWorld(t, func(o *dispatch.Options) { o.Queued = false })
	w.submit(papers("before", 3, w.someone())...)
	session, err := w.db.Sealing().Lock(context.Background())
	if err != nil || session == nil {
		t.Fatalf("%v, %v", session, err)
	}
	w.submit(papers("meanwhile", 3, w.someone())...)
	if got := waiting(t, session); len(got) != 12 {
		t.Errorf("%d receipts wait, want 12", len(got))
	}
	w.submit(papers("after", 3, w.someone())...)
	session.Close()
	if session, err = w.db.Sealing().Lock(context.Background()); err != nil || session == nil {
		t.Fatalf("%v, %v", session, err)
	}
	defer session.Close()
	w.exec(`ALTER TABLE receipts RENAME TO receipts_away`)
	if _, _, err := session.Waiting(context.Background(), 4000); err == nil {
		t.Error("receipts of the session before were still in memory")
	}
}
