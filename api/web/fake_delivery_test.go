package web

import (
	"context"
	"slices"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/reading"
)

// The fake hub's deliveries: one that died, one in doubt, one that is held.
var (
	deadText, doubtfulText, heldText = fakeID(70), fakeID(71), fakeID(72)
	tellingNotice                    = fakeID(75)
)

func (h *fakeHub) followed() []reading.Followed {
	text := hub.Delivery{Channel: hub.ChannelSMS, Priority: hub.PriorityNormal, UpdatedAt: noon}
	track := func(id hub.ID, status hub.DeliveryStatus, attempts int, due time.Time, reason hub.Reason) hub.Tracked {
		d := text
		d.ID, d.Status, d.Attempts, d.LastReason = id, status, attempts, reason
		return hub.Tracked{Delivery: d, Notice: tellingNotice, Submitter: fakeID(62), Due: due, CreatedAt: noon, Provider: "kav", Tries: 5, At: noon}
	}
	hold := hub.Hold{ID: fakeID(61), Submitter: fakeID(62), Reason: "دلیل نمونه", CreatedAt: noon}
	var out []reading.Followed
	for _, d := range []hub.Tracked{
		track(deadText, hub.DeliveryFailed, 5, time.Time{}, hub.ReasonTooMany),
		track(doubtfulText, hub.DeliveryUnknown, 1, noon.Add(48*time.Hour), hub.ReasonNoOutcome),
		track(heldText, hub.DeliveryPending, 0, noon, ""),
	} {
		out = append(out, reading.Followed{Tracked: d, Why: hub.Explain(d, []hub.Hold{hold}, nil)})
	}
	return out
}

func (h *fakeHub) Delivery(_ context.Context, p access.Principal, id hub.ID) (reading.Followed, error) {
	all := h.followed()
	i := slices.IndexFunc(all, func(f reading.Followed) bool { return f.ID == id })
	if _, err := access.May(p, access.DeliveryRead); err != nil {
		return reading.Followed{}, err
	}
	if i < 0 {
		return reading.Followed{}, hub.ErrNotFound
	}
	return all[i], nil
}

func (h *fakeHub) Deliveries(_ context.Context, p access.Principal, notice hub.ID) ([]reading.Followed, error) {
	if _, err := access.May(p, access.DeliveryRead); err != nil {
		return nil, err
	}
	if notice != tellingNotice {
		return nil, hub.ErrNotFound
	}
	return h.followed(), nil
}

func (h *fakeHub) Astray(_ context.Context, p access.Principal, q reading.AstrayQuery) (reading.AstrayPage, error) {
	if _, err := access.May(p, access.LanesRead); err != nil {
		return reading.AstrayPage{}, err
	}
	at := slices.Index(astray(), q.List)
	return reading.AstrayPage{Items: h.followed()[at : at+1], Next: "further"}, nil
}

func (h *fakeHub) Hold(_ context.Context, p access.Principal, n dispatch.NewHold) (hub.Hold, error) {
	if _, err := access.May(p, access.Operate); err != nil {
		return hub.Hold{}, err
	}
	var problems hub.Problems
	if n.Provider != "" && n.Provider != "kav" {
		problems.Add("/provider", "unknown", "there is no such provider")
	}
	return hub.Hold{ID: fakeID(63)}, problems.Err()
}

func (h *fakeHub) Replay(_ context.Context, p access.Principal, id hub.ID) (hub.Delivery, error) {
	if _, err := access.May(p, access.Operate); err != nil {
		return hub.Delivery{}, err
	}
	if id != deadText {
		return hub.Delivery{}, hub.Refuse(hub.CodeWrongState, "alive")
	}
	return hub.Delivery{ID: heldText}, nil
}
