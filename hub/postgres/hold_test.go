package postgres_test

import (
	"context"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// hold puts a hold in force.
func (w *world) hold(n dispatch.NewHold) hub.Hold {
	w.Helper()
	n.Reason = "demo"
	h, err := w.Hold(context.Background(), operator(), n)
	if err != nil || h.CreatedAt.IsZero() {
		w.Fatal(h, err)
	}
	return h
}

func (w *world) release(h hub.Hold) {
	w.Helper()
	if err := w.Release(context.Background(), operator(), h.ID); err != nil {
		w.Fatal(err)
	}
}

// Each hold covers what it names and nothing else; released, everything goes its way.
func TestWhatAHoldCovers(t *testing.T) {
	w := newWorld(t)
	noisy, quiet := w.branch, w.organisation("branch")
	for name, c := range map[string]struct {
		hold                dispatch.NewHold
		noisy, quiet, texts int // arrivals of each, texts sent of both
	}{
		"all arrivals":    {dispatch.NewHold{Channel: hub.ChannelInbox}, 0, 0, 0},
		"arrivals of one": {dispatch.NewHold{Channel: hub.ChannelInbox, Submitter: noisy}, 0, 1, 1},
		"all texts":       {dispatch.NewHold{Channel: hub.ChannelSMS}, 1, 1, 0},
		"texts of one":    {dispatch.NewHold{Channel: hub.ChannelSMS, Submitter: noisy}, 1, 1, 1},
		"a submitter":     {dispatch.NewHold{Submitter: noisy}, 1, 1, 1}, // its arrivals are service
	} {
		held := w.hold(c.hold)
		arrived, sent := w.count(`SELECT count(*) FROM inbox`), len(w.sender.Received())
		byNoisy := w.count(`SELECT count(*) FROM inbox WHERE submitter = $1`, noisy.String())
		for _, branch := range []hub.ID{noisy, quiet} {
			w.branch = branch
			w.submit(paper(name, w.someone()))
		}
		w.deliver()
		w.wantCount(arrived+c.noisy+c.quiet, `SELECT count(*) FROM inbox`)
		w.wantCount(byNoisy+c.noisy, `SELECT count(*) FROM inbox WHERE submitter = $1`, noisy.String())
		if got := len(w.sender.Received()) - sent; got != c.texts {
			t.Errorf("%s: %d texts were sent, want %d", name, got, c.texts)
		}
		w.wantCount(4-c.noisy-c.quiet-c.texts, `SELECT count(*) FROM deliveries WHERE status = 'pending'`)
		w.release(held)
		w.deliver()
		w.wantCount(arrived+2, `SELECT count(*) FROM inbox`)
		if got := len(w.sender.Received()) - sent; got != 2 {
			t.Errorf("%s: %d texts after the release, want 2", name, got)
		}
	}
}

// What was claimed when the hold came has not begun, and does not begin; with two holds, both must go.
func TestHoldAfterTheClaim(t *testing.T) {
	w := newWorld(t)
	w.submit(papers("claimed", 3, w.someone())...)
	ids := w.claim(inboxNormal)
	first, second := w.hold(dispatch.NewHold{Channel: hub.ChannelInbox}), w.hold(dispatch.NewHold{Channel: hub.ChannelInbox})
	if err := w.Arrive(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	w.release(first)
	if err := w.Arrive(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	w.wantCount(0, `SELECT count(*) FROM inbox`)
	w.release(second)
	if err := w.Arrive(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	w.wantCount(3, `SELECT count(*) FROM inbox`)
	all := w.hold(dispatch.NewHold{Channel: hub.ChannelSMS})
	w.release(all)
	texts := w.claim(hub.Lane{Channel: hub.ChannelSMS, Priority: hub.PriorityNormal})
	w.hold(dispatch.NewHold{Submitter: w.branch})
	if err := w.Attempt(context.Background(), texts); err != nil {
		t.Fatal(err)
	}
	if len(texts) != 3 || len(w.sender.Received()) != 0 {
		t.Errorf("%d claimed, %d sent", len(texts), len(w.sender.Received()))
	}
}

// Nobody could sign in to release it.
func TestCodesAreNeverHeld(t *testing.T) {
	w := newWorld(t)
	w.hold(dispatch.NewHold{Channel: hub.ChannelSMS})
	w.challenge("1 hour")
	w.deliver()
	if n := len(w.sender.Received()); n != 1 {
		t.Errorf("%d codes were sent, want 1", n)
	}
}

func TestWhoHoldsWhat(t *testing.T) {
	w := newWorld(t)
	good := dispatch.NewHold{Channel: hub.ChannelSMS, Reason: "demo"}
	for name, c := range map[string]struct {
		p    access.Principal
		n    dispatch.NewHold
		want hub.Code
	}{
		"a court":                {w.court(), good, hub.CodeForbidden},
		"a citizen":              {citizen(w.someone()), good, hub.CodeForbidden},
		"nobody":                 {access.Principal{}, good, hub.CodeUnauthorized},
		"nothing":                {operator(), dispatch.NewHold{Reason: "demo"}, hub.CodeValidation},
		"no reason":              {operator(), dispatch.NewHold{Channel: hub.ChannelSMS}, hub.CodeValidation},
		"live":                   {operator(), dispatch.NewHold{Channel: hub.ChannelLive, Reason: "demo"}, hub.CodeValidation},
		"no provider of ours":    {operator(), dispatch.NewHold{Channel: hub.ChannelSMS, Provider: "x", Reason: "demo"}, hub.CodeValidation},
		"arrivals by a provider": {operator(), dispatch.NewHold{Channel: hub.ChannelInbox, Provider: "fake", Reason: "demo"}, hub.CodeValidation},
		"a stranger's":           {operator(), dispatch.NewHold{Submitter: newID(), Reason: "demo"}, hub.CodeValidation},
	} {
		if _, err := w.Hold(context.Background(), c.p, c.n); hub.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	w.wantCount(0, `SELECT count(*) FROM holds`)
	h := w.hold(good)
	if err := w.Release(context.Background(), w.court(), h.ID); hub.CodeOf(err) != hub.CodeForbidden {
		t.Errorf("a court releases: %v", err)
	}
	w.release(h)
	for _, id := range []hub.ID{h.ID, newID()} {
		if err := w.Release(context.Background(), operator(), id); hub.CodeOf(err) != hub.CodeNotFound {
			t.Errorf("released again: %v", err)
		}
	}
	w.wantCount(1, `SELECT count(*) FROM holds WHERE released_at >= created_at AND released_by IS NOT NULL`)
	for _, sql := range []string{`UPDATE holds SET released_at = now()`, `DELETE FROM holds`} {
		if _, err := w.sql.Exec(context.Background(), sql); err == nil {
			t.Errorf("%s: the history of holds was changed", sql)
		}
	}
}
