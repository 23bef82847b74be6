package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// inParts makes the provider take every text in three parts.
func (w *world) inParts() {
	w.sender.Answer = func(_ context.Context, text hub.Text) hub.Sent {
		return hub.Sent{Outcome: hub.OutcomeAccepted, Parts: partIDs(text.Attempt.Delivery)}
	}
}

func partIDs(delivery hub.ID) []string {
	ids := make([]string, 3)
	for i := range ids {
		ids[i] = fmt.Sprintf("0%dAB%s", i, delivery)
	}
	return ids
}

func partReport(delivery hub.ID, part int, outcome hub.Outcome) hub.Report {
	r := hub.Report{Provider: "fake", MessageID: partIDs(delivery)[part], Outcome: outcome, Raw: []byte("raw")}
	if outcome == hub.OutcomeRejected {
		r.Reason = hub.ReasonUnreachable
	}
	return r
}

// Delivered only when every part is, rejected as soon as one is; whenever the reports come, and as often. Letters are
// parts, capitals are rejected, those before the bar come before the answer.
func TestATextInPartsFollowsItsParts(t *testing.T) {
	w := newWorld(t)
	w.inParts()
	for reports, c := range map[string]struct {
		status            hub.DeliveryStatus
		delivered, failed int // receipts
	}{
		"|":         {hub.DeliverySent, 0, 0},
		"|ab":       {hub.DeliverySent, 0, 0},
		"|aaa":      {hub.DeliverySent, 0, 0},
		"|abc":      {hub.DeliveryDelivered, 1, 0},
		"|cabcab":   {hub.DeliveryDelivered, 1, 0},
		"abc|":      {hub.DeliveryDelivered, 1, 0},
		"c|ba":      {hub.DeliveryDelivered, 1, 0},
		"|B":        {hub.DeliveryFailed, 0, 1},
		"B|":        {hub.DeliveryFailed, 0, 1},
		"|aBc":      {hub.DeliveryFailed, 0, 1},
		"|ABC":      {hub.DeliveryFailed, 0, 1},
		"|Babcabc":  {hub.DeliveryFailed, 1, 1}, // delivered after all
		"|BacAbaBb": {hub.DeliveryFailed, 1, 1},
		"|abcA":     {hub.DeliveryDelivered, 1, 0},
	} {
		t.Run(reports, func(t *testing.T) {
			w.T = t
			id := w.texts(1)[0]
			early, late, _ := strings.Cut(reports, "|")
			tell := func(letters string) {
				for _, letter := range letters {
					outcome, part := hub.OutcomeDelivered, letter-'a'
					if letter < 'a' {
						outcome, part = hub.OutcomeRejected, letter-'A'
					}
					r := partReport(id, int(part), outcome)
					r.MessageID = " 00" + strings.ToLower(r.MessageID)
					w.report(r)
				}
			}
			tell(early)
			if err := w.Attempt(context.Background(), []hub.ID{id}); err != nil {
				t.Fatal(err)
			}
			tell(late)
			w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = $2`, id.String(), string(c.status))
			events := w.textEvents(id)
			if n := strings.Count(events, "NotificationDelivered"); n != c.delivered {
				t.Errorf("receipts %q: want %d of its delivery", events, c.delivered)
			}
			if n := strings.Count(events, "ConsignmentNotificationFailure"); n != c.failed {
				t.Errorf("receipts %q: want %d of its failure", events, c.failed)
			}
			w.wantCount(len(reports)-1, `SELECT count(*) FROM reports WHERE delivery = $1`, id.String())
			w.wantCount(3, `SELECT count(*) FROM attempt_parts WHERE delivery = $1`, id.String())
			w.wantCount(1, `SELECT count(*) FROM receipts r JOIN deliveries d ON d.notice = r.notice WHERE d.id = $1
				AND r.event = 'ConsignmentNotification' AND r.provider_message_id = $2`, id.String(), strings.Join(partIDs(id), "+"))
		})
	}
}

// Reports of one batch, and the time at which the last part arrived.
func TestPartsAreDeliveredWhenTheLastOneIs(t *testing.T) {
	w := newWorld(t)
	w.inParts()
	id := w.texts(1)[0]
	if err := w.Attempt(context.Background(), []hub.ID{id}); err != nil {
		t.Fatal(err)
	}
	now, err := w.db.Now(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE attempts SET started_at = started_at - interval '1 hour'`)
	batch := make([]hub.Report, 3)
	for i, ago := range []time.Duration{time.Minute, 0, time.Second} {
		batch[i] = partReport(id, i, hub.OutcomeDelivered)
		batch[i].At = now.Add(-ago)
	}
	w.report(batch...)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered' AND at = $1`, now)
}

// A restart, another node: what matters is in the store. Reports are spread over nodes at random, twice, while the texts
// are still being sent.
func TestPartsAreSettledOnAnyNode(t *testing.T) {
	w := newWorld(t)
	w.inParts()
	ids := w.texts(120)
	var all []hub.Report
	for i, id := range ids {
		for part := range 3 {
			outcome := hub.OutcomeDelivered
			if i%4 == 0 && part == 1 {
				outcome = hub.OutcomeRejected
			}
			all = append(all, partReport(id, part, outcome), partReport(id, part, outcome))
		}
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var nodes sync.WaitGroup
	for half := range slices.Chunk(ids, len(ids)/2) {
		nodes.Go(func() {
			if err := w.dispatcher(nil).Attempt(context.Background(), half); err != nil {
				t.Error(err)
			}
		})
	}
	for third := range slices.Chunk(all, len(all)/3) {
		node := w.dispatcher(nil)
		nodes.Go(func() {
			for batch := range slices.Chunk(third, 7) {
				if err := node.Report(context.Background(), batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	nodes.Wait()
	w.wantCount(90, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'delivered'`)
	w.wantCount(30, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'failed' AND last_reason = 'unreachable'`)
	w.wantCount(90, `SELECT count(*) FROM receipts WHERE event = 'NotificationDelivered'`)
	w.wantCount(30, `SELECT count(*) FROM receipts WHERE event = 'ConsignmentNotificationFailure'`)
	w.wantCount(0, `SELECT count(*) FROM reports WHERE delivery IS NULL`)
}

// The answer to the last part never came: the others being delivered proves nothing, one that is rejected does.
func TestAPartWithoutAnAnswerLeavesTheTextUnknown(t *testing.T) {
	w := newWorld(t)
	w.sender.Answer = func(_ context.Context, text hub.Text) hub.Sent {
		ids := partIDs(text.Attempt.Delivery)
		ids[2] = ""
		return hub.Sent{Outcome: hub.OutcomeUnknown, Reason: hub.ReasonNoOutcome, Parts: ids}
	}
	ids := w.texts(3)
	if err := w.Attempt(context.Background(), ids); err != nil {
		t.Fatal(err)
	}
	for i, outcome := range []hub.Outcome{hub.OutcomeDelivered, hub.OutcomeRejected, hub.OutcomeDelivered} {
		w.report(partReport(ids[i], 0, outcome), partReport(ids[i], 1, hub.OutcomeDelivered))
	}
	w.wantCount(2, `SELECT count(*) FROM deliveries WHERE channel = 'sms' AND status = 'unknown'`)
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'failed' AND last_reason = 'unreachable'`, ids[1].String())
	// Its answer comes late after all, and its report had come before it.
	w.report(partReport(ids[2], 2, hub.OutcomeDelivered))
	if _, err := w.db.EndAttempts(context.Background(), []dispatch.Ended{{Key: hub.AttemptKey{Delivery: ids[2], N: 1},
		Outcome: hub.OutcomeAccepted, Next: hub.DeliverySent, Due: time.Hour, Receipt: newID(), Delivered: newID(),
		Parts: []dispatch.Part{{}, {}, {MessageID: "X", Message: "x"}}}}); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM attempt_parts WHERE delivery = $1 AND part = 3 AND message_key = 'x'`, ids[2].String())
	w.wantCount(3, `SELECT count(*) FROM attempt_parts WHERE delivery = $1 AND message_key IS NOT NULL`, ids[2].String())
	w.report(hub.Report{Provider: "fake", MessageID: "X", Outcome: hub.OutcomeDelivered})
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'delivered'`, ids[2].String())
}

// Ids come again after a while, of parts and of whole texts: the latest is meant.
func TestPartIDsThatComeAgain(t *testing.T) {
	w := newWorld(t)
	answers := []hub.Sent{
		{Outcome: hub.OutcomeAccepted, Parts: []string{"1", "2"}}, {Outcome: hub.OutcomeAccepted, MessageID: "1"},
		{Outcome: hub.OutcomeAccepted, Parts: []string{"3", "1"}},
	}
	n := 0
	w.sender.Answer = func(context.Context, hub.Text) hub.Sent { n++; return answers[n-1] }
	w.sender.Size = 1
	ids := w.texts(3)
	tell := func(id string) { w.report(hub.Report{Provider: "fake", MessageID: id, Outcome: hub.OutcomeDelivered}) }
	attempt := func(i int) {
		if err := w.Attempt(context.Background(), ids[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	attempt(0)
	attempt(1)
	tell("1")
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'delivered'`, ids[1].String())
	attempt(2)
	tell("1")
	tell("3")
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'delivered'`, ids[2].String())
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'sent'`, ids[0].String())
}

// A provider's ids are bytes from outside.
func TestIDsThatNoStoreCouldKeep(t *testing.T) {
	w := newWorld(t)
	for _, sent := range []hub.Sent{
		{Outcome: hub.OutcomeAccepted, MessageID: "a\x00\xff" + strings.Repeat("b", 500)},
		{Outcome: hub.OutcomeAccepted, Parts: []string{"a\x00", "\xff"}},
	} {
		w.sender.Answer = func(context.Context, hub.Text) hub.Sent { return sent }
		ids := w.texts(1)
		if err := w.Attempt(context.Background(), ids); err != nil {
			t.Fatal(err)
		}
		w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'sent'`, ids[0].String())
	}
}
