package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/hubtest"
	"eblagh/hub/ladder"
)

// carrying is a world with a task that lies open at the branch.
type carrying struct {
	*world
	*ladder.Ladder
	to      hub.ID
	notice  hub.Notice
	task    hub.ID
	officer access.Principal
}

func newCarrying(t *testing.T) *carrying {
	t.Helper()
	w := climbing(t)
	c := &carrying{world: w, to: w.addressed(), officer: w.officerAt(w.branch)}
	p := paper("carried", c.to)
	p.Documents = []hub.ID{w.document(w.branch)}
	c.notice = w.submit(p)[0]
	w.sent()
	w.days(3)
	w.sent()
	c.Ladder = w.days(10)
	var id string
	if err := w.sql.QueryRow(context.Background(), `SELECT id::text FROM officer_tasks`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	c.task, _ = hub.ParseID(id)
	return c
}

func (w *world) officerAt(organisation hub.ID) access.Principal {
	return access.Principal{Kind: access.Person, ID: w.officer(organisation),
		Grants: []access.Grant{{Role: hub.RoleServiceOfficer, Organisation: organisation}}}
}

func (c *carrying) take(p access.Principal) {
	c.Helper()
	if err := c.Take(context.Background(), p, c.task); err != nil {
		c.Fatal(err)
	}
}

// form is what an officer writes who met the addressee's spouse.
func (c *carrying) form() ladder.Form {
	now, err := c.db.Now(context.Background())
	if err != nil {
		c.Fatal(err)
	}
	return ladder.Form{Outcome: hub.PaperToHousehold, Relation: "spouse", Receiver: "demo receiver", Place: "demo place", ServedAt: now}
}

// CPC 67–83: the officer takes the paper, carries it and returns once; F.3 carries outcome, capacity and the date in full.
func TestOfficerReturns(t *testing.T) {
	c := newCarrying(t)
	ctx := context.Background()
	if _, err := c.Return(ctx, c.officer, c.task, c.form(), nil); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("returned before it was taken: %v", err)
	}
	for range 2 {
		c.take(c.officer)
	}
	if err := c.Take(ctx, c.officerAt(c.branch), c.task); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("taken twice: %v", err)
	}
	bad := c.form()
	bad.Place = ""
	if _, err := c.Return(ctx, c.officer, c.task, bad, nil); hub.CodeOf(err) != hub.CodeValidation {
		t.Errorf("without a place: %v", err)
	}
	r, err := c.Return(ctx, c.officer, c.task, c.form(), nil)
	if err != nil || r.DateWords == "" || r.Receiver != "demo receiver" || r.Officer != c.officer.ID {
		t.Fatalf("%+v, %v", r, err)
	}
	c.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE state = 'returned' AND returned_at IS NOT NULL AND taken_by = $1`, c.officer.ID.String())
	c.wantCount(1, `SELECT count(*) FROM receipts r JOIN officer_returns o ON o.id::text = r.details ->> 'return'
		WHERE r.event = 'ReceivedFromNonERDS' AND r.actor_kind = 'officer' AND r.actor = $1 AND r.auth = 'session'
		AND r.details ->> 'outcome' = 'to_household' AND r.details ->> 'received_as' = 'spouse' AND r.details ->> 'date' = o.date_words
		AND length(r.details ->> 'form_sha256') = 64 AND (r.details ->> 'served_at')::timestamptz = o.served_at`, c.officer.ID.String())
	c.wantCount(0, `SELECT count(*) FROM receipts WHERE details::text LIKE '%demo %'`) // names and places
	c.wantCount(0, `SELECT count(*) FROM officer_returns WHERE position('demo'::bytea IN receiver_ct || place_ct) > 0`)
	if _, err := c.Return(ctx, c.officer, c.task, c.form(), nil); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("returned twice: %v", err)
	}
	if _, err := c.world.Open(ctx, citizen(c.to), c.notice.ID); err != nil { // too late to withdraw anything
		t.Fatal(err)
	}
	c.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE state = 'returned'`)
	c.wantCount(0, `SELECT count(*) FROM receipts WHERE event = 'eblagh:RelayWithdrawn'`)
}

// A wrong return stays; another corrects it, of any officer of the branch, and each is corrected once.
func TestReturnsAreCorrectedNotEdited(t *testing.T) {
	c := newCarrying(t)
	ctx := context.Background()
	c.take(c.officer)
	first, err := c.Return(ctx, c.officer, c.task, c.form(), nil)
	if err != nil {
		t.Fatal(err)
	}
	right := c.form()
	right.Corrects = newID()
	if _, err := c.Return(ctx, c.officer, c.task, right, nil); hub.CodeOf(err) != hub.CodeValidation {
		t.Errorf("corrects a return that is not there: %v", err)
	}
	right.Corrects = first.ID
	second, err := c.Return(ctx, c.officerAt(c.branch), c.task, right, nil)
	if err != nil || second.Corrects != first.ID {
		t.Fatalf("%+v, %v", second, err)
	}
	if _, err := c.Return(ctx, c.officer, c.task, right, nil); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("corrected twice: %v", err)
	}
	c.wantCount(2, `SELECT count(*) FROM receipts WHERE event = 'ReceivedFromNonERDS'`)
	c.wantCount(1, `SELECT count(*) FROM receipts WHERE details ->> 'corrects' = $1`, first.ID.String())
	for _, sql := range []string{`UPDATE officer_returns SET outcome = 'moved'`, `DELETE FROM officer_returns`, `TRUNCATE officer_returns`,
		`DELETE FROM officer_tasks`, `UPDATE rungs SET name = 'x'`, `DELETE FROM rungs`} {
		if code := c.refused("", sql); code != privilege {
			t.Errorf("%s: %q", sql, code)
		}
	}
	if code := c.refused("", `UPDATE officer_tasks SET state = 'taken'`); code != check {
		t.Errorf("a task came back: %q", code)
	}
}

// Withdrawn while the officer is on the way: their return is evidence all the same, and changes no state.
func TestReturnAfterWithdrawal(t *testing.T) {
	c := newCarrying(t)
	ctx := context.Background()
	c.take(c.officer)
	if _, err := c.world.Open(ctx, citizen(c.to), c.notice.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Return(ctx, c.officer, c.task, c.form(), nil); err != nil {
		t.Fatal(err)
	}
	c.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE state = 'withdrawn' AND reason = 'opened'`)
	c.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'ReceivedFromNonERDS'`)
	if err := c.Fetch(ctx, c.officer, c.task, hub.ID{}); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("fetched after withdrawal: %v", err)
	}
}

// Others' tasks answer like none at all, and a paper is never served by its own addressee.
func TestWhoseTask(t *testing.T) {
	c := newCarrying(t)
	ctx := context.Background()
	himself := access.Principal{Kind: access.Person, ID: c.to, Grants: c.officer.Grants}
	for name, who := range map[string]struct {
		p    access.Principal
		task hub.ID
		want hub.Code
	}{
		"nobody":        {access.Principal{}, c.task, hub.CodeUnauthorized},
		"a citizen":     {citizen(c.to), c.task, hub.CodeForbidden},
		"the court":     {c.court(), c.task, hub.CodeForbidden},
		"elsewhere":     {c.officerAt(c.organisation("branch")), c.task, hub.CodeNotFound},
		"the addressee": {himself, c.task, hub.CodeNotFound},
		"no such task":  {c.officer, newID(), hub.CodeNotFound},
	} {
		_, returned := c.Return(ctx, who.p, who.task, c.form(), nil)
		for _, err := range []error{c.Take(ctx, who.p, who.task), returned, c.Fetch(ctx, who.p, who.task, hub.ID{})} {
			if hub.CodeOf(err) != who.want {
				t.Errorf("%s: %v, want %s", name, err, who.want)
			}
		}
	}
	c.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE state = 'open'`)
	// Nor does it pass through the hands of who acts for its addressee: carrying would be reading before it is opened.
	c.exec(`INSERT INTO representatives (id, legal_person, person, role) VALUES ($1, $2, $3, 'manager')`, newID().String(),
		c.to.String(), c.officer.ID.String())
	if err := c.Take(ctx, c.officer, c.task); hub.CodeOf(err) != hub.CodeForbidden {
		t.Errorf("a representative carries it: %v", err)
	}
	c.exec(`UPDATE representatives SET ended_at = hub_now()`)
	c.take(c.officer)
}

// D.6: what the officer fetches to print is recorded as theirs, and it opens nothing.
func TestFetchIsNeverTheAddresseesLook(t *testing.T) {
	c := newCarrying(t)
	ctx := context.Background()
	if err := c.Fetch(ctx, c.officer, c.task, hub.ID{}); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("fetched before it was taken: %v", err)
	}
	c.take(c.officer)
	document := c.notice.Documents[0].ID
	for _, part := range []hub.ID{{}, document} {
		if err := c.Fetch(ctx, c.officer, c.task, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Fetch(ctx, c.officer, c.task, newID()); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("fetched another paper's document: %v", err)
	}
	c.wantCount(2, `SELECT count(*) FROM receipts WHERE event = 'ContentAccessTracking' AND actor_kind = 'officer' AND actor = $1
		AND notice = $2 AND details ->> 'task' = $3`, c.officer.ID.String(), c.notice.ID.String(), c.task.String())
	c.wantCount(1, `SELECT count(*) FROM receipts WHERE details ->> 'document' = $1`, document.String())
	c.wantCount(0, `SELECT count(*) FROM opens`)
}

// A task whose officer holds the role no more can be taken over.
func TestTakeOver(t *testing.T) {
	c := newCarrying(t)
	c.take(c.officer)
	successor := c.officerAt(c.branch)
	c.exec(`UPDATE grants SET revoked_at = hub_now() WHERE person = $1`, c.officer.ID.String())
	c.take(successor)
	if _, err := c.Return(context.Background(), c.officer, c.task, c.form(), nil); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("the former one returns: %v", err)
	}
	if _, err := c.Return(context.Background(), successor, c.task, c.form(), nil); err != nil {
		t.Error(err)
	}
}

// Of many takes, returns and an opening at once: one officer, one return, and a state that agrees with it.
func TestTaskAtOnce(t *testing.T) {
	c := newCarrying(t)
	ctx := context.Background()
	officers := []access.Principal{c.officer, c.officerAt(c.branch), c.officerAt(c.branch)}
	var wg sync.WaitGroup
	for i := range 9 {
		wg.Go(func() {
			p := officers[i%3]
			if err := c.Take(ctx, p, c.task); err != nil && hub.CodeOf(err) != hub.CodeWrongState {
				t.Error(err)
			}
			if _, err := c.Return(ctx, p, c.task, c.form(), nil); err != nil && hub.CodeOf(err) != hub.CodeWrongState {
				t.Error(err)
			}
		})
	}
	wg.Go(func() {
		if _, err := c.world.Open(ctx, citizen(c.to), c.notice.ID); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	c.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE state IN ('returned', 'withdrawn')`)
	returned := c.count(`SELECT count(*) FROM officer_returns`)
	c.wantCount(returned, `SELECT count(*) FROM receipts WHERE event = 'ReceivedFromNonERDS'`)
	c.wantCount(c.count(`SELECT count(*) FROM officer_tasks WHERE state = 'withdrawn'`), `SELECT count(*) FROM receipts WHERE event = 'eblagh:RelayWithdrawn'`)
	if returned > 1 {
		t.Errorf("%d returns", returned)
	}
}

// A step that fails, or took effect and nobody was told, or hangs: repeated under its name, it happened once.
func TestReturnBroken(t *testing.T) {
	for _, fault := range []hubtest.Fault{hubtest.Fails, hubtest.TookHold, hubtest.Hangs} {
		t.Run(string(fault), func(t *testing.T) {
			c := newCarrying(t)
			broken := c.ladderOn(&hubtest.Ladder{Store: c.db, At: func(string) hubtest.Fault { return fault }})
			limited, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			if err := broken.Take(limited, c.officer, c.task); err == nil {
				t.Error("the officer was told that it worked")
			}
			c.take(c.officer)
			form, request := c.form(), []byte(fmt.Sprint("a return ", fault))
			if _, err := broken.Return(limited, c.officer, c.task, form, request); err == nil {
				t.Error("the officer was told that it worked")
			}
			var ids []hub.ID
			for range 2 {
				r, err := c.Return(context.Background(), c.officer, c.task, form, request)
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, r.ID)
			}
			if ids[0] != ids[1] {
				t.Errorf("two returns: %v", ids)
			}
			if err := broken.Fetch(limited, c.officer, c.task, hub.ID{}); err == nil || errors.Is(err, hub.ErrNotFound) {
				t.Error("the officer was told that it worked")
			}
			c.wantCount(1, `SELECT count(*) FROM officer_returns`)
			c.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'ReceivedFromNonERDS'`)
		})
	}
}

// States are tied to what must be true in them.
func TestTaskStatesAreGuarded(t *testing.T) {
	c := newCarrying(t)
	for name, sql := range map[string]string{
		"taken by nobody":           `UPDATE officer_tasks SET state = 'taken'`,
		"returned without a time":   `UPDATE officer_tasks SET state = 'returned', taken_by = recipient, taken_at = now()`,
		"withdrawn without a why":   `UPDATE officer_tasks SET state = 'withdrawn', withdrawn_at = now()`,
		"a state nobody knows":      `UPDATE officer_tasks SET state = 'lost'`,
		"a rung without effect":     `INSERT INTO rungs (notice, name, ladder, at) SELECT notice, 'x', 'x', now() FROM officer_tasks`,
		"a ladder's timer without":  `UPDATE timers SET rung = NULL WHERE kind = 'ladder'`,
		"stopped without a time":    `UPDATE timers SET fired_at = NULL, stopped = 'opened' WHERE kind = 'ladder'`,
		"an outcome nobody knows":   `INSERT INTO officer_returns (id, task, officer, outcome, relation, place_ct, served_at, date_words, created_at) SELECT id, id, recipient, 'x', '', 'x', now(), 'x', now() FROM officer_tasks`,
		"returned before it served": `INSERT INTO officer_returns (id, task, officer, outcome, relation, place_ct, served_at, date_words, created_at) SELECT id, id, recipient, 'moved', '', 'x', now(), 'x', now() - interval '1 s' FROM officer_tasks`,
	} {
		if code := c.refused("eblagh_worker", sql); code != check {
			t.Errorf("%s: SQLSTATE %q, want %s", name, code, check)
		}
	}
	if code := c.refused("eblagh_worker", `INSERT INTO officer_tasks SELECT $1, notice, organisation, submitter, recipient, contact, 'open',
		created_at, due_at FROM officer_tasks`, newID().String()); code != taken {
		t.Errorf("a second task of one notice: %q", code)
	}
}
