package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
)

// texts are n notices that have arrived; their texts are claimed.
func (w *world) texts(n int) []hub.ID {
	w.Helper()
	w.submit(papers(newID().String(), n, w.someone(), w.someone())...)
	if err := w.Arrive(context.Background(), w.claim(inboxNormal)); err != nil {
		w.Fatal(err)
	}
	return w.claim(smsNormal)
}

// Opinion 7/1400/435: the SMS only informs. It says number and date, and nothing of the case.
func TestTextSaysNumberAndDateOnly(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	n := w.submit(paper("secret", to))[0]
	w.deliver()
	got := w.sender.Received()
	if len(got) != 1 || got[0].To != "+989120000000" {
		t.Fatalf("received %+v", got)
	}
	body := got[0].Body
	if !strings.Contains(body, n.Number) || strings.Contains(body, "secret") || strings.Contains(body, "1400123456") ||
		strings.ContainsAny(body, "{}") {
		t.Errorf("text %q", body)
	}
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE status = 'sent' AND attempts = 1 AND due_at > hub_now() + interval '23 hours'`)
	w.wantCount(1, `SELECT count(*) FROM attempts WHERE outcome = 'accepted' AND provider = 'fake' AND message_id LIKE 'M-%'
		AND message_key = lower(message_id)`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'ConsignmentNotification' AND channel = 'sms'
		AND provider = 'fake' AND provider_message_id LIKE 'M-%'`)
}

func TestLanguageOfTheRecipientPicksTheText(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	w.exec(`UPDATE persons SET language = 'en' WHERE id = $1`, to.String())
	w.submit(paper("en", to))
	w.deliver()
	if body := w.sender.Received()[0].Body; !strings.HasPrefix(body, "Notice ") {
		t.Errorf("text %q", body)
	}
}

// Every outcome, and where its delivery goes.
func TestOutcomes(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		outcome  hub.Outcome
		reason   hub.Reason
		status   hub.DeliveryStatus
		receipts string // the SMS's, in order of event
	}{
		{hub.OutcomeAccepted, "", hub.DeliverySent, "ConsignmentNotification"},
		{hub.OutcomeDelivered, "", hub.DeliveryDelivered, "ConsignmentNotification,NotificationDelivered"},
		{hub.OutcomeDeferred, hub.ReasonThrottled, hub.DeliveryPending, ""},
		{hub.OutcomeRejected, hub.ReasonBadNumber, hub.DeliveryFailed, "ConsignmentNotificationFailure"},
		{hub.OutcomeUnknown, hub.ReasonProvider, hub.DeliveryUnknown, ""},
		{"nonsense", "", hub.DeliveryUnknown, ""},
	} {
		t.Run(string(c.outcome), func(t *testing.T) {
			w.T = t
			w.sender.Answer = func(context.Context, hub.Text) hub.Sent {
				return hub.Sent{Outcome: c.outcome, Reason: c.reason, MessageID: "X" + string(c.outcome)}
			}
			ids := w.texts(1)
			if err := w.Attempt(context.Background(), ids); err != nil {
				t.Fatal(err)
			}
			w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = $2 AND last_reason = $3`,
				ids[0].String(), string(c.status), string(c.reason))
			if got := w.textEvents(ids[0]); got != c.receipts {
				t.Errorf("receipts %q, want %q", got, c.receipts)
			}
		})
	}
}

// textEvents lists the events of a text, in the order of their names.
func (w *world) textEvents(delivery hub.ID) (events string) {
	w.Helper()
	err := w.sql.QueryRow(context.Background(), `SELECT coalesce(string_agg(r.event, ',' ORDER BY r.event), '')
		FROM receipts r JOIN deliveries d ON d.notice = r.notice WHERE r.channel = 'sms' AND d.id = $1`,
		delivery.String()).Scan(&events)
	if err != nil {
		w.Fatal(err)
	}
	return events
}

func TestNoContactFails(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	w.exec(`UPDATE contacts SET mobile_ct = NULL, mobile_index = NULL WHERE person = $1`, to.String())
	w.submit(paper("nowhere", to))
	w.deliver()
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'failed' AND last_reason = 'no_contact' AND attempts = 0`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'ConsignmentNotificationFailure' AND reason = 'no_contact'`)
	if len(w.sender.Received()) != 0 {
		t.Error("something was sent")
	}
}

// Deferred texts come back with an attempt of their own each time, until the plan is used up.
func TestRetryPlanEnds(t *testing.T) {
	w := newWorld(t, func(o *dispatch.Options) {
		o.Plan.Waits = map[hub.Lane]dispatch.Waits{smsNormal: {Retries: []time.Duration{time.Microsecond, time.Microsecond}}}
	})
	w.sender.Answer = func(context.Context, hub.Text) hub.Sent {
		return hub.Sent{Outcome: hub.OutcomeDeferred, Reason: hub.ReasonUnreachable}
	}
	w.submit(paper("retry", w.someone()))
	w.deliver()
	if n := len(w.sender.Received()); n != 3 {
		t.Errorf("%d texts, want 3", n)
	}
	w.wantCount(3, `SELECT count(*) FROM attempts WHERE outcome = 'deferred'`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE status = 'failed' AND last_reason = 'too_many' AND attempts = 3`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'ConsignmentNotificationFailure' AND reason = 'too_many'`)
	if twice := w.sender.Twice(); len(twice) > 0 {
		t.Errorf("sent twice for one attempt: %v", twice)
	}
}

// challenge is a code on its way to a phone.
func (w *world) challenge(expires string) (challenge, delivery, person hub.ID) {
	challenge, delivery, person = newID(), newID(), w.someone()
	w.exec(`INSERT INTO challenges (id, purpose, person, mobile_ct, passed_first, created_at, expires_at)
		VALUES ($1, 'sign_in', $2, $3, true, hub_now() - interval '1 hour', hub_now() + $4::interval)`, challenge.String(),
		person.String(), w.vault.SealText("+989121111111", "challenges.mobile:"+challenge.String()), expires)
	w.exec(`INSERT INTO deliveries (id, challenge, recipient, channel, priority, due_at)
		VALUES ($1, $2, $3, 'sms', 'code', hub_now())`, delivery.String(), challenge.String(), person.String())
	return challenge, delivery, person
}

func TestCodeIsRecomputedAndStoredNowhere(t *testing.T) {
	w := newWorld(t)
	challenge, _, _ := w.challenge("2 minutes")
	w.deliver()
	code := w.vault.Code(challenge, hub.PurposeSignIn.Digits())
	got := w.sender.Received()
	if len(got) != 1 || got[0].To != "+989121111111" || !strings.Contains(got[0].Body, code) {
		t.Fatalf("received %+v, want the code %s", got, code)
	}
	w.wantCount(0, `SELECT count(*) FROM receipts`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE status = 'sent' AND due_at < hub_now() + interval '10 minutes'`)
}

func TestUndeliveredCodeIsAnIncident(t *testing.T) {
	for name, c := range map[string]struct{ expires, reason string }{
		"rejected": {"2 minutes", "bad_number"},
		"too late": {"-1 second", "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sender.Answer = func(context.Context, hub.Text) hub.Sent {
				return hub.Sent{Outcome: hub.OutcomeRejected, Reason: hub.ReasonBadNumber}
			}
			_, _, person := w.challenge(c.expires)
			w.deliver()
			w.wantCount(1, `SELECT count(*) FROM incidents WHERE kind = 'code_undelivered' AND person = $1 AND reason = $2
				AND ended_at IS NOT NULL`, person.String(), c.reason)
			w.wantCount(0, `SELECT count(*) FROM receipts`)
			w.wantCount(0, `SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL`)
		})
	}
}

// Many workers with the same ids: asynq may run a task twice, and a lease may end too early.
func TestManyWorkersSendEachTextOnce(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(200)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if err := w.Attempt(context.Background(), ids); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := w.Attempt(context.Background(), ids); err != nil { // what was skipped as locked
		t.Fatal(err)
	}
	if n, twice := len(w.sender.Received()), w.sender.Twice(); n != 200 || len(twice) > 0 {
		t.Errorf("%d texts, %d of them twice; want 200 once", n, len(twice))
	}
	w.wantCount(200, `SELECT count(*) FROM attempts WHERE n = 1`)
	w.wantCount(200, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'sent'`)
}

// The commit of the beginning took effect, and nobody was told: nothing left, and the process that knows it has the texts
// sent by a later attempt. What another call began in the meantime is not touched.
func TestAttemptsWhoseBeginningWasNotToldAreDisowned(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(4)
	once := sync.Once{}
	broken := w.dispatcher(func(o *dispatch.Options) {
		o.Store = &hubtest.Store{Store: w.db, At: func(at string) (fault hubtest.Fault) {
			fault = hubtest.NoFault
			if at == "BeginAttempts" {
				once.Do(func() { fault = hubtest.TookHold })
			}
			return fault
		}}
	})
	if err := broken.Attempt(context.Background(), ids); err == nil {
		t.Fatal("the caller was told that it worked")
	}
	w.wantCount(4, `SELECT count(*) FROM deliveries d JOIN attempts a ON a.delivery = d.id WHERE d.status = 'pending'
		AND d.due_at <= hub_now() AND d.attempts = 1 AND a.outcome = 'deferred'`)
	if err := w.Attempt(context.Background(), ids[:2]); err != nil {
		t.Fatal(err)
	}
	if err := w.db.DisownAttempts(context.Background(), newID(), ids); err != nil {
		t.Fatal(err)
	}
	w.wantCount(2, `SELECT count(*) FROM deliveries WHERE status = 'sent' AND attempts = 2`)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	w.wantCount(4, `SELECT count(*) FROM deliveries WHERE status = 'sent' AND attempts = 2`)
	if n, twice := len(w.sender.Received()), w.sender.Twice(); n != 4 || len(twice) > 0 {
		t.Errorf("%d texts left, twice: %v", n, twice)
	}
}

// dying sends slices of four, and writes none of their outcomes: its context ends before the first.
func (w *world) dying() (*dispatch.Dispatcher, context.Context) {
	ctx, die := context.WithCancel(context.Background())
	w.Cleanup(die)
	return w.dispatcher(func(o *dispatch.Options) {
		o.Store = &hubtest.Store{Store: w.db, At: func(at string) hubtest.Fault {
			if at == "EndAttempts" {
				die()
				return hubtest.Fails
			}
			return hubtest.NoFault
		}}
		o.Plan.Sending = 200 * time.Millisecond
		o.Pick = hubtest.Only(&hubtest.Sender{Size: 4, Answer: faultyAnswer(w.sender, hubtest.TookHold)})
	}), ctx
}

// A process that dies while it sends leaves one slice in doubt, however many texts its task has; the others have no attempt.
func TestACrashLeavesASliceInDoubt(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(30)
	dying, life := w.dying()
	if err := dying.Attempt(life, ids); err == nil {
		t.Fatal("its outcomes were written")
	}
	w.wantCount(4, `SELECT count(*) FROM attempts WHERE outcome IS NULL`)
	w.wantCount(26, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'queued' AND attempts = 0`)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	w.wantCount(26, `SELECT count(*) FROM deliveries WHERE status = 'sent'`)
	if twice := w.sender.Twice(); len(twice) > 0 || len(w.sender.Received()) != 30 {
		t.Errorf("%d texts left, twice: %v", len(w.sender.Received()), twice)
	}
}

// A slice that would not be over with its task's time is not begun: its texts would lose an attempt.
func TestNoSliceBeginsThatCannotEnd(t *testing.T) {
	w := newWorld(t)
	ids := w.texts(4)
	limited, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	slow := w.dispatcher(func(o *dispatch.Options) {
		o.Pick = hubtest.Only(&hubtest.Sender{Size: 1, Answer: func(ctx context.Context, text hub.Text) hub.Sent {
			cut, stop := context.WithTimeout(ctx, 1200*time.Millisecond)
			defer stop()
			<-cut.Done()
			return hub.Sent{Outcome: hub.OutcomeAccepted, MessageID: hubtest.MessageID(text.Attempt)}
		}})
	})
	if err := slow.Attempt(limited, ids); err == nil {
		t.Fatal("all had time")
	}
	w.wantCount(1, `SELECT count(*) FROM attempts`)
	w.wantCount(3, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'queued' AND attempts = 0`)
}

// Every step × {fails, fails but took effect, hangs}: nothing is sent twice for one attempt, and whatever happened, the
// delivery ends.
func TestAttemptBrokenAtEveryStep(t *testing.T) {
	w := newWorld(t)
	w.sender.Size = 2
	broken := map[string][]hub.ID{}
	for _, step := range []string{"BeginAttempts", "Send", "EndAttempts", "MatchReports"} {
		for _, fault := range []hubtest.Fault{hubtest.Fails, hubtest.TookHold, hubtest.Hangs} {
			broken[step+" "+string(fault)] = w.breakAttempts(step, fault)
		}
	}
	// Others go on: claims, attempts, and what is overdue, hours later.
	for _, later := range []string{"1 hour", "30 hours", "90 hours", "140 hours"} {
		w.later(later)
		for range 2 {
			w.deliver()
			if err := w.Reconcile(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if twice := w.sender.Twice(); len(twice) > 0 {
		t.Errorf("sent twice for one attempt: %v", twice)
	}
	for name, ids := range broken {
		t.Run(name, func(t *testing.T) {
			w.T = t
			for _, id := range ids {
				w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'failed'
					AND last_reason = 'no_outcome' AND attempts = 1`, id.String())
				events := w.textEvents(id)
				if !strings.HasSuffix(events, "ConsignmentNotificationFailure") || strings.Count(events, ",") > 1 {
					t.Errorf("receipts %q: want one failure, and at most that it was sent", events)
				}
			}
		})
	}
}

// breakAttempts lets a process meet the fault and die of it. It gives the deliveries that it had in hand.
func (w *world) breakAttempts(step string, fault hubtest.Fault) []hub.ID {
	w.Helper()
	ids := w.texts(4)
	broken := w.dispatcher(func(o *dispatch.Options) {
		o.Plan.Sending = 200 * time.Millisecond
		o.Store = &hubtest.Store{Store: w.db, At: func(at string) hubtest.Fault {
			switch {
			case at == step:
				return fault
			case at == "DisownAttempts": // it died before
				return hubtest.Fails
			}
			return hubtest.NoFault
		}}
		if step == "Send" {
			o.Pick = hubtest.Only(&hubtest.Sender{Size: 2, Answer: faultyAnswer(w.sender, fault)})
		}
	})
	limited, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_ = broken.Attempt(limited, ids) // its answer dies with it
	return ids
}

// faultyAnswer is a provider that fails before it takes a text, after it, or that never answers.
func faultyAnswer(behind *hubtest.Sender, fault hubtest.Fault) func(context.Context, hub.Text) hub.Sent {
	return func(ctx context.Context, text hub.Text) hub.Sent {
		switch fault {
		case hubtest.TookHold:
			behind.Send(ctx, []hub.Text{text})
		case hubtest.Hangs:
			behind.Send(ctx, []hub.Text{text})
			<-ctx.Done()
		}
		return hub.Sent{Outcome: hub.OutcomeUnknown, Reason: hub.ReasonProvider}
	}
}
