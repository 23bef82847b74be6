package postgres_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

func TestSubmitKeepsEverything(t *testing.T) {
	w := newWorld(t)
	to := w.person("0076229645")
	doc := w.document(w.branch)
	p := paper("r-1", hub.ID{})
	p.Addressee = dispatch.Addressee{NationalID: "۰۰۷۶۲۲۹۶۴۵"}
	p.Documents = []hub.ID{doc}
	p.Case.ArchiveNumber, p.Case.Subject = "00123", "the case"
	p.HearingAt = time.Now().Add(30 * 24 * time.Hour)
	p.ExpiresAt = time.Now().Add(60 * 24 * time.Hour)
	n := w.submit(p)[0]

	if n.Recipient != to || n.Reference != "r-1" || n.Submitter != w.branch || n.Branch.ID != w.branch {
		t.Errorf("the notice names %+v", n)
	}
	if len(n.Number) != 18 || !strings.HasPrefix(n.Number, "1") {
		t.Errorf("number %q: want the Jalali year and fourteen digits", n.Number)
	}
	if len(n.Documents) != 1 || n.Documents[0].FileName != "paper.pdf" || n.Documents[0].Size != 10 {
		t.Errorf("documents %+v", n.Documents)
	}
	w.wantCount(1, `SELECT count(*) FROM notices WHERE id = $1 AND recipient = $2 AND capacity = 'defendant'`, n.ID.String(), to.String())
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'inbox' AND status = 'pending' AND due_at <= hub_now()`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'pending' AND due_at = 'infinity'`)
	w.wantCount(1, `SELECT count(*) FROM timers WHERE notice = $1 AND fired_at IS NULL`, n.ID.String())
	w.wantCount(1, `SELECT count(*) FROM cases WHERE archive_number = '00123' AND number = '140012345678901234'`)
	w.wantCount(0, `SELECT count(*) FROM notices WHERE position('subject' IN encode(subject_ct, 'escape')) > 0`)
	w.wantReceiptParts(n, p, doc)
}

// wantReceiptParts checks A.1, EN 319 522-1: one, with the digest of each part.
func (w *world) wantReceiptParts(n hub.Notice, p dispatch.Paper, doc hub.ID) {
	w.Helper()
	var raw []byte
	var auth, actor string
	err := w.sql.QueryRow(context.Background(), `SELECT details, auth, actor_kind FROM receipts WHERE notice = $1
		AND event = 'SubmissionAcceptance'`, n.ID.String()).Scan(&raw, &auth, &actor)
	if err != nil {
		w.Fatal(err)
	}
	var details struct{ Parts dispatch.Parts }
	if err := json.Unmarshal(raw, &details); err != nil {
		w.Fatal(err)
	}
	digest := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	want := dispatch.Parts{Subject: digest(p.Subject), Body: digest(p.Body), Documents: []string{digest(doc.String())}}
	if !reflect.DeepEqual(details.Parts, want) || auth != "api_key" || actor != "key" {
		w.Errorf("A.1 says %s by %s/%s, want %+v", raw, actor, auth, want)
	}
}

func TestSubmitNamesEveryFieldAtOnce(t *testing.T) {
	w := newWorld(t)
	foreign := w.document(w.office)
	bad := dispatch.Paper{
		Reference: strings.Repeat("ش", 201), Case: dispatch.PaperCase{Number: "-/ ", Branch: w.office},
		Kind: "epistle", Capacity: "king", Addressee: dispatch.Addressee{NationalID: "0076229646"},
		Subject: "a\x00b", Body: strings.Repeat("x", 64<<10+1), Documents: []hub.ID{w.document(w.branch), foreign},
		Channels: []hub.Channel{"sms", "fax"}, Priority: "code",
		NotBefore: time.Now().Add(-time.Hour), ExpiresAt: time.Now().Add(-2 * time.Hour),
	}
	results, err := w.Submit(context.Background(), w.court(), []dispatch.Paper{bad}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if hub.CodeOf(results[0].Err) != hub.CodeValidation {
		t.Fatalf("got %v", results[0].Err)
	}
	var got []string
	for _, f := range results[0].Err.Fields {
		got = append(got, f.Pointer)
		if strings.Contains(f.Detail, "epistle") || strings.Contains(f.Detail, "0076229646") {
			t.Errorf("%s echoes the value", f.Pointer)
		}
	}
	slices.Sort(got)
	want := []string{"/addressee/national_id", "/body", "/capacity", "/case/branch_id", "/case/number", "/channels",
		"/channels/1", "/documents/1", "/expires_at", "/expires_at", "/kind", "/priority", "/reference", "/subject"}
	if !slices.Equal(got, want) {
		t.Errorf("named %q\nwant  %q", got, want)
	}
	w.wantCount(0, `SELECT count(*) FROM notices`)
}

func TestEveryPaperOfABatchStandsAlone(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	all := papers("b", 6, to)
	all[1].Subject = ""                                       // wrong
	all[2].Reference = all[0].Reference                       // a twin of the first
	all[3].Addressee = dispatch.Addressee{Recipient: newID()} // nobody
	all[4].Reference = all[1].Reference                       // its twin was refused: it stands
	results, err := w.Submit(context.Background(), w.court(), all, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []hub.Code{"", hub.CodeValidation, hub.CodeDuplicateReference, hub.CodeNotEnrolled, "", ""}
	for i, r := range results {
		code := hub.Code("")
		if r.Err != nil {
			code = r.Err.Code
		}
		if code != want[i] {
			t.Errorf("paper %d: %q, want %q", i, code, want[i])
		}
	}
	if results[2].Err.Notice != results[0].Notice.ID {
		t.Error("the duplicate does not name the first notice")
	}
	if p := results[3].Err.Fields[0].Pointer; p != "/addressee" {
		t.Errorf("not enrolled points at %s", p)
	}
	w.wantCount(3, `SELECT count(*) FROM notices`)
	w.wantCount(1, `SELECT count(*) FROM cases`)
}

func TestNotActivatedIsNotEnrolled(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	w.exec(`UPDATE persons SET activated_at = NULL, personal_code = NULL WHERE id = $1`, to.String())
	results, err := w.Submit(context.Background(), w.court(), papers("n", 1, to), nil)
	if err != nil || results[0].Err == nil || results[0].Err.Code != hub.CodeNotEnrolled {
		t.Fatalf("got %v, %v", results, err)
	}
}

func TestReferenceIsUniqueForEver(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	first := w.submit(paper("once", to))[0]
	results, err := w.Submit(context.Background(), w.court(), []dispatch.Paper{paper("once", to)}, []byte("another call"))
	if err != nil {
		t.Fatal(err)
	}
	if r := results[0]; r.Err == nil || r.Err.Code != hub.CodeDuplicateReference || r.Err.Notice != first.ID {
		t.Errorf("got %+v", r)
	}
	other := paper("once", to)
	other.Case.Branch = w.branch
	if results, err = w.Submit(context.Background(), w.officeKey(), []dispatch.Paper{other}, nil); err != nil || results[0].Err != nil {
		t.Errorf("another submitter's reference is its own: %v %v", results, err)
	}
}

// A call whose answer was lost is repeated: the same notices, also the same refusals, nothing new.
func TestSameCallGivesSameNotices(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	all := papers("again", 4, to)
	all[2].Reference = all[1].Reference
	all[3].ExpiresAt = time.Now().Add(time.Hour)
	request := []byte("the call")
	first, err := w.Submit(context.Background(), w.court(), all, request)
	if err != nil {
		t.Fatal(err)
	}
	w.later("2 hours") // the last one has expired since: that must not turn the answer
	second, err := w.Submit(context.Background(), w.court(), all, request)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 3} {
		if second[i].Err != nil || second[i].Notice.ID != first[i].Notice.ID || second[i].Notice.Number != first[i].Notice.Number {
			t.Errorf("paper %d: %+v, want the notice of before", i, second[i])
		}
		if !second[i].Replayed || len(second[i].Notice.Deliveries) != 2 {
			t.Errorf("paper %d: %+v", i, second[i])
		}
	}
	if second[2].Err == nil || second[2].Err.Notice != first[1].Notice.ID {
		t.Errorf("the twin: %+v", second[2])
	}
	w.wantCount(3, `SELECT count(*) FROM notices`)
}

func TestSameReferenceFromManyAtOnceIsOneNotice(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	all := papers("race", 50, to)
	var wg sync.WaitGroup
	taken := make([]int, 4)
	for i := range taken {
		wg.Go(func() {
			mine := slices.Clone(all)
			slices.Reverse(mine[:i*10])
			results, err := w.Submit(context.Background(), w.court(), mine, fmt.Appendf(nil, "call %d", i))
			if err != nil {
				t.Error(err)
			}
			for _, r := range results {
				if r.Err == nil {
					taken[i]++
				} else if r.Err.Code != hub.CodeDuplicateReference || r.Err.Notice.IsZero() {
					t.Errorf("got %v", r.Err)
				}
			}
		})
	}
	wg.Wait()
	if sum := taken[0] + taken[1] + taken[2] + taken[3]; sum != 50 {
		t.Errorf("%v were taken, want 50 together", taken)
	}
	w.wantCount(50, `SELECT count(*) FROM notices`)
	w.wantCount(50, `SELECT count(*) FROM receipts`)
}

func TestWhoMaySubmit(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	for name, p := range map[string]struct {
		branch hub.ID
		want   string
	}{
		"an office names the branch":       {w.branch, ""},
		"an office without a branch":       {hub.ID{}, "/case/branch_id"},
		"an office is no branch":           {w.office, "/case/branch_id"},
		"an office with an unknown branch": {newID(), "/case/branch_id"},
	} {
		one := paper(name, to)
		one.Case.Branch = p.branch
		results, err := w.Submit(context.Background(), w.officeKey(), []dispatch.Paper{one}, nil)
		if err != nil {
			t.Fatal(err)
		}
		switch err := results[0].Err; {
		case p.want == "" && err != nil, p.want != "" && (err == nil || err.Fields[0].Pointer != p.want):
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Submit(context.Background(), citizen(to), papers("c", 1, to), nil); hub.CodeOf(err) != hub.CodeForbidden {
		t.Errorf("a citizen: %v", err)
	}
	w.exec(`UPDATE organisations SET disabled_at = hub_now() WHERE id = $1`, w.branch.String())
	if _, err := w.Submit(context.Background(), w.court(), papers("d", 1, to), nil); hub.CodeOf(err) != hub.CodeForbidden {
		t.Errorf("a disabled branch: %v", err)
	}
	if _, err := w.Submit(context.Background(), w.officeKey(), papers("m", dispatch.MaxPapers+1, to), nil); hub.CodeOf(err) != hub.CodeTooLarge {
		t.Errorf("too many: %v", err)
	}
}

func TestWarnings(t *testing.T) {
	w := newWorld(t)
	to, abroad := w.someone(), w.someone()
	w.exec(`UPDATE persons SET residence = 'abroad' WHERE id = $1`, abroad.String())
	all := papers("w", 4, to)
	all[0].HearingAt = time.Now().Add(3 * 24 * time.Hour)
	all[1].HearingAt = time.Now().Add(8 * 24 * time.Hour)
	all[2].HearingAt, all[2].Addressee.Recipient = all[1].HearingAt, abroad
	all[3].Case.Number = "ب/۱۲"
	results, err := w.Submit(context.Background(), w.court(), all, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"/hearing_at short_notice", "", "/hearing_at short_notice", "/case/number opaque"} {
		got := ""
		for _, f := range results[i].Warnings {
			got += f.Pointer + " " + f.Code
		}
		if results[i].Err != nil || got != want {
			t.Errorf("paper %d: warnings %q, want %q (%v)", i, got, want, results[i].Err)
		}
	}
}

func TestKnownCaseIsFilledInNotChanged(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	all := papers("case", 3, to)
	all[1].Case.ArchiveNumber, all[1].Case.Subject = "7", "what it is about"
	all[2].Case.ArchiveNumber, all[2].Case.Subject = "8", "something else"
	for _, p := range all {
		w.submit(p)
	}
	w.wantCount(1, `SELECT count(*) FROM cases WHERE archive_number = '7' AND subject_ct IS NOT NULL`)
	w.wantCount(1, `SELECT count(*) FROM cases`)
}

func TestFiveThousandPapersAreAHandfulOfStatements(t *testing.T) {
	w := newWorld(t)
	people := []hub.ID{w.someone(), w.someone(), w.someone()}
	w.submit(papers("big", dispatch.MaxPapers, people...)...)
	w.wantCount(dispatch.MaxPapers, `SELECT count(DISTINCT number) FROM notices`)
	w.wantCount(2*dispatch.MaxPapers, `SELECT count(*) FROM deliveries`)
	w.wantCount(dispatch.MaxPapers, `SELECT count(*) FROM (SELECT unnest(receipts) AS receipt FROM ledger_queue) q`)
	w.wantCount(dispatch.MaxPapers/100, `SELECT count(*) FROM ledger_queue`)
}
