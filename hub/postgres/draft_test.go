package postgres_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/postgres"
)

// fourEyes makes the branch want a second pair of eyes, for the papers of systems too.
func (w *world) fourEyes(keys bool) {
	w.Helper()
	w.exec(`UPDATE organisations SET four_eyes = true, four_eyes_keys = $2 WHERE id = $1`, w.branch.String(), keys)
}

// clerk is somebody who works at the branch.
func (w *world) clerk() access.Principal { return w.at(hub.RoleCourtClerk, w.branch) }

func (w *world) at(role hub.Role, organisation hub.ID) access.Principal {
	return access.Principal{Kind: access.Person, ID: w.someone(), Grants: []access.Grant{{Role: role, Organisation: organisation}}}
}

// drafts submits papers, all of which must wait.
func (w *world) drafts(by access.Principal, request []byte, all ...dispatch.Paper) []hub.Draft {
	w.Helper()
	results, err := w.Submit(context.Background(), by, all, request)
	if err != nil {
		w.Fatal(err)
	}
	drafts := make([]hub.Draft, len(results))
	for i, r := range results {
		if r.Err != nil || r.Draft.ID.IsZero() || !r.Notice.ID.IsZero() {
			w.Fatalf("paper %d: %+v", i, r)
		}
		drafts[i] = r.Draft
	}
	return drafts
}

func (w *world) approve(by access.Principal, draft hub.ID, want hub.Code) hub.ID {
	w.Helper()
	r, err := w.Approve(context.Background(), by, draft)
	if hub.CodeOf(err) != want {
		w.Errorf("approve: %v, want %q", err, want)
	}
	return r.Notice.ID
}

func TestDraftBecomesANoticeOnce(t *testing.T) {
	w := newWorld(t)
	w.fourEyes(false)
	author, checker, to := w.clerk(), w.clerk(), w.someone()
	p := paper("d-1", to)
	p.Documents = []hub.ID{w.document(w.branch), w.document(w.branch)}
	p.Priority, p.HearingAt = hub.PriorityUrgent, time.Now().Add(40*24*time.Hour).UTC().Truncate(time.Microsecond)
	d := w.drafts(author, []byte("call"), p)[0]
	if d.State != hub.DraftWaiting || d.Author != author.ID || d.Recipient != to || d.Reference != "d-1" || d.Priority != hub.PriorityUrgent {
		t.Errorf("the draft: %+v", d)
	}
	for _, table := range []string{"notices", "deliveries", "receipts", "notice_refs", "cases"} {
		w.wantCount(0, `SELECT count(*) FROM `+table)
	}
	w.wantCount(0, `SELECT count(*) FROM drafts WHERE position('subject' IN encode(paper_ct, 'escape')) > 0`)
	if again := w.drafts(author, []byte("call"), p)[0]; again.ID != d.ID {
		t.Error("the same call made another draft")
	}

	n := w.approve(checker, d.ID, "")
	if again := w.approve(checker, d.ID, ""); again != n || n.IsZero() {
		t.Errorf("the same checker again: %s, before %s", again, n)
	}
	w.approve(w.clerk(), d.ID, hub.CodeWrongState)
	w.wantCount(1, `SELECT count(*) FROM notices WHERE reference = 'd-1' AND documents = $1::uuid[] AND hearing_at = $2
		AND priority = 'urgent'`, []string{p.Documents[0].String(), p.Documents[1].String()}, p.HearingAt)
	w.wantCount(1, `SELECT count(*) FROM drafts WHERE state = 'approved' AND notice = $1 AND decided_by = $2 AND paper_ct IS NULL`,
		n.String(), checker.ID.String())
	// EN 319 522-1 A.1: at the approval, by who approved; its details say who made it.
	w.wantCount(1, `SELECT count(*) FROM receipts r JOIN drafts d ON d.notice = r.notice AND d.decided_at = r.at
		WHERE r.event = 'SubmissionAcceptance' AND r.actor = $1 AND r.actor_kind = 'clerk' AND r.details->>'checked_by' = $1::text
		AND r.details->>'made_by' = $2 AND r.details->>'made_by_kind' = 'person' AND r.details->>'draft' = d.id::text`,
		checker.ID.String(), author.ID.String())
	w.deliver()
	w.wantCount(1, `SELECT count(*) FROM inbox WHERE recipient = $1`, to.String())
	// The author's call, made again when its answer was lost, finds the draft and what it became.
	if again := w.drafts(author, []byte("call"), p)[0]; again.ID != d.ID || again.Notice != n {
		t.Errorf("again: %+v", again)
	}
}

func TestWhosePapersWait(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	w.submit(paper("before", to))
	w.fourEyes(false)
	w.submit(paper("by a system", to))
	key := w.drafts(w.clerk(), nil, paper("by a person", to))[0]
	w.fourEyes(true)
	key = w.drafts(w.court(), nil, paper("by a system, too", to))[0]
	if !key.AuthorKey {
		t.Errorf("the draft of a system: %+v", key)
	}
	w.wantCount(2, `SELECT count(*) FROM notices`)
	w.approve(w.clerk(), key.ID, "")
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE details->>'made_by_kind' = 'key'`)
	// A system is nobody's second pair of eyes.
	w.approve(w.court(), w.drafts(w.clerk(), nil, paper("k", to))[0].ID, hub.CodeForbidden)
}

func TestWhoDecidesOnDrafts(t *testing.T) {
	w := newWorld(t)
	w.fourEyes(false)
	author, colleague := w.clerk(), w.clerk()
	d := w.drafts(author, nil, paper("who", colleague.ID))[0].ID
	stranger := w.at(hub.RoleCourtClerk, w.organisation("branch"))
	for name, c := range map[string]struct {
		by   access.Principal
		want hub.Code
	}{
		"nobody": {access.Principal{}, hub.CodeUnauthorized}, "the author": {author, hub.CodeForbidden},
		"a clerk elsewhere": {stranger, hub.CodeNotFound}, "a citizen": {citizen(w.someone()), hub.CodeForbidden},
		"the addressee, who works here": {colleague, hub.CodeNotFound},
		"an officer":                    {w.at(hub.RoleServiceOfficer, w.branch), hub.CodeForbidden},
	} {
		w.approve(c.by, d, c.want)
		if err := w.ReturnDraft(context.Background(), c.by, d, "reason"); hub.CodeOf(err) != c.want {
			t.Errorf("%s returns: %v, want %s", name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		by   access.Principal
		want hub.Code
	}{
		"nobody": {access.Principal{}, hub.CodeUnauthorized}, "a colleague": {w.clerk(), hub.CodeNotFound},
		"a clerk elsewhere": {stranger, hub.CodeNotFound}, "a judge": {w.at(hub.RoleJudge, w.branch), hub.CodeForbidden},
	} {
		if err := w.WithdrawDraft(context.Background(), c.by, d); hub.CodeOf(err) != c.want {
			t.Errorf("%s withdraws: %v, want %s", name, err, c.want)
		}
	}
	w.wantCount(1, `SELECT count(*) FROM drafts WHERE state = 'waiting'`)
	w.approve(w.at(hub.RoleJudge, w.branch), d, "")
	w.approve(author, newID(), hub.CodeNotFound)
}

// Of all who decide at once, one does.
func TestDecideAtOnce(t *testing.T) {
	w := newWorld(t)
	w.fourEyes(false)
	author, to := w.clerk(), w.someone()
	for round := range 6 {
		d := w.drafts(author, nil, paper(fmt.Sprint("race-", round), to))[0].ID
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		do := func(err error) {
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if hub.CodeOf(err) != hub.CodeWrongState {
				t.Error(err)
			}
		}
		for i := range 6 {
			by := w.clerk()
			wg.Go(func() {
				switch i % 3 {
				case 0:
					do(w.ReturnDraft(context.Background(), by, d, "no"))
				default:
					_, err := w.Approve(context.Background(), by, d)
					do(err)
				}
			})
		}
		wg.Go(func() {
			err := w.WithdrawDraft(context.Background(), author, d) // before, after, or what was returned
			if err != nil && hub.CodeOf(err) != hub.CodeWrongState {
				t.Error(err)
			}
		})
		wg.Wait()
		if won > 1 {
			t.Errorf("%d of them decided", won)
		}
	}
	w.wantCount(0, `SELECT count(*) FROM drafts WHERE state = 'waiting'`)
	w.wantCount(0, `SELECT count(*) FROM drafts d FULL JOIN notices n ON n.id = d.notice WHERE (d.state = 'approved') IS DISTINCT FROM (n.id IS NOT NULL)`)
	w.wantCount(0, `SELECT count(*) FROM (SELECT FROM receipts WHERE event = 'SubmissionAcceptance' GROUP BY notice HAVING count(*) > 1) r`)
}

// A process that dies in the midst of approving leaves a draft that waits, and no notice.
func TestApproveDiesMidway(t *testing.T) {
	w := newWorld(t)
	w.fourEyes(false)
	d := w.drafts(w.clerk(), nil, paper("dies", w.someone()))[0].ID
	checker := w.clerk()
	lock, err := w.sql.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Exec(context.Background(), `LOCK TABLE receipts IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { _, err := w.Approve(context.Background(), checker, d); done <- err }()
	killBlocked(t, w.sql)
	if err := <-done; err == nil {
		t.Error("whoever was cut off was told that it was done")
	}
	if err := lock.Rollback(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM drafts WHERE state = 'waiting' AND paper_ct IS NOT NULL`)
	for _, table := range []string{"notices", "deliveries", "receipts", "notice_refs"} {
		w.wantCount(0, `SELECT count(*) FROM `+table)
	}
	w.approve(checker, d, "")
	w.wantCount(1, `SELECT count(*) FROM notices`)
}

// killBlocked ends the session that waits for a lock, as soon as there is one.
func killBlocked(t *testing.T, sql *pgxpool.Pool) {
	t.Helper()
	for killed := false; !killed; {
		err := sql.QueryRow(t.Context(), `SELECT coalesce(bool_or(pg_terminate_backend(pid)), false) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&killed)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What was right when it was made is judged again when it is approved.
func TestApprovalJudgesAgain(t *testing.T) {
	w := newWorld(t)
	w.fourEyes(false)
	author, checker, to := w.clerk(), w.clerk(), w.someone()
	late := paper("late", to)
	late.ExpiresAt = time.Now().Add(time.Hour)
	drafts := w.drafts(author, nil, paper("gone", to), late, paper("taken", w.someone()))
	w.exec(`UPDATE persons SET activated_at = NULL, personal_code = NULL WHERE id = $1`, to.String())
	w.approve(checker, drafts[0].ID, hub.CodeNotEnrolled)
	w.submit(paper("taken", w.someone())) // by a system, whose papers do not wait
	w.approve(checker, drafts[2].ID, hub.CodeDuplicateReference)
	w.wantCount(3, `SELECT count(*) FROM drafts WHERE state = 'waiting'`)
	w.exec(`UPDATE persons SET activated_at = hub_now(), personal_code = 'x' WHERE id = $1`, to.String())
	w.approve(checker, drafts[0].ID, "")
	// A draft does not outlive its paper.
	w.exec(`UPDATE drafts SET expires_at = created_at + interval '1 microsecond' WHERE id = $1`, drafts[1].ID.String())
	w.approve(checker, drafts[1].ID, hub.CodeWrongState)
	w.exec(`UPDATE organisations SET disabled_at = hub_now() WHERE id = $1`, w.branch.String())
	w.approve(checker, drafts[2].ID, hub.CodeForbidden)
	w.wantCount(2, `SELECT count(*) FROM notices`)
}

func TestReturnAndResubmit(t *testing.T) {
	w := newWorld(t)
	w.fourEyes(false)
	author, checker, to := w.clerk(), w.clerk(), w.someone()
	first := w.drafts(author, nil, paper("r", to))[0].ID
	resubmit := func(id hub.ID, p dispatch.Paper, request []byte, want hub.Code) hub.Draft {
		t.Helper()
		r, err := w.Resubmit(context.Background(), author, id, p, request)
		if hub.CodeOf(err) != want {
			t.Errorf("resubmit: %v, want %q", err, want)
		}
		return r.Draft
	}
	resubmit(first, paper("r", to), nil, hub.CodeDuplicateReference) // it waits still
	resubmit(first, paper("s", to), nil, hub.CodeWrongState)
	if err := w.ReturnDraft(context.Background(), checker, first, " "); hub.CodeOf(err) != hub.CodeValidation {
		t.Errorf("without a reason: %v", err)
	}
	if err := w.ReturnDraft(context.Background(), checker, first, "the name\nis wrong"); err != nil {
		t.Fatal(err)
	}
	w.approve(checker, first, hub.CodeWrongState)
	w.wantCount(1, `SELECT count(*) FROM drafts WHERE state = 'returned' AND paper_ct IS NOT NULL AND reason_ct IS NOT NULL
		AND position('name' IN encode(reason_ct, 'escape')) = 0`)
	resubmit(first, dispatch.Paper{Reference: "r"}, nil, hub.CodeValidation)
	w.exec(`UPDATE organisations SET four_eyes = false WHERE id = $1`, w.branch.String()) // it waits all the same
	second := resubmit(first, paper("r", to), []byte("again"), "")
	if third := resubmit(first, paper("r", to), []byte("again"), ""); third.ID != second.ID || second.Replaces != first {
		t.Errorf("again: %+v, before %+v", third, second)
	}
	resubmit(first, paper("other", to), nil, hub.CodeWrongState)
	w.wantCount(1, `SELECT count(*) FROM drafts WHERE state = 'replaced' AND replaced_by = $1 AND paper_ct IS NULL AND decided_by = $2`,
		second.ID.String(), checker.ID.String())
	w.approve(checker, second.ID, "")
	w.wantCount(1, `SELECT count(*) FROM notices`)
}

func TestDraftsExpire(t *testing.T) {
	w := newWorld(t)
	w.fourEyes(false)
	author, checker := w.clerk(), w.clerk()
	drafts := w.drafts(author, nil, papers("old", 3, w.someone())...)
	if err := w.ReturnDraft(context.Background(), checker, drafts[1].ID, "no"); err != nil {
		t.Fatal(err)
	}
	w.exec(`ALTER TABLE drafts DISABLE TRIGGER drafts_move`)
	w.exec(`UPDATE drafts SET created_at = created_at - interval '8 days', expires_at = expires_at - interval '8 days' WHERE id <> $1`, drafts[2].ID.String())
	w.exec(`ALTER TABLE drafts ENABLE TRIGGER drafts_move`)
	if err := w.WithdrawDraft(context.Background(), author, drafts[0].ID); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("withdraw what is over: %v", err)
	}
	if err := w.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(2, `SELECT count(*) FROM drafts WHERE state = 'expired' AND paper_ct IS NULL AND reason_ct IS NULL`)
	w.wantCount(1, `SELECT count(*) FROM drafts WHERE state = 'waiting'`)
	w.drafts(author, nil, paper("old-0", w.someone())) // its reference is free again
	if err := w.WithdrawDraft(context.Background(), author, drafts[2].ID); err != nil {
		t.Error(err)
	}
	w.wantCount(1, `SELECT count(*) FROM drafts WHERE state = 'withdrawn' AND paper_ct IS NULL AND decided_by IS NULL`)
}

func TestCorrectionsWaitToo(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	n := w.submit(paper("wrong", to))[0]
	w.deliver()
	w.fourEyes(false)
	author, checker := w.clerk(), w.clerk()
	var drafts []hub.ID
	for i := range 2 {
		r, err := w.Correct(context.Background(), author, n.ID, paper(fmt.Sprint("right-", i), to), nil)
		if err != nil || r.Draft.Corrects != n.ID {
			t.Fatalf("%+v, %v", r, err)
		}
		drafts = append(drafts, r.Draft.ID)
	}
	w.wantCount(0, `SELECT count(*) FROM corrections`)
	w.approve(checker, drafts[1], "")
	w.approve(checker, drafts[0], hub.CodeWrongState) // a notice is corrected once
	w.wantCount(1, `SELECT count(*) FROM corrections WHERE corrects = $1`, n.ID.String())
	w.wantCount(1, `SELECT count(*) FROM drafts WHERE id = $1 AND state = 'waiting'`, drafts[0].String())
}

func TestBatchOfDrafts(t *testing.T) {
	w := newWorld(t)
	w.fourEyes(true)
	to := w.someone()
	key := w.court()
	all := papers("b", 5, to)
	all[1].Subject = ""
	all[2].Reference = all[0].Reference
	all[3].Documents = []hub.ID{w.document(w.branch)}
	submit := func(request []byte) []dispatch.Result {
		t.Helper()
		results, err := w.Submit(context.Background(), key, all, request)
		if err != nil {
			t.Fatal(err)
		}
		return results
	}
	first := submit([]byte("batch"))
	for i, want := range []hub.Code{"", hub.CodeValidation, hub.CodeDuplicateReference, "", ""} {
		if r := first[i]; (r.Err == nil) != (want == "") || r.Err != nil && r.Err.Code != want || want == "" && r.Draft.ID.IsZero() {
			t.Errorf("paper %d: %+v, want %q", i, r, want)
		}
	}
	if first[2].Err.Draft != first[0].Draft.ID {
		t.Error("a twin does not name the draft that has its reference")
	}
	for i, r := range submit([]byte("batch")) {
		if r.Draft.ID != first[i].Draft.ID {
			t.Errorf("again, paper %d: %+v", i, r)
		}
	}
	for i, r := range submit([]byte("another")) {
		if i != 1 && (hub.CodeOf(r.Err) != hub.CodeDuplicateReference || r.Err.Draft.IsZero()) {
			t.Errorf("another call, paper %d: %v", i, r.Err)
		}
	}
	w.wantCount(1, `SELECT count(*) FROM drafts WHERE id = $1 AND documents = $2`, first[3].Draft.ID.String(), []string{all[3].Documents[0].String()})
	w.wantCount(3, `SELECT count(*) FROM drafts`)
}

// The draft that is approved says to the letter what was submitted.
func TestDraftKeepsThePaper(t *testing.T) {
	w := newWorld(t)
	p := paper("whole", w.person("0076229645"))
	p.Addressee = dispatch.Addressee{NationalID: "0076229645"}
	p.Case = dispatch.PaperCase{Number: "۱۴۰۰-۱۲", ArchiveNumber: "7", Subject: "matter"}
	p.NotBefore = time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	p.Channels = []hub.Channel{hub.ChannelInbox}
	direct, later := w.submit(p)[0], hub.ID{}
	p.Reference = "whole, later"
	w.fourEyes(false)
	later = w.approve(w.clerk(), w.drafts(w.clerk(), nil, p)[0].ID, "")
	var rows []string
	for _, id := range []hub.ID{direct.ID, later} {
		var row string
		err := w.sql.QueryRow(t.Context(), `SELECT (to_jsonb(n) - '{id,number,reference,created_at,subject_ct,body_ct}'::text[])::text
			FROM notices n WHERE id = $1`, id.String()).Scan(&row)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if !reflect.DeepEqual(rows[0], rows[1]) {
		t.Errorf("directly %s\nby a draft %s", rows[0], rows[1])
	}
}

// What waits is told by priority and age, urgent ones first.
func TestWaitingDraftsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.fourEyes(false)
	all := papers("f", 3, w.someone())
	all[0].Priority, all[1].Priority, all[2].Priority = hub.PriorityBulk, hub.PriorityUrgent, hub.PriorityUrgent
	w.drafts(w.clerk(), nil, all...)
	w.exec(`ALTER TABLE drafts DISABLE TRIGGER drafts_move`)
	w.exec(`UPDATE drafts SET created_at = created_at - interval '1 hour' WHERE reference IN ('f-1', 'f-2')`) // of one millisecond: either is the first
	f, err := w.db.Figures(context.Background(), 100)
	if err != nil || len(f.Drafts) != 3 {
		t.Fatal(f.Drafts, err)
	}
	for i, want := range []postgres.WaitingDrafts{{Priority: "urgent", Count: 2, Oldest: time.Hour}, {Priority: "normal"}, {Priority: "bulk", Count: 1}} {
		if got := f.Drafts[i]; got.Priority != want.Priority || got.Count != want.Count || got.Oldest < want.Oldest || got.Oldest > want.Oldest+10*time.Minute {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// Of a restricted case, who is not assigned to it is nobody's second pair of eyes; the judge and who made it are there.
func TestDraftsOfRestrictedCases(t *testing.T) {
	w := newWorld(t)
	p := paper("first", w.someone())
	w.submit(p)
	w.exec(`UPDATE cases SET restricted = true`)
	w.fourEyes(false)
	author, colleague, judge := w.clerk(), w.clerk(), w.at(hub.RoleJudge, w.branch)
	p.Reference = "second"
	d := w.drafts(author, nil, p)[0].ID
	w.approve(colleague, d, hub.CodeNotFound)
	if err := w.ReturnDraft(context.Background(), judge, d, "no"); err != nil {
		t.Error(err)
	}
	r, err := w.Resubmit(context.Background(), author, d, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`INSERT INTO case_assignees (case_id, person, assigned_by) SELECT id, $1, $1 FROM cases`, colleague.ID.String())
	w.approve(colleague, r.Draft.ID, "")
}
