package api_test

import (
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// die lets a provider refuse a text for good.
func (w *world) die(text string) {
	w.t.Helper()
	id := must(hub.ParseID(text))
	if _, err := w.db.Claim(w.t.Context(), hub.Lane{Channel: hub.ChannelSMS, Priority: hub.PriorityNormal}, 100, 100, time.Minute); err != nil {
		w.t.Fatal(err)
	}
	started, _, err := w.db.BeginAttempts(w.t.Context(), dispatch.Beginning{Deliveries: []hub.ID{id},
		Receipts: []hub.ID{hub.NewID(time.Now())}, Provider: "demo", Lease: time.Minute})
	if err != nil || len(started) != 1 {
		w.t.Fatal(started, err)
	}
	moved, err := w.db.EndAttempts(w.t.Context(), []dispatch.Ended{{Key: started[0].Key, Person: started[0].Person,
		About: started[0].About, Outcome: hub.OutcomeRejected,
		Reason: hub.ReasonBadNumber, Next: hub.DeliveryFailed, Closing: hub.ReasonBadNumber, Receipt: hub.NewID(time.Now()),
		Delivered: hub.NewID(time.Now())}})
	if err != nil || moved != 1 {
		w.t.Fatal(moved, err)
	}
}

// delivery gives the id of a notice's delivery over a channel.
func (w *world) delivery(path, channel string) string {
	w.t.Helper()
	n := w.court.want(200, "GET", path, "")
	for i := range n.count("deliveries") {
		if n.text("deliveries", i, "channel") == channel {
			return n.text("deliveries", i, "id")
		}
	}
	w.t.Fatalf("no delivery over %s: %s", channel, n.body)
	return ""
}

// A dead text is sent again by a new delivery; the dead one stays, and the receipts say who did it.
func TestADeadTextIsReplayed(t *testing.T) {
	w := newWorld(t)
	w.citizen(sara, mobile)
	operator := w.system(hub.RoleOperator, hub.ID{})
	notice := w.made(w.court, "/v1/notices", paperFor("r-1", sara, ""))
	w.arrive()
	path := "/v1/notices/" + notice
	text, arrival := w.delivery(path, "sms"), w.delivery(path, "inbox")
	replay := "/v1/deliveries/" + text + "/replay"
	operator.refused(409, hub.CodeWrongState, "POST", replay, "")
	w.die(text)

	w.court.refused(403, hub.CodeForbidden, "POST", replay, "")
	w.nobody().refused(401, hub.CodeUnauthorized, "POST", replay, "")
	operator.refused(404, hub.CodeNotFound, "POST", "/v1/deliveries/"+notice+"/replay", "")
	operator.refused(409, hub.CodeWrongState, "POST", "/v1/deliveries/"+arrival+"/replay", "")

	made := operator.want(201, "POST", replay, "", "Idempotency-Key", "k")
	if made.text("replays") != text || made.text("status") != "pending" || made.text("channel") != "sms" {
		t.Errorf("replayed: %s", made.body)
	}
	if again := operator.want(201, "POST", replay, "", "Idempotency-Key", "k"); again.text("id") != made.text("id") {
		t.Errorf("the same call: %s", again.body)
	}
	operator.refused(409, hub.CodeWrongState, "POST", replay, "")
	stands := w.court.want(200, "GET", path, "")
	if stands.count("deliveries") != 3 || stands.text("deliveries", 2, "replays") != text {
		t.Errorf("deliveries: %s", stands.body)
	}
	receipts := w.court.want(200, "GET", path+"/receipts", "")
	last := receipts.count("items") - 1
	if receipts.text("items", last, "event") != "eblagh:Replayed" || receipts.text("items", last, "details", "replays") != text {
		t.Errorf("receipts: %s", receipts.body)
	}
}
