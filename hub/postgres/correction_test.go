package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// correct corrects a notice by the branch's system; the paper must be good.
func (w *world) correct(notice hub.ID, p dispatch.Paper) hub.Notice {
	w.Helper()
	r, err := w.Correct(context.Background(), w.court(), notice, p, nil)
	if err != nil {
		w.Fatal(err)
	}
	return r.Notice
}

func (w *world) refuseCorrection(by access.Principal, notice hub.ID, p dispatch.Paper, want hub.Code) {
	w.Helper()
	if _, err := w.Correct(context.Background(), by, notice, p, nil); hub.CodeOf(err) != want {
		w.Errorf("%s: %v, want %s", p.Reference, err, want)
	}
}

func TestCorrectAfterArrival(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	first := w.submit(paper("first", to))[0]
	w.refuseCorrection(w.court(), first.ID, paper("early", to), hub.CodeWrongState)
	w.deliver()
	second := w.correct(first.ID, paper("second", to))
	if second.Corrects != first.ID || second.ID == first.ID || len(second.Deliveries) != 2 {
		t.Errorf("the correction: %+v", second)
	}
	w.refuseCorrection(w.court(), second.ID, paper("not there yet", to), hub.CodeWrongState)
	w.deliver()
	w.refuseCorrection(w.court(), first.ID, paper("not the latest", to), hub.CodeWrongState)
	third := w.correct(second.ID, paper("third", to))
	w.deliver()
	w.wantCount(3, `SELECT count(*) FROM inbox WHERE recipient = $1`, to.String()) // each is its own service
	w.wantCount(3, `SELECT count(*) FROM receipts WHERE event = 'ContentConsignment'`)
	w.wantCount(1, `SELECT count(*) FROM corrections k JOIN notices n ON n.id = k.notice AND n.corrects = k.corrects
		WHERE k.corrects = $1 AND k.notice = $2`, second.ID.String(), third.ID.String())
	w.wantCount(2, `SELECT count(*) FROM receipts r JOIN notices n ON n.id = r.notice
		WHERE r.event = 'SubmissionAcceptance' AND r.details ->> 'corrects' = n.corrects::text`)
	w.wantCount(0, `SELECT count(*) FROM notices WHERE reference IN ('early', 'not there yet', 'not the latest')`)
	w.wantCount(0, `SELECT count(*) FROM notice_refs WHERE reference = 'not the latest'`)
}

func TestWhoCorrectsWhat(t *testing.T) {
	w := newWorld(t)
	to, other := w.someone(), w.someone()
	n := w.submit(paper("mine", to))[0]
	w.deliver()
	stranger := w.court()
	stranger.Grants[0].Organisation = w.organisation("branch")
	w.refuseCorrection(stranger, n.ID, paper("stranger", to), hub.CodeNotFound)
	w.refuseCorrection(citizen(to), n.ID, paper("addressee", to), hub.CodeForbidden)
	w.refuseCorrection(access.Principal{}, n.ID, paper("nobody", to), hub.CodeUnauthorized)
	w.refuseCorrection(w.court(), newID(), paper("no such notice", to), hub.CodeNotFound)
	w.refuseCorrection(w.court(), n.ID, paper("another addressee", other), hub.CodeValidation)
	w.refuseCorrection(w.court(), n.ID, paper("mine", to), hub.CodeDuplicateReference)
	w.refuseCorrection(w.court(), n.ID, dispatch.Paper{Reference: "empty"}, hub.CodeValidation)
	w.wantCount(1, `SELECT count(*) FROM notices`)
	w.wantCount(0, `SELECT count(*) FROM corrections`)
}

// Of many corrections at once one is taken, and what the others brought leaves no trace.
func TestCorrectAtOnce(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	n := w.submit(paper("race", to))[0]
	w.deliver()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			_, err := w.Correct(context.Background(), w.court(), n.ID, paper(fmt.Sprint("race-", i), to), nil)
			if err != nil && hub.CodeOf(err) != hub.CodeWrongState {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.wantCount(1, `SELECT count(*) FROM notices WHERE corrects IS NOT NULL`)
	w.wantCount(2, `SELECT count(*) FROM notice_refs`)
	w.wantCount(4, `SELECT count(*) FROM deliveries`)
}

// The same call again is answered with its correction, though the notice has been corrected since: by that call.
func TestCorrectAgainIsTheSame(t *testing.T) {
	w := newWorld(t)
	to, call := w.someone(), []byte("a call")
	n := w.submit(paper("again", to))[0]
	w.deliver()
	var ids []hub.ID
	for range 2 {
		r, err := w.Correct(context.Background(), w.court(), n.ID, paper("right", to), call)
		if err != nil || r.Notice.Corrects != n.ID {
			t.Fatalf("%+v, %v", r.Notice, err)
		}
		ids = append(ids, r.Notice.ID)
	}
	if ids[0] != ids[1] {
		t.Errorf("two corrections: %v", ids)
	}
}

// A correction that never arrived does not stand in the way of the next.
func TestWithdrawnCorrection(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	n := w.submit(paper("kept", to))[0]
	w.deliver()
	withdrawn := w.correct(n.ID, paper("withdrawn", to))
	if err := w.Cancel(context.Background(), w.court(), withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	late := paper("late", to)
	late.NotBefore, late.ExpiresAt = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
	w.correct(n.ID, late)
	if err := w.later("3 hours").Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	last := w.correct(n.ID, paper("last", to))
	w.wantCount(1, `SELECT count(*) FROM corrections WHERE corrects = $1 AND notice = $2`, n.ID.String(), last.ID.String())
}
