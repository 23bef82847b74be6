package hub

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Every state and cause.
func TestExplanations(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	soon, night := now.Add(time.Minute), now.Add(8*time.Hour)
	court, other := NewID(now), NewID(now)
	all, inbox := Hold{ID: NewID(now), Channel: ChannelSMS, Reason: "a"}, Hold{ID: NewID(now), Channel: ChannelInbox, Reason: "b"}
	own, others := Hold{ID: NewID(now), Submitter: court, Reason: "c"}, Hold{ID: NewID(now), Submitter: other, Reason: "d"}
	ofA, ownA := Hold{ID: NewID(now), Provider: "a", Reason: "e"}, Hold{ID: NewID(now), Provider: "a", Submitter: court, Reason: "f"}
	well, broken := []ProviderState{{Name: "a"}}, []ProviderState{{Name: "a", OpenUntil: soon}}
	text := func(s DeliveryStatus, attempts int, due time.Time, r Reason) Tracked {
		return Tracked{Delivery: Delivery{Channel: ChannelSMS, Priority: PriorityNormal, Status: s, Attempts: attempts, LastReason: r},
			Submitter: court, Due: due, Tries: 5, At: now}
	}
	paper := func(s DeliveryStatus, due time.Time) Tracked {
		return Tracked{Delivery: Delivery{Channel: ChannelInbox, Priority: PriorityNormal, Status: s}, Submitter: court, Due: due, At: now}
	}
	with := func(d Tracked, change func(*Tracked)) Tracked { change(&d); return d }
	seen := map[Cause]bool{}
	for name, c := range map[string]struct {
		d         Tracked
		holds     []Hold
		providers []ProviderState
		want      Explanation
	}{
		"a paper of tomorrow":            {paper(DeliveryPending, night), nil, nil, Explanation{Cause: CauseNotBefore, Until: night}},
		"a paper in its lane":            {paper(DeliveryPending, now), nil, broken, Explanation{Cause: CauseTurn}},
		"a paper with a worker":          {paper(DeliveryQueued, soon), nil, nil, Explanation{Cause: CauseClaimed, Until: soon}},
		"a paper of a lost task":         {paper(DeliveryQueued, now), nil, nil, Explanation{Cause: CauseTurn}},
		"held arrivals":                  {paper(DeliveryPending, now), []Hold{all, inbox}, nil, Explanation{Cause: CauseHeld, Hold: inbox}},
		"arrivals are held by name only": {paper(DeliveryPending, now), []Hold{own, all, ofA}, nil, Explanation{Cause: CauseTurn}},
		"arrived":                        {paper(DeliveryDelivered, time.Time{}), []Hold{inbox}, nil, Explanation{Cause: CauseDelivered}},
		"withdrawn":                      {with(paper(DeliveryCancelled, time.Time{}), func(d *Tracked) { d.LastReason = ReasonCancelled }), nil, nil, Explanation{Cause: CauseCancelled, Reason: ReasonCancelled}},
		"expires before its day": {with(paper(DeliveryPending, night), func(d *Tracked) { d.ExpiresAt = soon }), nil, nil,
			Explanation{Cause: CauseNotBefore, Until: soon, Then: DeliveryExpired}},

		"awaits the arrival":             {with(text(DeliveryPending, 0, time.Time{}, ""), func(d *Tracked) { d.Awaits = true }), nil, well, Explanation{Cause: CauseArrival, Of: 5}},
		"asleep":                         {text(DeliveryPending, 0, night, ReasonQuietHours), nil, well, Explanation{Cause: CauseQuietHours, Until: night, Of: 5, Reason: ReasonQuietHours}},
		"asleep, then over":              {text(DeliveryPending, 0, now, ReasonQuietHours), nil, well, Explanation{Cause: CauseTurn, Of: 5, Reason: ReasonQuietHours}},
		"tried twice":                    {text(DeliveryPending, 2, soon, ReasonUnreachable), nil, well, Explanation{Cause: CauseRetry, Until: soon, Attempt: 3, Of: 5, Reason: ReasonUnreachable}},
		"a later rung":                   {text(DeliveryPending, 0, night, ""), nil, well, Explanation{Cause: CauseScheduled, Until: night, Of: 5}},
		"due":                            {text(DeliveryPending, 0, now, ""), []Hold{inbox, others}, well, Explanation{Cause: CauseTurn, Of: 5}},
		"due, nobody knows of providers": {text(DeliveryPending, 0, now, ""), nil, nil, Explanation{Cause: CauseTurn, Of: 5}},
		"all texts held":                 {text(DeliveryPending, 1, now, ReasonThrottled), []Hold{all}, well, Explanation{Cause: CauseHeld, Hold: all, Attempt: 1, Of: 5, Reason: ReasonThrottled}},
		"held while asleep":              {text(DeliveryPending, 0, night, ReasonQuietHours), []Hold{own}, well, Explanation{Cause: CauseHeld, Hold: own, Of: 5, Reason: ReasonQuietHours}},
		"held, with a worker":            {text(DeliveryQueued, 0, soon, ""), []Hold{own}, well, Explanation{Cause: CauseHeld, Hold: own, Of: 5}},
		"codes are not held":             {with(text(DeliveryPending, 0, now, ""), func(d *Tracked) { d.Priority = PriorityCode }), []Hold{all, own}, well, Explanation{Cause: CauseTurn, Of: 5}},
		"the circuit is open":            {text(DeliveryQueued, 0, soon, ""), nil, broken, Explanation{Cause: CauseNoProvider, Until: soon, Of: 5, Providers: broken}},
		"the provider is held":           {text(DeliveryPending, 0, now, ""), []Hold{ofA}, well, Explanation{Cause: CauseNoProvider, Hold: ofA, Of: 5}},
		"held for this court":            {text(DeliveryPending, 0, now, ""), []Hold{ownA}, well, Explanation{Cause: CauseNoProvider, Hold: ownA, Of: 5}},
		"another takes it":               {text(DeliveryPending, 0, now, ""), []Hold{ofA}, append(broken, ProviderState{Name: "b"}), Explanation{Cause: CauseTurn, Of: 5}},
		"with a worker":                  {text(DeliveryQueued, 0, soon, ""), nil, well, Explanation{Cause: CauseClaimed, Until: soon, Of: 5}},

		"under way":      {with(text(DeliverySending, 2, soon, ReasonThrottled), func(d *Tracked) { d.Provider = "a" }), []Hold{all}, broken, Explanation{Cause: CauseSending, Until: soon, Attempt: 2, Of: 5, Provider: "a", Then: DeliveryUnknown}},
		"taken":          {with(text(DeliverySent, 1, night, ""), func(d *Tracked) { d.Provider = "a" }), nil, nil, Explanation{Cause: CauseReport, Until: night, Attempt: 1, Of: 5, Provider: "a", Then: DeliveryUnknown}},
		"in doubt":       {with(text(DeliveryUnknown, 1, night, ReasonNoOutcome), func(d *Tracked) { d.ExpiresAt = soon }), nil, nil, Explanation{Cause: CauseUnknown, Until: night, Attempt: 1, Of: 5, Reason: ReasonNoOutcome, Then: DeliveryFailed}},
		"on the handset": {text(DeliveryDelivered, 1, time.Time{}, ""), []Hold{all}, nil, Explanation{Cause: CauseDelivered, Attempt: 1, Of: 5}},
		"used up":        {text(DeliveryFailed, 5, time.Time{}, ReasonTooMany), nil, nil, Explanation{Cause: CauseFailed, Attempt: 5, Of: 5, Reason: ReasonTooMany}},
		"too late":       {text(DeliveryExpired, 0, time.Time{}, ReasonExpired), nil, nil, Explanation{Cause: CauseExpired, Of: 5, Reason: ReasonExpired}},
	} {
		got := Explain(c.d, c.holds, c.providers)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		seen[got.Cause] = true
	}
	for _, cause := range Causes {
		if !seen[cause] {
			t.Errorf("no case is explained by %s", cause)
		}
	}
	if len(seen) != len(Causes) || slices.Contains(Causes, "") {
		t.Errorf("causes %v, explained %v", Causes, seen)
	}
}
