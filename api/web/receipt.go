package web

import (
	"time"

	"eblagh/hub"
)

// receiptView is one receipt in words.
type receiptView struct {
	Key    string // the text that says what happened
	Event  hub.Event
	Code   string
	At     time.Time
	Actor  hub.ActorKind
	Reason hub.Reason
	Bad    bool
}

// receipts reads the receipts of a notice, in time order.
func (v *visit) receipts(notice hub.ID) ([]receiptView, error) {
	list, err := v.site.deps.Reader.Receipts(v.r.Context(), v.principal, notice)
	if err != nil {
		return nil, err
	}
	out := make([]receiptView, len(list))
	for i, r := range list {
		out[i] = receiptView{
			Key: v.receiptKey(r), Event: r.Event, Code: r.Event.Code(), At: r.At, Actor: r.Actor.Kind, Reason: r.Reason,
			Bad: r.Event == hub.EventConsignmentNotifyFail || r.Event == hub.EventExpired || r.Event == hub.EventRelayFail,
		}
	}
	return out, nil
}

// receiptKey prefers the words for the event over its channel.
func (v *visit) receiptKey(r hub.Receipt) string {
	texts := v.site.texts[v.language]
	for _, key := range []string{"receipt." + string(r.Event) + "." + string(r.Channel), "receipt." + string(r.Event)} {
		if texts.has(key) {
			return key
		}
	}
	return "receipt.other"
}
