package hub_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"eblagh/hub"
)

// EN 319 522-1 clause 6.
func TestReceiptCodes(t *testing.T) {
	for event, want := range map[hub.Event]string{
		"SubmissionAcceptance": "A.1", "ContentConsignment": "D.1", "ConsignmentNotification": "D.3",
		"ConsignmentNotificationFailure": "D.4", "ContentAccessTracking": "D.6", "ContentHandover": "E.1",
		"RelayToNonERDS": "F.1", "RelayToNonERDSFailure": "F.2", "ReceivedFromNonERDS": "F.3", "eblagh:RelayWithdrawn": "",
		"NotificationDelivered": "", "eblagh:Cancelled": "", "eblagh:Expired": "",
	} {
		if got := event.Code(); got != want {
			t.Errorf("%s: %q, want %q", event, got, want)
		}
	}
}

func TestFinalStates(t *testing.T) {
	for status, final := range map[hub.DeliveryStatus]bool{
		"pending": false, "queued": false, "sending": false, "sent": false, "unknown": false, "held": false,
		"delivered": true, "failed": true, "cancelled": true, "expired": true,
	} {
		if status.Final() != final || !status.Valid() {
			t.Errorf("%s: final %v, valid %v", status, status.Final(), status.Valid())
		}
	}
	if hub.DeliveryStatus("lost").Valid() {
		t.Error("a state that nobody knows is valid")
	}
}

// Every channel with rows at every priority that it can have is a lane, once; urgent before normal before bulk.
func TestLanes(t *testing.T) {
	if len(hub.Lanes) != 7 || hub.Lanes[0] != (hub.Lane{Channel: hub.ChannelSMS, Priority: hub.PriorityCode}) {
		t.Errorf("lanes %v", hub.Lanes)
	}
	order := []hub.Priority{hub.PriorityCode, hub.PriorityUrgent, hub.PriorityNormal, hub.PriorityBulk}
	if !slices.IsSortedFunc(hub.Lanes, func(a, b hub.Lane) int {
		return slices.Index(order, a.Priority) - slices.Index(order, b.Priority)
	}) {
		t.Errorf("lanes out of order: %v", hub.Lanes)
	}
	if hub.Lanes[1].String() != "inbox.urgent" {
		t.Errorf("a lane is called %s", hub.Lanes[1])
	}
}

func TestWordsOfTheWire(t *testing.T) {
	if len(hub.Kinds) != 21 || !hub.Kind("summons").Valid() || hub.Kind("").Valid() || hub.Kind("Summons").Valid() {
		t.Error("kinds")
	}
	if len(hub.Capacities) != 14 || !hub.Capacity("witness").Valid() || hub.Capacity("").Valid() {
		t.Error("capacities")
	}
	if hub.PriorityCode.Valid() || !hub.PriorityBulk.Valid() {
		t.Error("a submitter may not ask for the priority of codes")
	}
}

func TestErrors(t *testing.T) {
	var p hub.Problems
	if p.Err() != nil {
		t.Error("no problem is an error")
	}
	p.Add("/a", "required", "say a")
	p.Add("/b", "required", "say b")
	cause := errors.New("cause")
	err := fmt.Errorf("wrapped: %w", &hub.Error{Code: hub.CodeOverloaded, Detail: "d", Cause: cause})
	switch {
	case hub.CodeOf(p.Err()) != hub.CodeValidation, !strings.Contains(p.Err().Error(), "/b required"):
		t.Errorf("problems: %v", p.Err())
	case hub.CodeOf(err) != hub.CodeOverloaded, !errors.Is(err, cause), !errors.Is(err, &hub.Error{Code: hub.CodeOverloaded}):
		t.Errorf("wrapped: %v", err)
	case errors.Is(err, hub.ErrNotFound), hub.CodeOf(errors.New("x")) != hub.CodeInternal, hub.CodeOf(nil) != "":
		t.Error("codes")
	}
}

func TestOutcomesAndReasonsAreClosed(t *testing.T) {
	for _, o := range []hub.Outcome{"accepted", "delivered", "deferred", "rejected", "unknown"} {
		if !o.Valid() {
			t.Errorf("%s is no outcome", o)
		}
	}
	for _, r := range []hub.Reason{"", "no_outcome", "bad_number", "unreachable", "throttled", "blocked", "provider", "no_contact",
		"expired", "cancelled", "too_many"} {
		if !r.Valid() || r.OrProvider() != r {
			t.Errorf("%q is no reason", r)
		}
	}
	if hub.Outcome("").Valid() || hub.Reason("whatever").Valid() || hub.Reason("whatever").OrProvider() != hub.ReasonProvider {
		t.Error("a word that nobody knows is valid")
	}
}
