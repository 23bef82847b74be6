package api

import (
	"fmt"
	"time"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// FollowedDelivery is a delivery, and why it stands where it is. It holds nothing of the paper and nothing personal.
type FollowedDelivery struct {
	Delivery
	NoticeID   string     `json:"notice_id,omitempty" format:"uuid" doc:"a one-time code has none"`
	Priority   string     `json:"priority" enum:"code,urgent,normal,bulk"`
	ReplayedBy string     `json:"replayed_by,omitempty" format:"uuid" doc:"the delivery that came in the place of this dead one"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	Why        Why        `json:"why"`
}

// Why tells why a delivery stands where it is, and what happens next.
type Why struct {
	Cause     string          `json:"cause" enum:"not_before,arrival,quiet_hours,retry,scheduled,held,no_provider,turn,claimed,sending,report,unknown,delivered,failed,cancelled,expired"`
	Text      string          `json:"text" doc:"the same in plain words"`
	Until     *time.Time      `json:"until,omitempty" doc:"when that ends, or somebody looks again"`
	Then      string          `json:"then,omitempty" doc:"the status that it takes at until if nothing comes"`
	Attempt   int             `json:"attempt,omitempty" doc:"the attempt that is meant: under way, made last, or next"`
	Of        int             `json:"of,omitempty" doc:"attempts that the retry plan allows"`
	Reason    string          `json:"reason,omitempty" doc:"of the last attempt, or of the end"`
	Provider  string          `json:"provider,omitempty" doc:"of the attempt"`
	Hold      *WhyHold        `json:"hold,omitempty" doc:"the hold that keeps it back"`
	Providers []ProviderState `json:"providers,omitempty" doc:"providers that fail now, as far as the answering process knows"`
}

// WhyHold is a hold as an explanation names it. Why it was set is told to those who watch the lanes alone.
type WhyHold struct {
	ID       string    `json:"id,omitempty" format:"uuid"`
	Channel  string    `json:"channel,omitempty"`
	Provider string    `json:"provider,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Since    time.Time `json:"since"`
}

// ProviderState is a provider of texts whose circuit is open.
type ProviderState struct {
	Name      string    `json:"name"`
	OpenUntil time.Time `json:"open_until" doc:"it is tried again at about then"`
}

func viewFollowed(f reading.Followed) FollowedDelivery {
	return FollowedDelivery{Delivery: viewDelivery(f.Tracked.Delivery), NoticeID: idText(f.Notice), Priority: string(f.Priority),
		ReplayedBy: idText(f.Replayed), ExpiresAt: moment(f.ExpiresAt), CreatedAt: f.CreatedAt.UTC(), Why: viewWhy(f.Why)}
}

func viewWhy(e hub.Explanation) Why {
	out := Why{Cause: string(e.Cause), Text: whyText(e), Until: moment(e.Until), Then: string(e.Then), Attempt: e.Attempt, Of: e.Of,
		Reason: string(e.Reason), Provider: e.Provider}
	if h := e.Hold; !h.CreatedAt.IsZero() {
		out.Hold = &WhyHold{idText(h.ID), string(h.Channel), h.Provider, h.Reason, h.CreatedAt.UTC()}
	}
	for _, p := range e.Providers {
		out.Providers = append(out.Providers, ProviderState{p.Name, p.OpenUntil.UTC()})
	}
	return out
}

// whyText is an explanation in plain words.
func whyText(e hub.Explanation) string {
	until := e.Until.UTC().Format(time.RFC3339)
	attempt := fmt.Sprintf("attempt %d of %d", e.Attempt, e.Of)
	switch e.Cause {
	case hub.CauseNotBefore:
		return "the paper comes into force at " + until
	case hub.CauseArrival:
		return "the text goes out once the paper has arrived in the inbox"
	case hub.CauseQuietHours:
		return "the recipient's quiet hours hold the text until " + until
	case hub.CauseRetry:
		return attempt + " follows at " + until + reasonText("; the last one failed", e.Reason)
	case hub.CauseScheduled:
		return "the text is scheduled for " + until
	case hub.CauseHeld:
		return "an operator holds it" + reasonText("", hub.Reason(e.Hold.Reason))
	case hub.CauseNoProvider:
		return "no provider takes texts now: each is held or fails; it is tried again by itself"
	case hub.CauseTurn:
		return "it is due and waits its turn"
	case hub.CauseClaimed:
		return "a worker has it; if that one is lost, another takes it after " + until
	case hub.CauseSending:
		return attempt + " is under way; without an answer by " + until + " its outcome counts as unknown"
	case hub.CauseReport:
		return "the provider took it; without its report by " + until + " the outcome counts as unknown"
	case hub.CauseUnknown:
		return "nobody knows whether the provider took it, so it is not sent again; if nothing tells by " + until + " it closes as failed"
	case hub.CauseDelivered:
		return "it was delivered"
	case hub.CauseFailed:
		return "it failed for good" + reasonText("", e.Reason)
	case hub.CauseCancelled:
		return "the paper was withdrawn before it arrived"
	case hub.CauseExpired:
		return "its time was over before it could be delivered"
	}
	return string(e.Cause)
}

func reasonText(before string, reason hub.Reason) string {
	if reason == "" {
		return before
	}
	return before + " (" + string(reason) + ")"
}
