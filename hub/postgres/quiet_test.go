package postgres_test

import (
	"context"
	"testing"
	"time"
	_ "time/tzdata" // the zones of recipients, on any machine

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// quietNow makes the hour before and the hour after this moment quiet where the zone is.
func quietNow(t *testing.T, zone string) func(*dispatch.Options) {
	t.Helper()
	place, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	now := time.Now().In(place)
	clock := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute
	return func(o *dispatch.Options) {
		o.Plan.Quiet = dispatch.Quiet{Hours: hub.QuietHours{From: (clock + day - time.Hour) % day, Until: (clock + time.Hour) % day},
			Override: []hub.Priority{hub.PriorityUrgent}, Spread: 10 * time.Minute}
	}
}

const hushedTexts = `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'pending' AND attempts = 0
	AND last_reason = 'quiet_hours' AND due_at > hub_now() + interval '45 minutes' AND due_at <= hub_now() + interval '71 minutes'`

// Quiet hours hold the nudge and never the arrival (bylaw 13: arrival is service). They are the recipient's: who lives
// where it is day gets the text. They are no attempt, and leave no evidence.
func TestQuietHoursHoldTheNudgeAndNeverTheArrival(t *testing.T) {
	w := newWorld(t, quietNow(t, "Asia/Tehran"))
	asleep, awake := w.someone(), w.someone()
	w.exec(`UPDATE persons SET time_zone = 'America/New_York' WHERE id = $1`, awake.String())
	w.submit(papers("asleep", 20, asleep)...)
	w.submit(papers("awake", 3, awake)...)
	w.deliver()
	w.wantCount(23, `SELECT count(*) FROM inbox`)
	w.wantCount(20, hushedTexts)
	w.wantCount(3, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'sent' AND recipient = $1`, awake.String())
	w.wantCount(3, `SELECT count(*) FROM attempts`)
	w.wantCount(0, `SELECT count(*) FROM receipts WHERE channel = 'sms' AND recipient = $1`, asleep.String())
	// Not all at once.
	if moments := w.count(`SELECT count(DISTINCT date_trunc('second', due_at)) FROM deliveries WHERE last_reason = 'quiet_hours'`); moments < 5 {
		t.Errorf("20 texts come out at %d moments", moments)
	}
	w.later("2 hours")
	w.deliver()
	w.wantCount(23, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'sent' AND attempts = 1`)
	if twice := w.sender.Twice(); len(twice) > 0 || len(w.sender.Received()) != 23 {
		t.Errorf("%d texts, twice %v", len(w.sender.Received()), twice)
	}
}

// The class of orders that cannot wait for the morning, and codes, which somebody waits for at a screen.
func TestWhatPassesInQuietHours(t *testing.T) {
	w := newWorld(t, quietNow(t, "Asia/Tehran"))
	for _, priority := range []hub.Priority{hub.PriorityUrgent, hub.PriorityNormal, hub.PriorityBulk} {
		p := paper(string(priority), w.someone())
		p.Priority = priority
		w.submit(p)
	}
	w.challenge("1 hour")
	w.deliver()
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'sent' AND priority = 'urgent'`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'sent' AND priority = 'code'`)
	w.wantCount(2, hushedTexts)
}

// Every road to an attempt goes through the same gate: a retry, and a replay.
func TestRetriesAndReplaysKeepQuiet(t *testing.T) {
	w := newWorld(t)
	w.sender.Answer = func(context.Context, hub.Text) hub.Sent {
		return hub.Sent{Outcome: hub.OutcomeDeferred, Reason: hub.ReasonUnreachable}
	}
	w.submit(paper("retry", w.someone()))
	_, dead := w.dead("replay")
	w.deliver()
	w.exec(`UPDATE deliveries SET due_at = hub_now() WHERE due_at IS NOT NULL`)
	if _, err := w.Replay(context.Background(), operator(), dead); err != nil {
		t.Fatal(err)
	}
	sent := len(w.sender.Received())
	w.Dispatcher = w.dispatcher(quietNow(t, "Asia/Tehran"))
	w.deliver()
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE status = 'pending' AND last_reason = 'quiet_hours' AND attempts = 1`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE status = 'pending' AND last_reason = 'quiet_hours' AND replays = $1`, dead.String())
	if n := len(w.sender.Received()); n != sent {
		t.Errorf("%d texts left in the quiet hours", n-sent)
	}
}

// A nudge that would come too late is not kept for the morning.
func TestExpiryInQuietHoursCloses(t *testing.T) {
	w := newWorld(t, quietNow(t, "Asia/Tehran"))
	p := paper("short", w.someone())
	p.ExpiresAt = time.Now().Add(20 * time.Minute)
	w.submit(p)
	w.deliver()
	w.wantCount(1, hushedTexts)
	if err := w.later("30 minutes").Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'expired' AND attempts = 0`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'ConsignmentNotificationFailure' AND reason = 'expired'`)
	w.wantCount(1, `SELECT count(*) FROM inbox`)
}

// A zone that this machine does not know does not keep a text back, nor let it ring at night.
func TestAnUnknownZoneIsTehran(t *testing.T) {
	w := newWorld(t, quietNow(t, "Asia/Tehran"))
	to := w.someone()
	w.exec(`UPDATE persons SET time_zone = 'Nowhere/Atlantis' WHERE id = $1`, to.String())
	w.submit(paper("atlantis", to))
	w.deliver()
	w.wantCount(1, hushedTexts)
}
